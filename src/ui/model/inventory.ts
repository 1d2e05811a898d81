import type { CallOptions } from '../../base/cancellation';
import type { Clock } from '../../base/clock';
import { AppError, isAppError, messageOf } from '../../base/errors';
import { Emitter, type Event } from '../../base/events';
import type { Disposable } from '../../base/lifecycle';
import type { Log } from '../../base/log';
import { instanceKey, type Instance } from '../../access/instance';
import type { Profile, SignInState, SsoSession } from '../../access/profile';
import type { AwsConfigSnapshot } from '../../aws/awsConfig';
import type { InstanceList } from '../../aws/instances';
import { inventoryPlan, type ListingPlan } from './inventoryPlan';

/** The instances of one region of one account, or why there are none. */
export interface RegionListing {
  readonly accountId: string;
  readonly region: string;
  readonly state: 'loading' | 'ready' | 'failed';
  readonly instances: readonly Instance[];
  /** The profile that could list. */
  readonly via?: Profile;
  readonly error?: AppError;
  /** Systems Manager could not be asked, so nobody knows which of the instances can be reached. */
  readonly ssmError?: AppError;
  /** Epoch milliseconds of the answer. */
  readonly listedAt?: number;
}

export interface SsoSessionListing {
  readonly session: SsoSession;
  readonly signIn: SignInState;
  readonly profiles: readonly Profile[];
}

export interface AccountListing {
  readonly accountId: string;
  readonly profiles: readonly Profile[];
  readonly regions: readonly RegionListing[];
}

/** Immutable; replaced whole on every change. */
export interface InventorySnapshot {
  /** Undefined until the files were read once. */
  readonly config?: AwsConfigSnapshot;
  readonly sessions: readonly SsoSessionListing[];
  /** Accounts with a sign-in that is good. */
  readonly accounts: readonly AccountListing[];
  /** By account id, as far as the portal told. */
  readonly accountNames: ReadonlyMap<string, string>;
  readonly refreshing: boolean;
}

export interface InventoryDeps {
  readonly loadConfig: (options?: CallOptions) => Promise<AwsConfigSnapshot>;
  readonly signInState: (session: SsoSession) => Promise<SignInState>;
  readonly list: (profile: Profile, region: string, options?: CallOptions) => Promise<InstanceList>;
  /** What the portal calls the accounts: for reading only, so a failure is logged and nothing more. */
  readonly accountNames: (session: SsoSession, options?: CallOptions) => Promise<ReadonlyMap<string, string>>;
  /** `jitAccess.regions`. */
  readonly extraRegions: () => readonly string[];
  /** Roles that come and go with a grant, as `accountId/roleName`, and whether each is in force. */
  readonly grantedRoles: () => ReadonlyMap<string, boolean>;
  readonly clock: Clock;
  readonly log: Log;
}

const PARALLEL_LISTINGS = 8;

