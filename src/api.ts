/**
 * What other extensions can do with JIT Access. Copy this file, and ask for the extension:
 *
 *     const access = vscode.extensions.getExtension<JitAccessApi>('jit-access.jit-access-ec2');
 *     const api = await access?.activate();
 *
 * It imports nothing. What is here stays as it is while `apiVersion` is 1; more may be added.
 */
export interface JitAccessApi {
  readonly apiVersion: 1;

  /** Everything that was granted and is not taken off the list yet, newest first; ended access included. */
  readonly grants: readonly JitAccessGrant[];

  /** A grant came, changed or went, in this window or another. */
  readonly onDidChangeGrants: (listener: (grants: readonly JitAccessGrant[]) => unknown) => {
    dispose(): void;
  };

  /**
   * Opens the request page, filled in. It is never sent by itself: a person reads and sends it. Rejects with an error whose `code` is
   * `argument-invalid` when the wish makes no sense here.
   */
  requestAccess(wish?: AccessWish): Promise<void>;

  /**
   * Opens a shell in a terminal, with whatever active access reaches the instance. Resolves with whether it was opened: a person may turn
   * away, and what AWS refuses is told to them. Rejects with `code` `argument-invalid` or `target-not-found`.
   */
  openShell(wish: InstanceWish): Promise<boolean>;

  /** Forwards a port of the instance, or of a host behind it, as `openShell` does a shell. */
  forwardPort(wish: ForwardWish): Promise<boolean>;
}

export interface JitAccessGrant {
  /** Names the grant, and the request it came of. */
  readonly requestId: string;
  readonly flowId: string;
  readonly flowLabel: string;
  readonly targetId: string;
  /** As people read it: `FrontEnd SSH`. */
  readonly label: string;
  /** Twelve digits. */
  readonly accountId: string;
  /** Only `active` can be used now. */
  readonly state: 'provisioning' | 'active' | 'ending' | 'ended';
  /** The earliest of everything that bounds it, epoch milliseconds; absent where only the approvers end it. */
  readonly endsAt?: number;
  /** The only instances it covers, as `account/region/id`; absent where the target's tags decide. */
  readonly instances?: readonly string[];
  /** Asked for in an emergency. */
  readonly breakGlass: boolean;
}

export interface AccessWish {
  /** `i-…` or `mi-…`, or `account/region/id`. */
  readonly instance?: string;
  /** The id or label of a target of `jitAccess.flows`. */
  readonly target?: string;
  /** The id or label of its flow, where two flows have such a target. */
  readonly flow?: string;
  /** 1 to 256 characters. */
  readonly reason?: string;
  /** `30m`, `1h`. */
  readonly duration?: string;
}

export interface InstanceWish {
  /** `i-…` or `mi-…`, or `account/region/id`. */
  readonly instance: string;
}

export interface ForwardWish extends InstanceWish {
  /** Something the instance can reach; absent for the instance itself. */
  readonly host?: string;
  /** 1 to 65535. */
  readonly port: number;
  /** Absent or 0 for any free one. */
  readonly localPort?: number;
}
