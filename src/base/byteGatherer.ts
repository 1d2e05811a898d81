import type { SparePieces } from './sparePieces';

/** What one turn of the event loop gathers is seldom more, so no more is set aside for what may come. */
const LARGEST_GUESS_BYTES = 64 * 1024;

const NOTHING: Buffer = Buffer.alloc(0);

/**
 * Many small pieces put one after the other into one piece of memory as they come. To keep them in a list until they are joined would
 * keep an object alive for each: whatever is alive when the collector comes makes its young generation grow, for good.
 */
export class ByteGatherer {
  readonly #spares: SparePieces | undefined;
  #memory: Buffer = NOTHING;
  #length = 0;
  /** As much as the last time is likely. */
  #guess = 0;

  /** With `spares` the owner gives back to them what `take` gave, once it is done with it. */
  constructor(spares?: SparePieces) {
    this.#spares = spares;
  }

  /** Bytes that `take` will give. */
  get length(): number {
    return this.#length;
  }

  /** The memory that the gathered bytes stand in; another one after `extend` or `take`. */
  get memory(): Buffer {
    return this.#memory;
  }

  /** Makes the gathered bytes this much longer, by whatever stands there, and gives the place in `memory` where the new ones begin. */
  extend(bytes: number): number {
    const at = this.#length;
    const needed = at + bytes;
    if (needed > this.#memory.length) {
      const memory = this.#allocate(Math.max(needed, at === 0 ? this.#guess : at * 2));
      memory.set(this.#memory.subarray(0, at));
      this.#memory = memory;
    }
    this.#length = needed;
    return at;
  }

  append(piece: Uint8Array): void {
    const at = this.extend(piece.length);
    this.#memory.set(piece, at);
  }

  /** Everything gathered since the last time; it is the caller's now. */
  take(): Buffer {
    const taken = this.#memory.subarray(0, this.#length);
    this.#guess = Math.min(this.#length, LARGEST_GUESS_BYTES);
    this.#memory = NOTHING;
    this.#length = 0;
    return taken;
  }

  /** What waits behind a slow reader is bounded by its bytes, so a piece is taken only where at least half of it is likely to be used. */
  #allocate(bytes: number): Buffer {
    const spares = this.#spares;
    return spares && bytes > spares.pieceBytes / 2 && bytes <= spares.pieceBytes
      ? spares.take()
      : Buffer.allocUnsafe(bytes);
  }
}
