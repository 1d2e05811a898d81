import { delay, type CallOptions } from '../../../base/cancellation';
import { isAppError, messageOf } from '../../../base/errors';
import { Emitter, type Event } from '../../../base/events';
import type { Disposable } from '../../../base/lifecycle';
import type { Instance } from '../../../access/instance';
import type { SsoSession } from '../../../access/profile';
import { readInventory, type InventoryReading, type InventorySources } from './inventoryReading';
import { runPool } from './listingPool';
import { InventorySaver, type InventoryStore } from './inventorySaver';
import { InstanceIndex } from './instanceIndex';
import { instanceCount, type InventorySnapshot, type RegionListing } from './inventorySnapshot';
import { interleaved, listRegion, withWhatIsKnown, type RegionLister } from './regionListing';
import type { SavedInventory } from './savedInventory';

export interface InventoryDeps extends RegionLister, InventorySources {
  /** What the portal calls the accounts: for reading only, so a failure is logged and nothing more. */
  readonly accountNames: (session: SsoSession, options?: CallOptions) => Promise<ReadonlyMap<string, string>>;
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

/** So much longer where somebody has asked for it: a machine that is this busy draws later still when the SDK is loaded meanwhile. */
const MOST_DRAWING_MS = 1_500;

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
  /** Ends with the pass it is of: what is answered later is nobody's. */
  #pass = new AbortController();
  #isCurrent = false;
  #hasListed = false;
  /** What is known, on its way into the snapshot ahead of the first refresh. */
  #ahead: Promise<void> | undefined;
  #wasShown = false;
  /** Somebody has asked for what is known, to draw it. */
  #isAwaited = false;
  readonly #drawn: Promise<void>;
  #onDrawn: () => void = () => undefined;
  /** Read once, beside the files. */
  #saved: Promise<SavedInventory | undefined> | undefined;
  readonly #saver: InventorySaver;
  readonly #index = new InstanceIndex();

  constructor(deps: InventoryDeps) {
    this.#deps = deps;
    this.#drawn = new Promise(resolve => (this.#onDrawn = resolve));
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
   * Puts all that is known without asking AWS into the snapshot, ahead of the first refresh: whoever looks then sees it at once. That
   * refresh reads it again by itself: here a failure is nobody's.
   */
  prepare(): void {
    if (this.#running || this.#wasShown) return;
    this.#pass.abort();
    this.#pass = new AbortController();
    this.#ahead = this.#readAhead(this.#pass.signal);
  }

  /**
   * Resolves once all that is known without asking AWS is in the snapshot: files, sign-ins and the last listing. Begins a refresh where
   * none has been.
   */
  async whenKnown(): Promise<void> {
    this.#isAwaited = true;
    if (this.#wasShown && this.#snapshot.config) return;
    // A file that cannot be read ends the refresh, and leaves nothing known.
    await this.#until(({ config }) => config !== undefined, this.keepFresh());
  }

  /** Resolves once the refresh that is under way asks AWS, or has ended. */
  async whenAsked(): Promise<void> {
    if (this.#running) await this.#until(({ isAsked }) => isAsked === true, this.#running);
  }

  /** To be told by whoever draws the instances that the first rows were given away: listing begins after that. */
  markDrawn(): void {
    this.#onDrawn();
  }

  /**
   * Sign-ins, files or settings are other ones now. What AWS is being asked for the old ones is given up, its answers are dropped, and a
   * refresh that is under way begins anew; before the first one, what is known is read ahead anew.
   */
  invalidate(): void {
    this.#isCurrent = false;
    if (!this.#running) {
      if (this.#ahead) this.prepare();
      return;
    }
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
    if (!this.#wasShown) await this.#showKnown(signal);
    const { known, plan } = await this.#read(signal);
    const { sessions } = known;
    this.#replace({ ...this.#snapshot, ...known, refreshing: true, isAsked: true });
    // It is in the snapshot now, and would only be held in memory a second time.
    this.#saved = Promise.resolve(undefined);
    const listings = interleaved(plan.map(account => account.regions));
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

  #read(signal: AbortSignal): Promise<InventoryReading> {
    const saved = (this.#saved ??= this.#deps.store.load());
    return readInventory(this.#deps, () => this.#snapshot, saved, signal);
  }

  async #readAhead(signal: AbortSignal): Promise<void> {
    try {
      const { known } = await this.#read(signal);
      this.#replace({ ...this.#snapshot, ...known });
    } catch (thrown) {
      this.#deps.log.debug(`Not read ahead: ${messageOf(thrown)}`);
    }
  }

  /** Nothing else is done until it is drawn. */
  async #showKnown(signal: AbortSignal): Promise<void> {
    this.#wasShown = true;
    await (this.#ahead ?? this.#readAhead(signal));
    if (this.#count > 0) await this.#untilDrawn(signal);
  }

  async #untilDrawn(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    const patience = new AbortController();
    const options = { signal: AbortSignal.any([signal, patience.signal]) };
    const enough = async (): Promise<void> => {
      await delay(clock, MOST_UNDRAWN_MS, options);
      if (this.#isAwaited) await delay(clock, MOST_DRAWING_MS, options);
    };
    await Promise.race([this.#drawn, enough()]);
    patience.abort();
    await delay(clock, PAINT_MS, { signal });
  }

  async #until(isSo: (snapshot: InventorySnapshot) => boolean, refreshed: Promise<void>): Promise<void> {
    if (isSo(this.#snapshot)) return;
    let stop: Disposable | undefined;
    const so = new Promise<void>(resolve => {
      stop = this.onDidChange(() => isSo(this.#snapshot) && resolve());
    });
    await Promise.race([so, refreshed]);
    stop?.dispose();
  }

  get #count(): number {
    return this.#snapshot.accounts
      .flatMap(({ regions }) => regions)
      .reduce((sum, listing) => sum + instanceCount(listing), 0);
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
