import { randomBytes } from 'node:crypto';
import type { Clock } from '../../base/clock';
import { Emitter, type Event } from '../../base/events';
import type { SessionDocument } from './sessionDocument';

/** How long a stream token may wait to be used. The service's own limit is not published. */
const TOKEN_LIFETIME_MS = 60_000;

export interface SandboxSession {
  /** `<role session name>-<17 hex>`. */
  readonly id: string;
  readonly accountId: string;
  readonly region: string;
  readonly instanceId: string;
  readonly document: SessionDocument;
  /** `aws:userid` of the caller that started it: `<role id>:<session name>`. Also the value of the tag `aws:ssmmessages:session-id`. */
  readonly ownerUserId: string;
  /** ARN of the assumed role that started it. */
  readonly ownerArn: string;
  readonly reason?: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly endedAt?: number;
  /** `Connecting` until a client has opened the data channel. */
  readonly status: 'Connecting' | 'Connected' | 'Terminated';
  /** Why it ended: `user`, `agent`, `idle`, `max-duration`, `instance`, `sandbox`, … Told to nobody but the log and the back door. */
  readonly endReason?: string;
}

export type NewSession = Pick<
  SandboxSession,
  'accountId' | 'region' | 'instanceId' | 'document' | 'ownerUserId' | 'ownerArn'
> & { readonly reason?: string; readonly ownerName: string };

/** Every session the pretend service knows, living and past, with the tokens that open its data channel. */
export class SessionRegistry {
  readonly #clock: Clock;
  readonly #sessions = new Map<string, SandboxSession>();
  /** One valid token per session: a newer one replaces it, the first use spends it. */
  readonly #tokens = new Map<string, { readonly value: string; readonly expiresAt: number }>();
  readonly #onDidTerminate = new Emitter<{ readonly session: SandboxSession; readonly why: string }>();
  readonly #onDidChange = new Emitter<SandboxSession>();

  /** Fires once per session, after its status is `Terminated`. */
  readonly onDidTerminate: Event<{ readonly session: SandboxSession; readonly why: string }> =
    this.#onDidTerminate.event;
  /** Fires whenever a session begins or its record is replaced. */
  readonly onDidChange: Event<SandboxSession> = this.#onDidChange.event;

  constructor({ clock }: { clock: Clock }) {
    this.#clock = clock;
  }

  create({ ownerName, ...facts }: NewSession): { session: SandboxSession; token: string } {
    const session: SandboxSession = {
      ...facts,
      id: `${ownerName}-${randomBytes(9).toString('hex').slice(0, 17)}`,
      startedAt: this.#clock.now(),
      status: 'Connecting',
    };
    this.#put(session);
    return { session, token: this.#issueToken(session.id) };
  }

  /** A fresh token for a session that lives; the one before it is void. `undefined` when the session has ended. */
  rotateToken(sessionId: string): string | undefined {
    return this.#living(sessionId) === undefined ? undefined : this.#issueToken(sessionId);
  }

  /** Spends a token: the session it opens, or `undefined` when it is unknown, used, replaced, too old, or the session has ended. */
  redeemToken(sessionId: string, token: string): SandboxSession | undefined {
    const session = this.#living(sessionId);
    const known = this.#tokens.get(sessionId);
    if (session === undefined || known?.value !== token) return undefined;
    this.#tokens.delete(sessionId);
    return known.expiresAt > this.#clock.now() ? session : undefined;
  }

  /** Notes that a client has opened the data channel. */
  markConnected(sessionId: string): void {
    const session = this.#living(sessionId);
    if (session?.status === 'Connecting') this.#put({ ...session, status: 'Connected' });
  }

  /** Ends a session; a second call does nothing. */
  terminate(sessionId: string, why: string): void {
    const session = this.#living(sessionId);
    if (session === undefined) return;
    this.#tokens.delete(sessionId);
    const ended: SandboxSession = {
      ...session,
      status: 'Terminated',
      endedAt: this.#clock.now(),
      endReason: why,
    };
    this.#put(ended);
    this.#onDidTerminate.fire({ session: ended, why });
  }

  find(sessionId: string): SandboxSession | undefined {
    return this.#sessions.get(sessionId);
  }

  /** Newest first. */
  list(): readonly SandboxSession[] {
    return [...this.#sessions.values()].reverse();
  }

  #living(sessionId: string): SandboxSession | undefined {
    const session = this.#sessions.get(sessionId);
    return session?.status === 'Terminated' ? undefined : session;
  }

  #put(session: SandboxSession): void {
    this.#sessions.set(session.id, session);
    this.#onDidChange.fire(session);
  }

  #issueToken(sessionId: string): string {
    const value = randomBytes(96).toString('base64');
    this.#tokens.set(sessionId, { value, expiresAt: this.#clock.now() + TOKEN_LIFETIME_MS });
    return value;
  }
}