/** What the person's profiles can see: accounts × regions, each listed by itself, so that one failure hides nothing else. */
export class Inventory implements Disposable {
  readonly #deps: InventoryDeps;
  readonly #onDidChange = new Emitter<void>();
  readonly onDidChange: Event<void> = this.#onDidChange.event;
  readonly #lifetime = new AbortController();
  #snapshot: InventorySnapshot = {
    sessions: [],
    accounts: [],
    accountNames: new Map(),
    refreshing: false,
  };
  /** Sign-ins whose accounts have been named; names hardly ever change, so once is enough. */
  readonly #named = new Set<string>();
  #running: Promise<void> | undefined;
  #runAgain = false;

  constructor(deps: InventoryDeps) {
    this.#deps = deps;
  }

  get snapshot(): InventorySnapshot {
    return this.#snapshot;
  }

  get instances(): readonly Instance[] {
    return this.#snapshot.accounts.flatMap(account => account.regions.flatMap(region => region.instances));
  }

  /** By `instanceKey`. */
  find(key: string): Instance | undefined {
    return this.instances.find(instance => instanceKey(instance) === key);
  }

  /**
   * Reads files, sign-ins and instances afresh. A call during a refresh makes it run once more and resolves with that
   * second run, so that what changed in between is seen. Never rejects: failures are part of the snapshot.
   */
  refresh(): Promise<void> {
    if (this.#running) {
      this.#runAgain = true;
      return this.#running;
    }
    this.#running = this.#refreshUntilCurrent().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Refreshes unless it was done once already. */
  async ensureLoaded(): Promise<void> {
    if (this.#running) await this.#running;
    else if (!this.#snapshot.config) await this.refresh();
  }

  dispose(): void {
    this.#lifetime.abort();
    this.#onDidChange.dispose();
  }

  async #refreshUntilCurrent(): Promise<void> {
    this.#replace({ ...this.#snapshot, refreshing: true });
    do {
      try {
        await this.#refreshOnce();
      } catch (thrown) {
        if (!isAppError(thrown, 'cancelled'))
          this.#deps.log.error(`Listing failed: ${messageOf(thrown)}`, thrown);
      }
    } while (this.#takeRunAgain() && !this.#lifetime.signal.aborted);
    this.#replace({ ...this.#snapshot, refreshing: false });
  }

  #takeRunAgain(): boolean {
    const again = this.#runAgain;
    this.#runAgain = false;
    return again;
  }

  async #refreshOnce(): Promise<void> {
    const { signal } = this.#lifetime;
    const config = await this.#deps.loadConfig({ signal });
    const sessions = await Promise.all(
      config.ssoSessions.map(async session => ({
        session,
        signIn: await this.#signInState(session),
        profiles: config.profiles.filter(profile => profile.ssoSession?.cacheKey === session.cacheKey),
      })),
    );
    const plan = inventoryPlan(sessions, this.#deps.extraRegions(), this.#deps.grantedRoles());
    const known = new Map(
      this.#snapshot.accounts.flatMap(account =>
        account.regions.map(region => [`${region.accountId}/${region.region}`, region] as const),
      ),
    );
    this.#replace({
      ...this.#snapshot,
      config,
      sessions,
      refreshing: true,
      accounts: plan.accounts.map(account => ({
        accountId: account.accountId,
        profiles: account.profiles,
        // What was listed before stays in sight until the new answer is here.
        regions: account.regions.map(
          region =>
            known.get(`${account.accountId}/${region.region}`) ?? {
              accountId: account.accountId,
              region: region.region,
              state: 'loading',
              instances: [],
            },
        ),
      })),
    });
    const work = plan.accounts.flatMap(account => account.regions);
    const worker = async (): Promise<void> => {
      for (let next = work.shift(); next && !signal.aborted; next = work.shift()) {
        this.#put(await this.#listRegion(next));
      }
    };
    await Promise.all([
      ...Array.from({ length: PARALLEL_LISTINGS }, worker),
      ...sessions
        .filter(({ signIn }) => signIn.kind === 'signedIn')
        .map(({ session }) => this.#nameAccounts(session)),
    ]);
  }

  async #nameAccounts(session: SsoSession): Promise<void> {
    if (this.#named.has(session.cacheKey)) return;
    try {
      const names = await this.#deps.accountNames(session, { signal: this.#lifetime.signal });
      this.#named.add(session.cacheKey);
      this.#replace({ ...this.#snapshot, accountNames: new Map([...this.#snapshot.accountNames, ...names]) });
    } catch (thrown) {
      if (isAppError(thrown, 'cancelled')) return;
      this.#deps.log.warn(`The portal of ${session.label} did not name its accounts: ${messageOf(thrown)}`);
    }
  }

  async #signInState(session: SsoSession): Promise<SignInState> {
    try {
      return await this.#deps.signInState(session);
    } catch (thrown) {
      this.#deps.log.warn(`The sign-in of ${session.label} cannot be read: ${messageOf(thrown)}`);
      return { kind: 'signedOut' };
    }
  }

  /** Tries one profile after another: a role that may not list, or is not assigned now, leaves it to the next. */
  async #listRegion(plan: ListingPlan): Promise<RegionListing> {
    const { accountId, region } = plan;
    let refusal: AppError | undefined;
    for (const profile of plan.candidates) {
      try {
        const { instances, problems } = await this.#deps.list(profile, region, {
          signal: this.#lifetime.signal,
        });
        // Systems Manager's is the only part that may be missing.
        const ssmError = problems[0]?.error;
        return {
          accountId,
          region,
          state: 'ready',
          instances,
          via: profile,
          listedAt: this.#deps.clock.now(),
          ...(ssmError ? { ssmError } : {}),
        };
      } catch (thrown) {
        const error = isAppError(thrown)
          ? thrown
          : new AppError('internal', messageOf(thrown), { cause: thrown });
        if (error.code !== 'cancelled') {
          this.#deps.log.warn(
            `Profile ${profile.name} cannot list ${accountId}/${region}: ${error.code}: ${error.message}`,
          );
        }
        // The refusal of the most likely profile says more than that of a role nobody holds now.
        if (!refusal || refusal.code === 'role-not-assigned') refusal = error;
        if (error.code !== 'access-denied' && error.code !== 'role-not-assigned') break;
      }
    }
    return {
      accountId,
      region,
      state: 'failed',
      instances: [],
      error: refusal ?? new AppError('profile-not-found', `No profile can list ${accountId}/${region}`),
    };
  }

  #put(listing: RegionListing): void {
    this.#replace({
      ...this.#snapshot,
      accounts: this.#snapshot.accounts.map(account =>
        account.accountId !== listing.accountId
          ? account
          : {
              ...account,
              regions: account.regions.map(region => (region.region === listing.region ? listing : region)),
            },
      ),
    });
  }

  #replace(snapshot: InventorySnapshot): void {
    if (this.#lifetime.signal.aborted) return;
    this.#snapshot = snapshot;
    this.#onDidChange.fire();
  }
}
