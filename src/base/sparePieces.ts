/** More are not kept: who stalled for a while gives many back at once. */
const MOST_SPARES = 4;

/**
 * Pieces of memory of one size that are used again. Memory outside the heap does not make the collector come, so without this a fast
 * stream leaves many megabytes of it behind between two collections.
 */
export class SparePieces {
  readonly pieceBytes: number;
  readonly #spares: Buffer[] = [];

  /** By default as large as what is read from a socket at a time. */
  constructor(pieceBytes = 64 * 1024) {
    this.pieceBytes = pieceBytes;
  }

  /** A whole piece, with whatever stood there before. */
  take(): Buffer {
    return this.#spares.pop() ?? Buffer.allocUnsafeSlow(this.pieceBytes);
  }

  /** What nobody reads any more: a piece or a part of one. What is none is left to the collector. */
  giveBack(used: Buffer): void {
    if (used.buffer.byteLength === this.pieceBytes && this.#spares.length < MOST_SPARES)
      this.#spares.push(Buffer.from(used.buffer));
  }
}
