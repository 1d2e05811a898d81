import { Emitter, type Event } from '../../base/events';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import { messageOf } from '../../base/errors';
import type { Log } from '../../base/log';
import type { CloseReason } from '../../ssm/closeReason';
import type { LiveSession } from '../model/sessions/liveSession';

/** Every open shell and forward. Each leaves when it closes; those of a grant end with the grant. */
export class SessionHub implements Disposable {
  readonly #log: Log;
  readonly #sessions = new Map<
    string,
    { readonly session: LiveSession; readonly listeners: DisposableStore; grantId: string | undefined }
  >();
  readonly #onDidChange = new Emitter<void>();
  readonly onDidChange: Event<void> = this.#onDidChange.event;

  constructor(deps: { readonly log: Log }) {
    this.#log = deps.log;
  }

  /** Newest first. */
  get sessions(): readonly LiveSession[] {
    return [...this.#sessions.values()].map(({ session }) => session).reverse();
  }

  find(id: string): LiveSession | undefined {
    return this.#sessions.get(id)?.session;
  }

  add(session: LiveSession): void {
    const listeners = new DisposableStore();
    this.#sessions.set(session.id, { session, listeners, grantId: session.role.grant?.requestId });
    listeners.add(session.onDidChange(() => this.#onDidChange.fire()));
    listeners.add(
      session.onDidClose(reason => {
        this.#log.info(`Session ${session.id} on ${session.instance.id} closed: ${reason.kind}`);
        listeners.dispose();
        this.#sessions.delete(session.id);
        this.#onDidChange.fire();
      }),
    );
    this.#onDidChange.fire();
  }

  /** Sessions that run under a grant, by the id of its request. */
  ofGrant(requestId: string): readonly LiveSession[] {
    return [...this.#sessions.values()]
      .filter(({ grantId }) => grantId === requestId)
      .map(({ session }) => session);
  }

  /** The grants that some session runs under. */
  get grantIds(): ReadonlySet<string> {
    return new Set([...this.#sessions.values()].flatMap(({ grantId }) => grantId ?? []));
  }

  /** Lets the sessions of one grant live on under another, which hands out the same role for longer. */
  rebind(fromRequestId: string, toRequestId: string): void {
    for (const entry of this.#sessions.values()) {
      if (entry.grantId === fromRequestId) entry.grantId = toRequestId;
    }
  }

  /** Ends every session of a grant. A failing one does not keep the others open. */
  async endOfGrant(requestId: string, reason: CloseReason): Promise<void> {
    await this.#endEach(this.ofGrant(requestId), reason);
  }

  async endAll(reason: CloseReason): Promise<void> {
    await this.#endEach(this.sessions, reason);
  }

  dispose(): void {
    for (const { session, listeners } of [...this.#sessions.values()]) {
      listeners.dispose();
      session.dispose();
    }
    this.#sessions.clear();
    this.#onDidChange.dispose();
  }

  async #endEach(sessions: readonly LiveSession[], reason: CloseReason): Promise<void> {
    await Promise.all(
      sessions.map(session =>
        session.end(reason).catch((thrown: unknown) => {
          this.#log.warn(`Session ${session.id} could not be ended cleanly: ${messageOf(thrown)}`);
        }),
      ),
    );
  }
}
