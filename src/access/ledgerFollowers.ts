import type { Disposable } from '../base/lifecycle';
import type { Grant } from './grant';
import { isSettled, type LedgerRecord } from './ledgerRecord';
import { RecordFollower, type FollowerDeps } from './recordFollower';

export interface LedgerFollowersDeps extends Omit<FollowerDeps, 'record' | 'apply' | 'onRecovered'> {
  readonly find: (requestId: string) => LedgerRecord | undefined;
  readonly apply: (requestId: string, change: (record: LedgerRecord) => LedgerRecord) => void;
}

/** One follower for each request that something may still come of. */
export class LedgerFollowers implements Disposable {
  readonly #deps: LedgerFollowersDeps;
  readonly #followers = new Map<string, RecordFollower>();
  #disposed = false;

  constructor(deps: LedgerFollowersDeps) {
    this.#deps = deps;
  }

  /** Follows the request as it is now, or no longer. To be called after every change of it. */
  update(requestId: string): void {
    const record = this.#deps.find(requestId);
    const known = this.#followers.get(requestId);
    if (!record || record.dismissed || isSettled(record)) {
      known?.dispose();
      this.#followers.delete(requestId);
      return;
    }
    const follower = known ?? this.#create(requestId);
    this.#followers.set(requestId, follower);
    follower.update();
  }

  /** The end of one grant may take the role from another for the same target: some brokers remove the assignment they share. */
  doubtOthers(ended: Grant, grants: readonly Grant[]): void {
    for (const other of grants) {
      if (other.target.accountId !== ended.target.accountId) continue;
      if (other.target.permissionSet !== ended.target.permissionSet) continue;
      if (other.requestId !== ended.requestId) this.#followers.get(other.requestId)?.doubtRole();
    }
  }

  recheck(requestId: string): void {
    this.#followers.get(requestId)?.recheck();
  }

  recheckAll(): void {
    for (const follower of [...this.#followers.values()]) follower.recheck();
  }

  dispose(): void {
    this.#disposed = true;
    for (const follower of this.#followers.values()) follower.dispose();
    this.#followers.clear();
  }

  #create(requestId: string): RecordFollower {
    const { find, apply, ...deps } = this.#deps;
    return new RecordFollower({
      ...deps,
      record: () => (this.#disposed ? undefined : find(requestId)),
      apply: change => {
        if (!this.#disposed) apply(requestId, change);
      },
      onRecovered: () => {
        for (const [id, follower] of [...this.#followers]) if (id !== requestId) follower.retry();
      },
    });
  }
}
