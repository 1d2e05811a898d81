import { AppError, isAppError, messageOf, type ErrorCode } from '../base/errors';
import type { CallOptions } from '../base/cancellation';
import type { Disposable } from '../base/lifecycle';
import { Backoff } from './backoff';
import type { CloseReason } from './closeReason';
import type { SessionControl, SessionTicket } from './sessionControl';
import type { ChannelTuning, SessionDeps } from './sessionDeps';
import type { Transport, TransportClose } from './transport';

/** What the connector tells the channel that it keeps connected. */
export interface ConnectorOwner {
  /** A socket is open; the token opens the data channel on it. */
  onOpen(transport: Transport, token: string): void;
  onFrame(frame: Uint8Array): void;
  onPong(): void;
  onDrain(): void;
  /** The socket is gone and the next one is on its way. */
  onLost(problem: Error): void;
  /** A try failed; another follows. */
  onProblem(problem: Error): void;
  /** There will be no further socket. Called at most once, never after `dispose`. */
  onFinal(reason: CloseReason, problem?: Error): void;
}

/** A connection that has held for this long ends a series of failures. */
const STABLE_AFTER_MS = 5000;
/** A call to the control plane that takes longer counts as failed. */
const RESUME_WITHIN_MS = 20_000;
/** The wait between tries is cut into pieces of this length, so that a suspended machine is noticed. */
const WAIT_PIECE_MS = 2000;
const SUSPENDED_AFTER_MS = 10_000;

/** What a refused ResumeSession means for the session. Codes that are not listed are tried again. */
const FINAL_PROBLEMS: Partial<Record<ErrorCode, CloseReason['kind']>> = {
  'access-denied': 'access-revoked',
  'role-not-assigned': 'access-revoked',
  'no-grant': 'grant-ended',
  'endpoint-refused': 'protocol-error',
  'config-invalid': 'network',
  'target-not-found': 'target-stopped',
};

const SIGN_IN_PROBLEMS: ReadonlySet<ErrorCode> = new Set([
  'signed-out',
  'credentials-expired',
  'sign-in-expired',
]);

/**
 * Keeps one session in sockets: the first with the ticket of StartSession, each further one with a fresh ticket from
 * ResumeSession, without a limit on tries while the session lives. Never two at a time.
 */
export class ChannelConnector implements Disposable {
  readonly #control: SessionControl;
  readonly #deps: SessionDeps;
  readonly #tuning: ChannelTuning;
  readonly #owner: ConnectorOwner;
  readonly #backoff = new Backoff();
  readonly #lifetime = new AbortController();
  #transport: Transport | undefined;
  /** Grows with each socket, so that a late word from an old one is recognised. */
  #generation = 0;
  #openedAt = 0;
  #wasUseful = false;
  #signInProblemSince: number | undefined;
  /** Cuts the wait before the next try short. */
  #wake: (() => void) | undefined;

  constructor(control: SessionControl, deps: SessionDeps, tuning: ChannelTuning, owner: ConnectorOwner) {
    this.#control = control;
    this.#deps = deps;
    this.#tuning = tuning;
    this.#owner = owner;
  }

  get transport(): Transport | undefined {
    return this.#transport;
  }

  start(): void {
    void this.#connectUntilOpen(this.#control.ticket);
  }

  /** The socket has carried something of the session: it was worth opening. */
  noteUseful(): void {
    this.#wasUseful = true;
  }

  /** Gives the socket up and opens another. `atOnce`: the cause is over, however often it failed before. */
  replace(problem: Error, { atOnce = false } = {}): void {
    this.#drop();
    const held = this.#deps.clock.now() - this.#openedAt >= STABLE_AFTER_MS;
    if (held || atOnce) this.#backoff.reset();
    else if (this.#wasUseful) this.#backoff.ease();
    this.#owner.onLost(problem);
    void this.#connectUntilOpen(undefined);
  }

  /** True when a try was waiting for its turn and has it now. */
  retryNow(): boolean {
    const wake = this.#wake;
    wake?.();
    return wake !== undefined;
  }

  dispose(): void {
    this.#lifetime.abort();
    this.#wake?.();
    this.#drop();
  }

  get #isOver(): boolean {
    return this.#lifetime.signal.aborted;
  }

  #final(reason: CloseReason, problem?: Error): void {
    if (this.#isOver) return;
    this.dispose();
    this.#owner.onFinal(reason, problem);
  }

