import type { Disposable } from '../../../base/lifecycle';
import type { Event } from '../../../base/events';
import type { Instance } from '../../../access/instance';
import type { CloseReason } from '../../../ssm/closeReason';
import type { SessionPhase } from '../../../ssm/sessionPhase';
import type { SessionRole } from './roleChoice';

/** What a forward leads to: a port of the instance itself, or of a host behind it. */
export interface ForwardTo {
  /** Absent for the instance itself. */
  readonly host?: string;
  readonly port: number;
}

/** A shell or a forward that is open, as the tree, the hub and the commands see it. */
export interface LiveSession extends Disposable {
  readonly id: string;
  readonly kind: 'shell' | 'forward';
  readonly instance: Instance;
  readonly role: SessionRole;
  readonly startedAt: number;
  readonly phase: SessionPhase;
  /** Why it is not connected, while it is not. */
  readonly problem?: Error | undefined;
  /** Undefined where the official plugin carries them, which does not say. */
  readonly bytes: { readonly sent: number; readonly received: number } | undefined;
  /** How often it was resumed. */
  readonly resumed: number;
  /** Forwards only. */
  readonly forward?: {
    readonly to: ForwardTo;
    /** What a program on this computer connects to: `localhost`, or the address that was bound. */
    readonly localHost: string;
    readonly localPort: number;
    /** Undefined where the official plugin carries them. */
    readonly connections?: { readonly active: number; readonly total: number; readonly failed: number };
  };
  readonly onDidChange: Event<void>;
  readonly onDidClose: Event<CloseReason>;
  /** Skips the wait before the next try to resume. */
  retryNow(): void;
  /** Brings its terminal to the front. */
  show(): void;
  /** Ends it here and at AWS. Resolves when TerminateSession was answered or took too long. */
  end(reason: CloseReason): Promise<void>;
}
