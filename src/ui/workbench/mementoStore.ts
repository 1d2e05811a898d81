import type { Memento } from 'vscode';

/** An echo falls between a write and its end once or twice at most; whoever finds it again and again leaves it at that. */
const MOST_TRIES = 5;

/**
 * One thing that is kept in VS Code's storage of this machine, which its windows share and which is not synchronised to others.
 *
 * VS Code tells each window what was written, also the one that wrote it, and then takes that for the newest. If it has been given
 * something newer in the meantime, and has not written it yet, that is lost. So what is saved here stands until it is seen to be written,
 * and is written again where one of our own older states has come back in its place. What another window wrote is left alone.
 */
export class MementoStore {
  readonly #state: Memento;
  readonly #key: string;
  #unwritten: { readonly value: unknown } | undefined;
  /** What stood here, as JSON, before the writes that are under way. */
  readonly #older = new Set<string | undefined>();

  constructor(state: Memento, key: string) {
    this.#state = state;
    this.#key = key;
  }

  load(): unknown {
    return this.#unwritten ? this.#unwritten.value : this.#state.get<unknown>(this.#key);
  }

  /** `value` is JSON. */
  save(value: unknown): void {
    this.#older.add(JSON.stringify(this.load()));
    const mine = { value };
    this.#unwritten = mine;
    // A failure to write is VS Code's to report; it has the value in memory all the same.
    this.#write(mine).catch(() => this.#settle(mine));
  }

  async #write(mine: { readonly value: unknown }): Promise<void> {
    const wanted = JSON.stringify(mine.value);
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      await this.#state.update(this.#key, mine.value);
      if (this.#unwritten !== mine) return;
      const stands = JSON.stringify(this.#state.get<unknown>(this.#key));
      if (stands === wanted || !this.#older.has(stands)) break;
    }
    this.#settle(mine);
  }

  #settle(mine: { readonly value: unknown }): void {
    if (this.#unwritten !== mine) return;
    this.#unwritten = undefined;
    this.#older.clear();
  }
}
