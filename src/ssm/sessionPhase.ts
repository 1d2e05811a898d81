/**
 * Where a session is in its life. `stale`: the socket or the agent has gone quiet, nothing has been lost yet.
 * `resuming`: a new socket is being opened for the same session.
 */
export type SessionPhase = 'starting' | 'connected' | 'stale' | 'resuming' | 'closing' | 'closed';

export interface PhaseChange {
  readonly phase: SessionPhase;
  readonly previous: SessionPhase;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Why it is not connected, while it is not; an `AppError` when the control plane refused. */
  readonly problem?: Error;
}
