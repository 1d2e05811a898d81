import type { Writable } from 'node:stream';

/**
 * Lets all small pieces that are written to a stream in one turn of the event loop leave as one: a write of its own for each costs
 * more than copying them together.
 */
export class GatheredWriter {
  readonly #stream: Writable;
  readonly #onTaken: ((bytes: number) => void) | undefined;
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  /** `onTaken` is told how many bytes the stream is done with, whether it has passed them on or failed. */
  constructor(stream: Writable, onTaken?: (bytes: number) => void) {
    this.#stream = stream;
    this.#onTaken = onTaken;
  }

  /** Bytes that are still to be given to the stream. */
  get gatheredBytes(): number {
    return this.#bytes;
  }

  /** Takes bytes that do not change afterwards. False when the stream has enough for now; it emits `drain` then. */
  write(piece: Uint8Array): boolean {
    if (piece.length > 0) {
      if (this.#pieces.length === 0) process.nextTick(() => this.flush());
      this.#pieces.push(piece);
      this.#bytes += piece.length;
    }
    return this.#stream.writableLength + this.#bytes < this.#stream.writableHighWaterMark;
  }

  /** Gives the stream what has been gathered. To be called before the stream is ended. */
  flush(): void {
    const [first] = this.#pieces;
    if (first === undefined) return;
    const bytes = this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces, this.#bytes);
    this.#pieces = [];
    this.#bytes = 0;
    const onTaken = this.#onTaken;
    if (!this.#stream.writable) onTaken?.(bytes.length);
    else if (onTaken === undefined) this.#stream.write(bytes);
    else this.#stream.write(bytes, () => onTaken(bytes.length));
  }
}
