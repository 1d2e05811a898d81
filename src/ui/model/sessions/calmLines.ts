import type { Clock } from '../../../base/clock';
import type { Disposable } from '../../../base/lifecycle';

const LINES_PER_WINDOW = 6;
const WINDOW_MS = 1000;

/** Lets through a few lines a second and counts the rest, so that a busy forward stays readable. */
export class CalmLines implements Disposable {
  readonly #clock: Clock;
  readonly #write: (line: string) => void;
  readonly #summary: (held: number) => string;
  #shown = 0;
  #held = 0;
  #window: Disposable | undefined;

  constructor(deps: {
    readonly clock: Clock;
    readonly write: (line: string) => void;
    readonly summary: (held: number) => string;
  }) {
    this.#clock = deps.clock;
    this.#write = deps.write;
    this.#summary = deps.summary;
  }

  add(line: string): void {
    this.#window ??= this.#clock.schedule(WINDOW_MS, () => this.#nextWindow());
    if (this.#shown >= LINES_PER_WINDOW) {
      this.#held += 1;
      return;
    }
    this.#shown += 1;
    this.#write(line);
  }

  /** Says at once what was held back, before something more important is written. */
  flush(): void {
    if (this.#held > 0) this.#write(this.#summary(this.#held));
    this.#held = 0;
  }

  dispose(): void {
    this.#window?.dispose();
    this.#window = undefined;
  }

  #nextWindow(): void {
    this.#window = undefined;
    this.#shown = 0;
    this.flush();
  }
}
