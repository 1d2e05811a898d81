import { delay, type CallOptions } from '../../../base/cancellation';
import { isAppError, messageOf } from '../../../base/errors';
import { Emitter, type Event } from '../../../base/events';
import type { Disposable } from '../../../base/lifecycle';
import type { Instance } from '../../../access/instance';
import type { SignInState, SsoSession } from '../../../access/profile';
import type { AwsConfigSnapshot } from '../../../aws/awsConfig';
import { inventoryPlan, lastKnownAccounts } from './inventoryPlan';
import { runPool } from './listingPool';
import { InventorySaver, type InventoryStore } from './inventorySaver';
import { InstanceIndex } from './instanceIndex';
import {
  instanceCount,
  placeOf,
  type InventorySnapshot,
  type RegionListing,
  type SsoSessionListing,
} from './inventorySnapshot';
import { lastKnown } from './knownListing';
import { interleaved, listRegion, loading, withWhatIsKnown, type RegionLister } from './regionListing';
import type { SavedInventory } from './savedInventory';

export interface InventoryDeps extends RegionLister {
  readonly loadConfig: (options?: CallOptions) => Promise<AwsConfigSnapshot>;
  readonly signInState: (session: SsoSession) => Promise<SignInState>;
  /** What the portal calls the accounts: for reading only, so a failure is logged and nothing more. */
  readonly accountNames: (session: SsoSession, options?: CallOptions) => Promise<ReadonlyMap<string, string>>;
  /** `jitAccess.regions`. */
  readonly extraRegions: () => readonly string[];
  /** Of the environment, for accounts whose profiles name none. */
  readonly homeRegion?: string | undefined;
  /** Roles that come and go with a grant, as `accountId/roleName`, and whether each is in force. */
  readonly grantedRoles: () => ReadonlyMap<string, boolean>;
  readonly store: InventoryStore;
}

/** Regions listed at once; a slow one gives its place to the next after a while, up to a bound. */
const PARALLEL_LISTINGS = 8;
const SLOW_AFTER_MS = 4_000;
const MOST_LISTINGS = 24;

/** From the first rows that were given to VS Code until it has asked for those below them: only then loading the SDK may hold up the process. */
const PAINT_MS = 250;

/** So long is waited for somebody to draw what is known; a command may have asked, and no view be open. */
const MOST_UNDRAWN_MS = 500;

/** What the person's profiles can see: accounts × regions, each listed by itself, so that one failure hides nothing else. */
export class Inventory implements Disposable {
  readonly #deps: InventoryDeps;
  readonly #onDidChange = new Emitter<void>();
  readonly onDidChange: Event<void> = this.#onDidChange.event;
  readonly #onDidDraw = new Emitter<void>();
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
  /** Ends with the pass it is of: what is answered later is nobody's. */
  #pass = new AbortController();
  #isCurrent = false;
  #hasListed = false;
  #saved: Promise<SavedInventory | undefined> | undefined;
  readonly #saver: InventorySaver;
  readonly #index = new InstanceIndex();

  constructor(deps: InventoryDeps) {
    this.#deps = deps;
    this.#saver = new InventorySaver({ ...deps, snapshot: () => this.#snapshot });
  }

  get snapshot(): InventorySnapshot {
    return this.#snapshot;
  }

  get instances(): readonly Instance[] {
    return this.#index.all(this.#snapshot.accounts);
  }

