import type { Memento } from 'vscode';
import type { Clock } from '../../base/clock';

/** An older state of our own that comes back this long after a newer one was saved is an echo; later it is somebody's wish. */
const ECHO_MS = 10_000;
const MOST_TRIES = 5;
/** Nobody is told of an echo, so it is looked for while one may come: this long after the write, and after each look. */
const LOOKS_MS = [500, 2_000, 6_000];

/**
 * One thing that is kept in VS Code's storage of this machine, which its windows share and which is not synchronised to others.
 *
 * VS Code writes all keys of an extension together, and tells each window what was written, also the one that wrote it, which then takes
 * that for the newest. What it was given in the meantime is lost, and lost for good if another key is written then. So where one of our own
 * older states comes back soon, what was saved last still stands, and is written again. What another window wrote is left alone.
 */
export class MementoStore {
  readonly #state: Pick<Memento, 'get' | 'update'>;
  readonly #key: string;
  readonly #clock: Clock;
  #mine: { readonly value: unknown; readonly text: string | undefined } | undefined;
  /** What stood here before, as JSON, and when it was replaced, epoch milliseconds. */
  readonly #older = new Map<string | undefined, number>();

  constructor(state: Pick<Memento, 'get' | 'update'>, key: string, clock: Clock) {
    this.#state = state;
    this.#key = key;
    this.#clock = clock;
  }

  load(): unknown {
    const stands = this.#state.get<unknown>(this.#key);
    if (!this.#mine) return stands;
    const text = JSON.stringify(stands);
    if (text === this.#mine.text) return stands;
    if (this.#isEcho(text)) return this.#mine.value;
    this.#mine = undefined;
    this.#older.clear();
    return stands;
  }

  /** `value` is JSON. */
  save(value: unknown): void {
    const mine = { value, text: JSON.stringify(value) };
    for (const text of this.#older.keys()) if (!this.#isEcho(text)) this.#older.delete(text);
    this.#older.set(JSON.stringify(this.load()), this.#clock.now());
    this.#older.delete(mine.text);
    this.#mine = mine;
    // A failure to write is VS Code's to report; it has the value in memory all the same.
    void this.#write(mine).then(() => this.#look(mine, LOOKS_MS));
  }

  /** Without it an echo that comes after the write would be what the next window reads. */
  #look(mine: { readonly value: unknown }, [next, ...later]: readonly number[]): void {
    if (next === undefined) return;
    this.#clock.schedule(next, () => {
      if (this.#mine !== mine) return;
      const written = this.#isEcho(JSON.stringify(this.#state.get<unknown>(this.#key)))
        ? this.#write(mine)
        : Promise.resolve();
      void written.then(() => this.#look(mine, later));
    });
  }

  async #write(mine: { readonly value: unknown }): Promise<void> {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      await this.#state.update(this.#key, mine.value);
      if (this.#mine !== mine || !this.#isEcho(JSON.stringify(this.#state.get<unknown>(this.#key)))) return;
    }
  }

  #isEcho(text: string | undefined): boolean {
    const replacedAt = this.#older.get(text);
    return replacedAt !== undefined && this.#clock.now() - replacedAt < ECHO_MS;
  }
}
