import type { Log } from '../base/log';
import type { LedgerStore } from './ledgerPorts';
import { newerOf, prune, type LedgerRecord } from './ledgerRecord';
import { fromState, toState } from './ledgerState';

/** What a look into the store brought. */
export interface Adopted {
  /** The records that the store knew better, before and after. */
  readonly changes: readonly { readonly before: LedgerRecord | undefined; readonly after: LedgerRecord }[];
  /** The store lacks something that we know: another window, which did not know of it, wrote over it. */
  readonly isAhead: boolean;
}

const NOTHING_NEW: Adopted = { changes: [], isAhead: false };

/** The records of the ledger and their copy in the store, which other windows may write too. */
export class LedgerBook {
  readonly #store: LedgerStore;
  readonly #log: Log;
  #records: ReadonlyMap<string, LedgerRecord> = new Map();
  #lastLoaded: unknown;

  constructor(store: LedgerStore, log: Log) {
    this.#store = store;
    this.#log = log;
  }

  get(requestId: string): LedgerRecord | undefined {
    return this.#records.get(requestId);
  }

  all(): readonly LedgerRecord[] {
    return [...this.#records.values()];
  }

  /** Takes over what the store knows better. */
  adopt(now: number): Adopted {
    const loaded = this.#load();
    if (loaded === this.#lastLoaded) return NOTHING_NEW;
    this.#lastLoaded = loaded;
    const { records, problems } = fromState(loaded);
    for (const problem of problems) this.#log.warn('A stored request could not be read', problem);
    const next = new Map(this.#records);
    const changes: Adopted['changes'][number][] = [];
    const abreast = new Set<string>();
    for (const theirs of records) {
      const { id } = theirs.request;
      const mine = next.get(id);
      const newer = mine ? newerOf(mine, theirs) : theirs;
      if (newer === theirs) {
        next.set(id, theirs);
        changes.push({ before: mine, after: theirs });
        abreast.add(id);
      } else if (newerOf(theirs, newer) === theirs) {
        abreast.add(id);
      }
    }
    this.#records = next;
    const isAhead = prune([...next.values()], now).some(({ request }) => !abreast.has(request.id));
    return { changes, isAhead };
  }

  put(record: LedgerRecord): void {
    this.#records = new Map(this.#records).set(record.request.id, record);
  }

  /** Writes everything. What the store knows better has to be taken over before. */
  save(now: number): void {
    const kept = prune(this.all(), now);
    if (kept.length !== this.#records.size) {
      this.#records = new Map(kept.map(record => [record.request.id, record]));
    }
    const state = toState(kept);
    try {
      this.#store.save(state);
      this.#lastLoaded = state;
    } catch (failure) {
      this.#log.error('The requests could not be stored', failure);
    }
  }

  #load(): unknown {
    try {
      return this.#store.load();
    } catch (failure) {
      this.#log.error('The stored requests could not be loaded', failure);
      return undefined;
    }
  }
}
