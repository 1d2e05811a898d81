import { AppError, isAppError, messageOf } from '../base/errors';
import { throwIfCancelled, type CallOptions } from '../base/cancellation';
import { Emitter } from '../base/events';
import type { Disposable } from '../base/lifecycle';
import { SparePieces } from '../base/sparePieces';
import type { CloseReason } from './closeReason';
import { LocalConnection } from './localConnection';
import { LocalListener, type AcceptedSocket, type ListenAddress } from './localListener';
import { PortLane } from './portLane';
import type { SessionControl } from './sessionControl';
import type { SessionDeps } from './sessionDeps';
import type { PhaseChange, SessionPhase } from './sessionPhase';

export type { ListenAddress } from './localListener';

export interface ForwardDeps extends SessionDeps {
  /** Parallel sessions under this forward; the agent limits each to about 0.6 MiB/s downwards. Default 1. */
  readonly lanes?: number;
}

/** Something that happened to one local connection. */
export interface ForwardConnection {
  /** Counts from 1 within the forward. */
  readonly id: number;
  readonly kind: 'opened' | 'failed' | 'closed';
  /** Index of the session that carries it. */
  readonly lane: number;
  /** Who connected, `address:port`. */
  readonly from: string;
  readonly bytes: { readonly sent: number; readonly received: number };
  /** Why it failed. */
  readonly message?: string;
}

export interface ForwardStats {
  readonly lanes: number;
  readonly connections: { readonly active: number; readonly total: number; readonly failed: number };
  readonly bytes: { readonly sent: number; readonly received: number };
}

interface Lane {
  readonly lane: PortLane;
  readonly index: number;
  readonly control: SessionControl;
}

/** After a further session could not be had, the next is tried this much later. */
const LANE_PAUSE_MS = 60_000;

/** Phases from best to worst: a forward is as well as its best lane. */
const BEST_FIRST: readonly SessionPhase[] = [
  'connected',
  'stale',
  'resuming',
  'starting',
  'closing',
  'closed',
];

/** A local port whose connections come out at the node, or at a host behind it. Binds first, starts sessions second. */
export class PortForward implements Disposable {
  readonly #listener: LocalListener;
  readonly #didConnection = new Emitter<ForwardConnection>();
  readonly #didChangePhase = new Emitter<PhaseChange>();
  readonly #didClose = new Emitter<CloseReason>();
  readonly #lanes: Lane[] = [];
  /** The session whose end may have been the forward's. */
  #lastEnded: SessionControl | undefined;
  /** Accepted before there is a lane to carry them; they are not read meanwhile. */
  readonly #unassigned: LocalConnection[] = [];
  readonly #active = new Map<LocalConnection, number>();
  readonly #spares = new SparePieces();
  readonly #abort = new AbortController();
  #start: { openControl: () => Promise<SessionControl>; deps: ForwardDeps } | undefined;
  #laneCount = 0;
  #wantedLanes = 1;
  /** Further sessions are being started. */
  #opening = false;
  /** Epoch milliseconds until which none is tried, as one could not be had. */
  #noLaneBefore = 0;
  #connectionCount = 0;
  #failedCount = 0;
  #endedBytes = { sent: 0, received: 0 };
  #phase: SessionPhase = 'starting';
  #closeReason: CloseReason | undefined;
  #closed: Promise<void> | undefined;

  readonly onDidConnection = this.#didConnection.event;
  readonly onDidChangePhase = this.#didChangePhase.event;
  readonly onDidClose = this.#didClose.event;

