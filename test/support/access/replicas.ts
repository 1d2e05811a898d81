import { Emitter } from '../../../src/base/events';
import type { Clock } from '../../../src/base/clock';
import type { LedgerStore } from '../../../src/access/ledger';

/**
 * Storage as windows of an editor share it: each has a copy of its own, a write reaches the other copies late and replaces them whole,
 * also when they were written meanwhile. What was written last is what the next window starts from.
 */
export class Replicas {
  readonly #clock: Clock;
  readonly #lagMs: () => number;
  readonly #windows = new Set<Replica>();
  /** JSON of what a window that opens now starts from. */
  persisted: string | undefined;

  constructor(clock: Clock, lagMs: () => number) {
    this.#clock = clock;
    this.#lagMs = lagMs;
  }

  open(): Replica {
    const replica = new Replica(this.persisted, (from, text) => this.#write(from, text));
    this.#windows.add(replica);
    return replica;
  }

  close(): void {
    this.#windows.clear();
  }

  #write(from: Replica, text: string): void {
    this.persisted = text;
    for (const other of this.#windows) {
      if (other === from) continue;
      this.#clock.schedule(this.#lagMs(), () => {
        if (this.#windows.has(other)) other.receive(text);
      });
    }
  }
}

export class Replica implements LedgerStore {
  readonly #didChange = new Emitter<void>();
  readonly onDidChange = this.#didChange.event;
  readonly #write: (from: Replica, text: string) => void;
  #text: string | undefined;
  saves = 0;

  constructor(text: string | undefined, write: (from: Replica, text: string) => void) {
    this.#text = text;
    this.#write = write;
  }

  load(): unknown {
    return this.#text === undefined ? undefined : JSON.parse(this.#text);
  }

  save(state: unknown): void {
    this.saves++;
    this.#text = JSON.stringify(state);
    this.#write(this, this.#text);
  }

  receive(text: string): void {
    this.#text = text;
    this.#didChange.fire();
  }
}
