import type { LocalConnection } from './localConnection';

/** Bytes waiting for slow local programs at which the session stops reading, and below which it goes on. */
const CLOSE_ABOVE_BYTES = 2 * 1024 * 1024;
const OPEN_BELOW_BYTES = 512 * 1024;

/**
 * Keeps what waits for slow local programs within bounds. Version 1 of smux has no window per stream, so the only brake is to
 * stop reading the session as a whole, as the official client does at 4 MiB.
 */
export class ReadGate {
  readonly #setReading: (reading: boolean) => void;
  readonly #slow = new Set<LocalConnection>();
  #open = true;

  constructor(setReading: (reading: boolean) => void) {
    this.#setReading = setReading;
  }

  /** After each write that the connection did not take at once. */
  onSlow(connection: LocalConnection): void {
    this.#slow.add(connection);
    if (this.#open && this.#waiting() > CLOSE_ABOVE_BYTES) {
      this.#open = false;
      this.#setReading(false);
    }
  }

  /** The connection took everything, or is gone. */
  onRelief(connection: LocalConnection): void {
    this.#slow.delete(connection);
    if (!this.#open && this.#waiting() < OPEN_BELOW_BYTES) {
      this.#open = true;
      this.#setReading(true);
    }
  }

  #waiting(): number {
    let bytes = 0;
    for (const connection of this.#slow) bytes += connection.bufferedBytes;
    return bytes;
  }
}
