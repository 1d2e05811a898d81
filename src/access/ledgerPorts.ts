import type { CallOptions } from '../base/cancellation';
import type { Clock } from '../base/clock';
import type { Event } from '../base/events';
import type { Log } from '../base/log';
import type { AccessBroker, ProbeAnswer } from './broker';
import type { AccessTarget, BrokerId, Flow } from './flow';
import type { WantedForward, WhenActive } from './request';

/** Asks AWS whether it hands out what a grant promises. */
export interface GrantProbe {
  /**
   * Tries to obtain the target's credentials, past any cache. `usable: false` carries AWS's words; `expiresAt` is the end of the role
   * credentials, epoch milliseconds by AWS's clock. Throws `AppError` (`signed-out`, `network`, …) when the question could not be
   * asked. Must never start a sign-in by itself.
   */
  probe(target: AccessTarget, options?: CallOptions): Promise<ProbeAnswer>;
}

/**
 * Where the ledger keeps itself. What it loads is validated. Windows may share it, each with a copy that follows the others' late: the
 * last to write wins the whole, and the ledger puts back what it knows better.
 */
export interface LedgerStore {
  load(): unknown;
  /** `state` is JSON. */
  save(state: unknown): void;
  /** Another window wrote. Absent where nobody else does. */
  readonly onDidChange?: Event<void>;
}

export interface SubmitContext {
  readonly instanceKey?: string;
  readonly whenActive: WhenActive;
  /** With `forwardPort`. */
  readonly forward?: WantedForward;
  /** The request id of the grant to prolong. It must be for the same flow and target. */
  readonly extensionOf?: string;
}

export interface LedgerDeps {
  readonly brokers: ReadonlyMap<BrokerId, AccessBroker>;
  readonly flows: () => readonly Flow[];
  readonly probe: GrantProbe;
  readonly clock: Clock;
  readonly store: LedgerStore;
  readonly log: Log;
  /** Milliseconds before the effective end at which to warn; default five minutes and one. Read anew each time. */
  readonly warnBeforeMs?: () => readonly number[];
  /** Server clock minus ours, milliseconds, as last measured; applied to times that AWS gives. */
  readonly serverOffsetMs?: () => number;
  /** A number in [0, 1) for jitter; `Math.random` unless told. */
  readonly random?: () => number;
  /** A fresh UUID; `crypto.randomUUID` unless told. */
  readonly newId?: () => string;
}