  private constructor(listener: LocalListener) {
    this.#listener = listener;
    listener.onDidAccept(accepted => this.#onAccept(accepted));
    listener.onDidFail(error => void this.close({ kind: 'local-port-lost', message: messageOf(error) }));
  }

  /** Throws `AppError('port-in-use')` or `('port-invalid')` before any session exists. */
  static async listen(address: ListenAddress): Promise<PortForward> {
    return new PortForward(await LocalListener.listen(address));
  }

  get localHost(): string {
    return this.#listener.host;
  }

  get localPort(): number {
    return this.#listener.port;
  }

  get phase(): SessionPhase {
    return this.#phase;
  }

  get closeReason(): CloseReason | undefined {
    return this.#closeReason;
  }

  /** Text the agent wants the user to read, known once `start` has resolved. */
  get customerMessage(): string {
    return this.#lanes[0]?.lane.customerMessage ?? '';
  }

  get stats(): ForwardStats {
    let { sent, received } = this.#endedBytes;
    for (const connection of this.#active.keys()) {
      sent += connection.bytes.sent;
      received += connection.bytes.received;
    }
    return {
      lanes: this.#lanes.length,
      connections: { active: this.#active.size, total: this.#connectionCount, failed: this.#failedCount },
      bytes: { sent, received },
    };
  }

  /** `openControl` calls StartSession; it is called once per lane. Throws `AppError` when no lane could be opened. */
  async start(
    openControl: () => Promise<SessionControl>,
    deps: ForwardDeps,
    { signal }: CallOptions = {},
  ): Promise<void> {
    throwIfCancelled(signal);
    if (this.#start) throw new AppError('internal', 'A forward is started once');
    this.#start = { openControl, deps };
    const onAbort = () => this.#abort.abort(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#wantedLanes = Math.max(1, Math.floor(deps.lanes ?? 1));
    const results = await Promise.allSettled(
      Array.from({ length: this.#wantedLanes }, () => this.#openLane()),
    );
    signal?.removeEventListener('abort', onAbort);
    if (this.#lanes.length > 0) return;
    const failed = results.find(result => result.status === 'rejected');
    const cause: unknown =
      failed?.reason ??
      new AppError('session-ended', this.#closeReason?.message ?? 'The forward ended before it was ready.');
    await this.#close({
      kind: isAppError(cause, 'cancelled') ? 'user' : 'start-failed',
      message: messageOf(cause),
    });
    throw cause;
  }

  retryNow(): void {
    for (const { lane } of this.#lanes) lane.retryNow();
  }

  /** Ends the sessions on the node too. Resolves when each TerminateSession was answered or has taken too long. */
  close(reason: CloseReason): Promise<void> {
    return this.#close(reason);
  }

  /** Asks the control plane why the last session ended; undefined when it does not know. */
  async explainEnd(options?: CallOptions): Promise<CloseReason | undefined> {
    return await this.#lastEnded?.explainEnd?.(options);
  }

  dispose(): void {
    void this.close({ kind: 'user' });
  }

  async #openLane(): Promise<void> {
    if (this.#start === undefined) throw new AppError('internal', 'A lane opens only in a started forward');
    const { openControl, deps } = this.#start;
    const control = await openControl();
    const index = this.#laneCount++;
    const lane = new PortLane(control, deps, {
      onConnectionClosed: (connection, failure) => this.#onConnectionClosed(connection, failure),
    });
    if (this.#closeReason) {
      // The forward was closed while StartSession was under way; the session must not stay behind.
      await lane.close(this.#closeReason);
      return;
    }
    const starting = new AbortController();
    const stop = () => starting.abort(this.#abort.signal.reason);
    this.#abort.signal.addEventListener('abort', stop, { once: true });
    if (this.#abort.signal.aborted) stop();
    try {
      await lane.start({ signal: starting.signal });
    } catch (thrown) {
      deps.log.warn(`lane ${index} could not be opened: ${messageOf(thrown)}`);
      throw thrown;
    } finally {
      this.#abort.signal.removeEventListener('abort', stop);
    }
    const entry = { lane, index, control };
    this.#lanes.push(entry);
    lane.onDidChangePhase(change => this.#updatePhase(change.problem));
    lane.onDidClose(reason => this.#onLaneClosed(entry, reason));
    if (lane.closeReason) this.#onLaneClosed(entry, lane.closeReason);
    this.#updatePhase();
    this.#assign();
  }

  #onLaneClosed(entry: Lane, reason: CloseReason): void {
    const at = this.#lanes.indexOf(entry);
    if (at < 0) return;
    this.#lanes.splice(at, 1);
    if (this.#closeReason) return;
    this.#lastEnded = entry.control;
    if (this.#lanes.length > 0) this.#updatePhase();
    // A raw session is over with its connection; the next connection gets a session of its own.
    else if (entry.lane.isSpent) this.#assign();
    else void this.#close(reason);
  }

  #onAccept({ socket, from }: AcceptedSocket): void {
    if (this.#closeReason) {
      socket.destroy();
      return;
    }
    this.#unassigned.push(new LocalConnection(socket, ++this.#connectionCount, from, this.#spares));
    this.#assign();
  }

  /** Gives each waiting connection to the lane with the fewest; where all are taken, further ones are opened. */
  #assign(): void {
    for (;;) {
      const free = this.#lanes.filter(({ lane }) => !lane.isTaken);
      const connection = free.length > 0 ? this.#unassigned.shift() : undefined;
      if (connection === undefined) break;
      if (connection.isClosed) continue;
      const { lane, index } = free.reduce((best, next) =>
        laneOrder(next.lane, best.lane) < 0 ? next : best,
      );
      this.#active.set(connection, index);
      this.#report(connection, index, 'opened');
      lane.attach(connection);
      void this.#openMissingLanes();
    }
    if (this.#unassigned.length > 0) void this.#openMissingLanes();
  }

  /**
   * Lanes end one by one: a raw one with its connection, any with its own idle time-out. A connection that comes then has them opened
   * again.
   */
  async #openMissingLanes(): Promise<void> {
    if (this.#start === undefined || this.#phase === 'starting' || this.#opening) return;
    const { clock } = this.#start.deps;
    if (this.#unassigned.length === 0 && clock.now() < this.#noLaneBefore) return;
    this.#opening = true;
    try {
      while (!this.#closeReason && (this.#unassigned.length > 0 || this.#lanes.length < this.#wantedLanes))
        await this.#openLane();
    } catch (thrown) {
      this.#noLaneBefore = clock.now() + LANE_PAUSE_MS;
      // As long as there is one the forward is as good as with one, but for connections that wait for one of their own.
      if (this.#lanes.length === 0) await this.#close({ kind: 'start-failed', message: messageOf(thrown) });
      else for (const connection of this.#unassigned.splice(0)) this.#fail(connection, messageOf(thrown));
    } finally {
      this.#opening = false;
    }
  }

  #onConnectionClosed(connection: LocalConnection, failure?: string): void {
    const lane = this.#active.get(connection);
    if (failure !== undefined) this.#failedCount++;
    if (lane !== undefined) {
      this.#active.delete(connection);
      const { sent, received } = connection.bytes;
      this.#endedBytes = {
        sent: this.#endedBytes.sent + sent,
        received: this.#endedBytes.received + received,
      };
    }
    this.#report(connection, lane ?? 0, failure === undefined ? 'closed' : 'failed', failure);
  }

  #fail(connection: LocalConnection, message: string): void {
    connection.fail();
    this.#onConnectionClosed(connection, message);
  }

  #report(
    connection: LocalConnection,
    lane: number,
    kind: ForwardConnection['kind'],
    message?: string,
  ): void {
    const { id, from, bytes } = connection;
    this.#didConnection.fire({ id, kind, lane, from, bytes, ...(message === undefined ? {} : { message }) });
  }

  #updatePhase(problem?: Error): void {
    if (this.#closeReason) return;
    const phases = this.#lanes.map(({ lane }) => lane.phase);
    const best = BEST_FIRST.find(phase => phases.includes(phase));
    // The end of a lane is not that of the forward, which may open another for the next connection.
    if (best !== undefined && best !== 'closing' && best !== 'closed') this.#setPhase(best, problem);
  }

  #setPhase(phase: SessionPhase, problem?: Error): void {
    if (this.#phase === phase && problem === undefined) return;
    const previous = this.#phase;
    this.#phase = phase;
    const at = this.#start?.deps.clock.now() ?? Date.now();
    this.#didChangePhase.fire({ phase, previous, at, ...(problem === undefined ? {} : { problem }) });
  }

  #close(reason: CloseReason): Promise<void> {
    if (this.#closed) return this.#closed;
    this.#closeReason = reason;
    this.#closed = this.#closeLanes(reason);
    this.#setPhase('closed');
    this.#didClose.fire(reason);
    return this.#closed;
  }

  async #closeLanes(reason: CloseReason): Promise<void> {
    this.#listener.stop();
    for (const connection of this.#unassigned.splice(0)) connection.fail();
    this.#abort.abort();
    // Each lane leaves the list as it closes.
    await Promise.all([...this.#lanes].map(({ lane }) => lane.close(reason)));
    this.#listener.dispose();
  }
}

/** Negative when `left` should rather get the next connection. */
function laneOrder(left: PortLane, right: PortLane): number {
  const health = BEST_FIRST.indexOf(left.phase) - BEST_FIRST.indexOf(right.phase);
  return health === 0 ? left.connections - right.connections : health;
}
