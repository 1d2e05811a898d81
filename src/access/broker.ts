import type { CallOptions } from '../base/cancellation';
import type { AccessTarget, BrokerId, Flow } from './flow';
import type { BrokerRef, RequestDraft } from './request';

/** What a broker says of a run at one moment, in our words, with its own word kept beside it. */
export interface BrokerReading {
  readonly phase:
    | 'submitted'
    | 'pending'
    | 'approved'
    /** The broker has made the assignment: AWS may hand out the role from now on. */
    | 'escalated'
    | 'denied'
    | 'expired'
    | 'cancelled'
    | 'failed'
    /** It was escalated and is over. */
    | 'ended'
    /** Unknown to us: shown, never acted on. */
    | 'other';
  readonly rawStatus: string;
  /** How far the broker's clock is ahead of ours, milliseconds, as its answers told; good to a few seconds. Absent while nothing told. */
  readonly clockOffsetMs?: number;
  readonly message?: string;
  /** With `ended`: how, when the broker says so. */
  readonly endedBy?: 'expired' | 'revoked';
  /** With `escalated`: giving it back was taken and then refused (a hook said no), in the broker's words. */
  readonly giveBackRefused?: string;
}

/** What AWS says when asked for the credentials that a grant promises. */
export type ProbeAnswer =
  /** `expiresAt`: the end of the credentials, epoch milliseconds by AWS's clock. */
  | { readonly usable: true; readonly expiresAt: number }
  /** `problem`: AWS's words. */
  | { readonly usable: false; readonly problem: string };

/** The far side of "may I?". `sym` implements it over Sym's request API, `aws` over just-in-time node access. */
export interface AccessBroker {
  readonly id: BrokerId;

  /**
   * Sends the request. Throws `AppError`: `broker-not-configured`, `broker-signed-out`, `broker-forbidden`, `broker-refused`
   * (with the broker's message), `broker-unavailable`, `cancelled`; a broker that is reached through a sign-in to AWS also
   * what that throws (`signed-out`, `role-not-assigned`, …).
   */
  submit(
    request: {
      readonly requestId: string;
      readonly flow: Flow;
      readonly target: AccessTarget;
      readonly draft: RequestDraft;
      /** The instance asked from, by its key. Some brokers grant single instances and cannot do without. */
      readonly instanceKey?: string;
    },
    options?: CallOptions,
  ): Promise<BrokerRef>;

  /** Reads where it stands. Throws as `submit` does; the caller retries `broker-unavailable`. */
  read(ref: BrokerRef, options?: CallOptions): Promise<BrokerReading>;

  /** Ends an escalated grant early. Resolves also when it is over already. */
  giveBack(ref: BrokerRef, options?: CallOptions): Promise<void>;

  /** Takes back a request that is still pending. Absent where the broker has no way to. Throws as `submit` does. */
  cancel?(ref: BrokerRef, options?: CallOptions): Promise<void>;

  /**
   * Present where the broker itself hands out the credentials that sessions are opened with, and not Identity Center: asked instead of the
   * `GrantProbe`, on the same terms.
   */
  probe?(ref: BrokerRef, options?: CallOptions): Promise<ProbeAnswer>;
}
