import type { Draft } from '../../src/shared/requestPanel';
import type { Host } from './host';

/** Keeps what is typed: at once in the page's state, and as the host can take it there too, which says what is asked now. */
export class DraftKeeper {
  readonly #host: Host;
  readonly #onAsked: (asked: readonly string[]) => void;
  #waiting: Draft | undefined;
  #isAsking = false;

  constructor(host: Host, onAsked: (asked: readonly string[]) => void) {
    this.#host = host;
    this.#onAsked = onAsked;
  }

  keep(draft: Draft): void {
    this.#host.keep({ draft });
    this.#waiting = draft;
    void this.#tell();
  }

  /** One question at a time, always about the newest draft: an answer about an older one would be of no use. */
  async #tell(): Promise<void> {
    const draft = this.#waiting;
    if (this.#isAsking || !draft) return;
    this.#isAsking = true;
    this.#waiting = undefined;
    const reply = await this.#host.ask({ type: 'draft', draft });
    this.#isAsking = false;
    if (this.#hasNewer()) void this.#tell();
    else if (reply.ok && reply.asked) this.#onAsked(reply.asked);
  }

  /** Asked behind an answer, when typing may have gone on. */
  #hasNewer(): boolean {
    return this.#waiting !== undefined;
  }
}
