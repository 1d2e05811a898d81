import type { Writable } from 'node:stream';
import { ByteGatherer } from './byteGatherer';
import { SparePieces } from './sparePieces';

export interface GatheredWriterOptions {
  /** Told how many bytes the stream is done with, whether it has passed them on or failed. */
  readonly onTaken?: (bytes: number) => void;
  /** To be shared among streams of which few are busy at a time. */
  readonly spares?: SparePieces;
}

/**
 * Lets all small pieces that are written to a stream in one turn of the event loop leave as one: a write of its own for each costs
 * more than copying them together.
 */
export class GatheredWriter {
  readonly #stream: Writable;
  readonly #onTaken: ((bytes: number) => void) | undefined;
  readonly #spares: SparePieces;
  readonly #gathered: ByteGatherer;
  readonly #onTurnEnd = () => this.flush();

  constructor(stream: Writable, { onTaken, spares = new SparePieces() }: GatheredWriterOptions = {}) {
    this.#stream = stream;
    this.#onTaken = onTaken;
    this.#spares = spares;
    this.#gathered = new ByteGatherer(spares);
  }

  /** Bytes that are still to be given to the stream. */
  get gatheredBytes(): number {
    return this.#gathered.length;
  }

  /** Copies the bytes. False when the stream has enough for now; it emits `drain` then. */
  write(piece: Uint8Array): boolean {
    if (piece.length > 0) {
      if (this.#gathered.length === 0) process.nextTick(this.#onTurnEnd);
      this.#gathered.append(piece);
    }
    return this.#stream.writableLength + this.#gathered.length < this.#stream.writableHighWaterMark;
  }

  /** Gives the stream what has been gathered. To be called before the stream is ended. */
  flush(): void {
    if (this.#gathered.length === 0) return;
    const bytes = this.#gathered.take();
    const done = () => {
      this.#spares.giveBack(bytes);
      this.#onTaken?.(bytes.length);
    };
    if (this.#stream.writable) this.#stream.write(bytes, done);
    else done();
  }
}