  /** Tries until a socket is open, the session is known to be over, or the connector is disposed. Never rejects. */
  async #connectUntilOpen(first: SessionTicket | undefined): Promise<void> {
    let ticket = first;
    while (await this.#turn()) {
      try {
        ticket ??= await this.#resume();
        if (this.#isOver) return;
        if (ticket === undefined) return await this.#explainEnd();
        await this.#connect(ticket);
        return;
      } catch (thrown) {
        ticket = undefined;
        if (this.#isOver) return;
        const problem = thrown instanceof Error ? thrown : new Error(String(thrown));
        if (isAppError(problem, 'session-ended')) return await this.#explainEnd();
        this.#deps.log.debug(`data channel not open yet: ${problem.message}`);
        const final = this.#judge(problem);
        if (final) return this.#final(final, problem);
        this.#owner.onProblem(problem);
      }
    }
  }

  /** The reason to stop trying, if this failure is one. */
  #judge(problem: Error): CloseReason | undefined {
    const code = isAppError(problem) ? problem.code : 'network';
    const kind = FINAL_PROBLEMS[code];
    if (kind) return { kind, message: problem.message };
    if (!SIGN_IN_PROBLEMS.has(code)) {
      this.#signInProblemSince = undefined;
      return undefined;
    }
    const now = this.#deps.clock.now();
    this.#signInProblemSince ??= now;
    return now - this.#signInProblemSince >= this.#tuning.signInPatienceMs
      ? { kind: 'credentials-expired', message: problem.message }
      : undefined;
  }

  /** The service knows nothing more of the session; perhaps the caller does. */
  async #explainEnd(): Promise<void> {
    let reason: CloseReason | undefined;
    try {
      reason = await this.#control.explainEnd?.({ signal: this.#lifetime.signal });
    } catch (thrown) {
      this.#deps.log.debug(`why the session ended could not be found out: ${messageOf(thrown)}`);
    }
    this.#final(reason ?? { kind: 'service', message: 'The session had ended when it was to be resumed.' });
  }

  async #resume(): Promise<SessionTicket | undefined> {
    const attempt = new AbortController();
    const abort = () => attempt.abort();
    this.#lifetime.signal.addEventListener('abort', abort, { once: true });
    const timer = this.#deps.clock.schedule(RESUME_WITHIN_MS, abort);
    try {
      return await untilAborted(this.#control.resume({ signal: attempt.signal }), { signal: attempt.signal });
    } finally {
      timer.dispose();
      this.#lifetime.signal.removeEventListener('abort', abort);
    }
  }

  async #connect(ticket: SessionTicket): Promise<void> {
    const headers = await this.#control.signUpgrade(ticket.streamUrl);
    if (this.#isOver) return;
    const generation = ++this.#generation;
    const isCurrent = () => this.#generation === generation;
    let closedEarly: TransportClose | undefined;
    const transport = await this.#deps.connect(
      { url: ticket.streamUrl, headers },
      {
        onFrame: frame => isCurrent() && this.#owner.onFrame(frame),
        onPong: () => isCurrent() && this.#owner.onPong(),
        onDrain: () => isCurrent() && this.#owner.onDrain(),
        onClose: why => {
          if (!isCurrent()) return;
          if (this.#transport) this.replace(closeError(why));
          else closedEarly = why;
        },
      },
      { signal: this.#lifetime.signal },
    );
    if (!isCurrent()) return transport.dispose();
    if (closedEarly) throw closeError(closedEarly);
    this.#transport = transport;
    this.#openedAt = this.#deps.clock.now();
    this.#wasUseful = false;
    this.#signInProblemSince = undefined;
    this.#owner.onOpen(transport, ticket.token);
  }

  #drop(): void {
    this.#generation++;
    const transport = this.#transport;
    this.#transport = undefined;
    transport?.dispose();
  }

  /** Waits out the backoff. False when disposed meanwhile. */
  async #turn(): Promise<boolean> {
    let left = this.#backoff.next();
    while (left > 0 && !this.#isOver) {
      const piece = Math.min(left, WAIT_PIECE_MS);
      const before = this.#deps.clock.now();
      const woken = await this.#pause(piece);
      if (woken || this.#deps.clock.now() - before > piece + SUSPENDED_AFTER_MS) break;
      left -= piece;
    }
    return !this.#isOver;
  }

  /** True when it was cut short. */
  #pause(milliseconds: number): Promise<boolean> {
    return new Promise(resolve => {
      const done = (woken: boolean) => {
        timer.dispose();
        this.#wake = undefined;
        resolve(woken);
      };
      const timer = this.#deps.clock.schedule(milliseconds, () => done(false));
      this.#wake = () => done(true);
    });
  }
}

function closeError({ code, message }: TransportClose): AppError {
  return new AppError('network', message, code === undefined ? {} : { details: { closeCode: String(code) } });
}

/** The call's result, or a failure as soon as the signal is aborted, even if the call does not listen to it. */
function untilAborted<T>(call: Promise<T>, { signal }: CallOptions): Promise<T> {
  return new Promise((resolve, reject) => {
    signal?.addEventListener('abort', () => reject(new AppError('network', 'No answer in time')), {
      once: true,
    });
    call.then(resolve, reject);
  });
}