  /** By `instanceKey`. */
  find(key: string): Instance | undefined {
    return this.#index.find(this.#snapshot.accounts, key);
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

  /** Joins a refresh that is under way, else starts one: for a look now and then, which needs no second one. */
  keepFresh(): Promise<void> {
    return this.#running ?? this.refresh();
  }

  /** Refreshes unless it was done once already, and nothing was changed since. */
  async ensureLoaded(): Promise<void> {
    if (this.#running) await this.#running;
    else if (!this.#snapshot.config || !this.#isCurrent) await this.refresh();
  }

  /**
   * Reads the files ahead of the first refresh, so that whoever looks then sees at once what is known. It reads them again by itself: here
   * a failure is nobody's.
   */
  prepare(): void {
    if (this.#running) return;
    this.#saved ??= this.#deps.store.load();
    this.#deps
      .loadConfig({ signal: this.#lifetime.signal })
      .catch((thrown: unknown) => this.#deps.log.debug(`Not read ahead: ${messageOf(thrown)}`));
  }

  /**
   * Resolves once all that is known without asking AWS is in the snapshot: files, sign-ins and the last listing. Begins a refresh where
   * none has been.
   */
  async whenKnown(): Promise<void> {
    if (this.#snapshot.config) return;
    let stop: Disposable | undefined;
    const known = new Promise<void>(resolve => {
      stop = this.onDidChange(() => this.#snapshot.config && resolve());
    });
    // A file that cannot be read ends the refresh, and leaves nothing known.
    await Promise.race([known, this.keepFresh()]);
    stop?.dispose();
  }

  /** To be told by whoever draws the instances that the first rows were given away: listing begins after that. */
  markDrawn(): void {
    this.#onDidDraw.fire();
  }

  /**
   * Sign-ins, files or settings are other ones now. What AWS is being asked for the old ones is given up, its answers are dropped, and a
   * refresh that is under way begins anew.
   */
  invalidate(): void {
    this.#isCurrent = false;
    if (!this.#running) return;
    this.#runAgain = true;
    this.#pass.abort();
  }

  dispose(): void {
    this.#lifetime.abort();
    this.#pass.abort();
    this.#saver.dispose();
    this.#onDidChange.dispose();
  }

  async #refreshUntilCurrent(): Promise<void> {
    this.#replace({ ...this.#snapshot, refreshing: true });
    do {
      this.#pass = new AbortController();
      this.#isCurrent = true;
      try {
        await this.#refreshOnce(this.#pass.signal);
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

  async #refreshOnce(signal: AbortSignal): Promise<void> {
    const startedAt = this.#deps.clock.now();
    // Read once, beside the files, and shown only for accounts of theirs whose sign-in is or was there.
    const savedSoon = (this.#saved ??= this.#deps.store.load());
    const config = await this.#deps.loadConfig({ signal });
    const [sessions, saved] = await Promise.all([this.#sessionsOf(config), savedSoon]);
    if (signal.aborted) return;
    const isFirst = !this.#snapshot.config;
    const known = new Map<string, RegionListing>();
    if (isFirst)
      for (const one of saved?.listings ?? []) known.set(placeOf(one), lastKnown(one, one.listedAt));
    for (const { regions } of this.#snapshot.accounts) {
      for (const region of regions) known.set(placeOf(region), region);
    }
    const plan = inventoryPlan(
      sessions,
      this.#deps.extraRegions(),
      this.#deps.grantedRoles(),
      this.#deps.homeRegion,
    );
    const accounts = plan.accounts.map(({ accountId, profiles, regions }) => ({
      accountId,
      profiles,
      // What was listed before stays in sight until the new answer is here.
      regions: regions.map(region => known.get(placeOf(region)) ?? loading(region)),
    }));
    this.#replace({
      ...this.#snapshot,
      config,
      sessions,
      accountNames: new Map([...(saved?.accountNames ?? []), ...this.#snapshot.accountNames]),
      refreshing: true,
      accounts: [...accounts, ...lastKnownAccounts(sessions, accounts, known)],
    });
    // It is in the snapshot now, and would only be held in memory a second time.
    this.#saved = Promise.resolve(undefined);
    if (isFirst && this.#count > 0) await this.#drawn(signal);
    const listings = interleaved(plan.accounts.map(account => account.regions));
    await Promise.all([
      runPool(
        listings.map(listing => async () => {
          const answer = await listRegion(listing, this.#deps, signal);
          if (!signal.aborted) this.#put(answer);
        }),
        {
          width: PARALLEL_LISTINGS,
          patienceMs: SLOW_AFTER_MS,
          most: MOST_LISTINGS,
          clock: this.#deps.clock,
          signal,
        },
      ),
      ...sessions
        .filter(({ signIn }) => signIn.kind === 'signedIn')
        .map(({ session }) => this.#nameAccounts(session, signal)),
    ]);
    this.#saver.saveSoon();
    const { log, clock } = this.#deps;
    const told = `Listed ${this.#count} instances in ${listings.length} regions, in ${clock.now() - startedAt} ms.`;
    // Once is worth knowing; afterwards it is so each minute.
    if (this.#hasListed) log.debug(told);
    else log.info(told);
    this.#hasListed = true;
  }

  async #drawn(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    const patience = new AbortController();
    const first = new Promise<void>(resolve => this.#onDidDraw.event(resolve));
    const enough = delay(clock, MOST_UNDRAWN_MS, { signal: AbortSignal.any([signal, patience.signal]) });
    await Promise.race([first, enough]);
    patience.abort();
    await delay(clock, PAINT_MS, { signal });
  }

  get #count(): number {
    return this.#snapshot.accounts
      .flatMap(({ regions }) => regions)
      .reduce((sum, listing) => sum + instanceCount(listing), 0);
  }

  #sessionsOf(config: AwsConfigSnapshot): Promise<SsoSessionListing[]> {
    return Promise.all(
      config.ssoSessions.map(async session => ({
        session,
        signIn: await this.#signInState(session),
        profiles: config.profiles.filter(profile => profile.ssoSession?.cacheKey === session.cacheKey),
      })),
    );
  }

  async #nameAccounts(session: SsoSession, signal: AbortSignal): Promise<void> {
    if (this.#named.has(session.cacheKey)) return;
    try {
      const names = await this.#deps.accountNames(session, { signal });
      if (signal.aborted) return;
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

  #put(listing: RegionListing): void {
    const { accountId, region } = listing;
    this.#replace({
      ...this.#snapshot,
      accounts: this.#snapshot.accounts.map(account =>
        account.accountId !== accountId
          ? account
          : {
              ...account,
              regions: account.regions.map(before =>
                before.region === region ? withWhatIsKnown(listing, before) : before,
              ),
            },
      ),
    });
    this.#saver.saveSoon();
  }

  #replace(snapshot: InventorySnapshot): void {
    if (this.#lifetime.signal.aborted) return;
    this.#snapshot = snapshot;
    this.#onDidChange.fire();
  }
}
