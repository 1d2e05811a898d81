import type { Log } from '../base/log';
import type { LedgerStore } from './ledgerPorts';
import { fromState, newerOf, prune, toState, type LedgerRecord } from './ledgerRecord';

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

  /** Takes over what the store knows better. Returns the ids that changed. */
  adopt(): readonly string[] {
    const loaded = this.#load();
    if (loaded === this.#lastLoaded) return [];
    this.#lastLoaded = loaded;
    const { records, problems } = fromState(loaded);
    for (const problem of problems) this.#log.warn('A stored request could not be read', problem);
    const next = new Map(this.#records);
    const changed: string[] = [];
    for (const theirs of records) {
      const id = theirs.request.id;
      const mine = next.get(id);
      if (mine && newerOf(mine, theirs) === mine) continue;
      next.set(id, theirs);
      changed.push(id);
    }
    this.#records = next;
    return changed;
  }

  put(record: LedgerRecord): void {
    this.#records = new Map(this.#records).set(record.request.id, record);
  }

  /** Writes everything, after taking over what the store knows better. Returns the ids that this changed. */
  save(now: number): readonly string[] {
    const adopted = this.adopt();
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
    return adopted;
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
