/** Bytes waiting to be read in pieces of another size than they came in. Chunks are kept, not copied. */
export class ByteQueue {
  readonly #chunks: Uint8Array[] = [];
  #head = 0;
  #offset = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The caller does not change `chunk` afterwards. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** Fills `target` from `start` up to `end` as far as there is something, and returns how many bytes that were. */
  read(target: Uint8Array, start = 0, end = target.length): number {
    let at = start;
    while (at < end) {
      const chunk = this.#chunks[this.#head];
      if (chunk === undefined) break;
      const count = Math.min(end - at, chunk.length - this.#offset);
      target.set(chunk.subarray(this.#offset, this.#offset + count), at);
      at += count;
      this.#offset += count;
      this.#length -= count;
      if (this.#offset === chunk.length) this.#dropHead();
    }
    return at - start;
  }

  clear(): void {
    this.#chunks.length = 0;
    this.#head = this.#offset = this.#length = 0;
  }

  #dropHead(): void {
    this.#offset = 0;
    this.#head++;
    // Shifting for every chunk would move the whole array each time.
    if (this.#head === this.#chunks.length || this.#head > 256) {
      this.#chunks.splice(0, this.#head);
      this.#head = 0;
    }
  }
}
