import type { Writable } from 'node:stream';
import { ByteGatherer } from './byteGatherer';
import { SparePieces } from './sparePieces';

export interface GatheredWriterOptions {
  /** Told how many bytes the stream is done with, whether it has passed them on or failed. */
  readonly onTaken?: (bytes: number) => void;
  /** After `write` has said false: the stream has taken everything. */
  readonly onDrain?: () => void;
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
  readonly #onDrain: (() => void) | undefined;
  readonly #spares: SparePieces;
  readonly #gathered: ByteGatherer;
  readonly #onTurnEnd = () => this.flush();

  /** `write` has said false, and `onDrain` is due. */
  #isFull = false;

  constructor(stream: Writable, options: GatheredWriterOptions = {}) {
    const { onTaken, onDrain, spares = new SparePieces() } = options;
    this.#stream = stream;
    this.#onTaken = onTaken;
    this.#onDrain = onDrain;
    this.#spares = spares;
    this.#gathered = new ByteGatherer(spares);
  }

  /** Bytes that are still to be given to the stream. */
  get gatheredBytes(): number {
    return this.#gathered.length;
  }

  /** Copies the bytes. False when the stream has enough for now; `onDrain` follows. */
  write(piece: Uint8Array): boolean {
    if (piece.length > 0) {
      if (this.#gathered.length === 0) process.nextTick(this.#onTurnEnd);
      this.#gathered.append(piece);
    }
    const hasRoom = this.#stream.writableLength + this.#gathered.length < this.#stream.writableHighWaterMark;
    if (!hasRoom) this.#isFull = true;
    return hasRoom;
  }

  /** Gives the stream what has been gathered. To be called before the stream is ended. */
  flush(): void {
    if (this.#gathered.length === 0) return;
    const bytes = this.#gathered.take();
    if (this.#stream.writable) this.#stream.write(bytes, () => this.#onDone(bytes));
    else this.#onDone(bytes);
  }

  #onDone(bytes: Buffer): void {
    this.#spares.giveBack(bytes);
    this.#onTaken?.(bytes.length);
    // The stream's own `drain` comes neither for what the system took at once, however much, nor after the stream was ended.
    if (!this.#isFull || this.#stream.writableLength > 0) return;
    this.#isFull = false;
    this.#onDrain?.();
  }
}
