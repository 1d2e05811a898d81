import { randomBytes } from 'node:crypto';

const NOTHING = Buffer.alloc(0);

/**
 * Finds the place in a terminal's output at which its program had ended. When the leader of a terminal's session exits, the kernel throws
 * away what has not been read yet; so the leader is a wrapper that outlives the program, writes this mark, and waits.
 */
export class EndMarker {
  /** An operating system command of no meaning, so that a terminal that should ever get it shows nothing. */
  readonly text = `\x1b]${randomBytes(16).toString('hex')}\x07`;
  readonly #mark = Buffer.from(this.text);
  #held: Buffer = NOTHING;
  #found = false;

  get found(): boolean {
    return this.#found;
  }

  /** The part of the output so far that is certain to stand before the mark and has not been returned yet. */
  push(bytes: Uint8Array): Buffer {
    if (this.#found) return NOTHING;
    const all = Buffer.concat([this.#held, bytes]);
    const at = all.indexOf(this.#mark);
    if (at >= 0) {
      this.#found = true;
      this.#held = NOTHING;
      return all.subarray(0, at);
    }
    const kept = this.#beginningAtEndOf(all);
    this.#held = Buffer.from(all.subarray(all.length - kept));
    return all.subarray(0, all.length - kept);
  }

  /** What was held back, when the output ended without the mark. */
  rest(): Buffer {
    return this.#held;
  }

  /** How many of the last bytes might be the mark's first. */
  #beginningAtEndOf(bytes: Buffer): number {
    const from = Math.max(0, bytes.length - this.#mark.length + 1);
    for (let at = bytes.indexOf(0x1b, from); at >= 0; at = bytes.indexOf(0x1b, at + 1)) {
      if (this.#mark.subarray(0, bytes.length - at).equals(bytes.subarray(at))) return bytes.length - at;
    }
    return 0;
  }
}
