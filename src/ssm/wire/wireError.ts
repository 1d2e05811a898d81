/** Bytes that break the protocol. `offset` is where in the frame the reader stopped. */
export class WireError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(`${message} (at byte ${offset})`);
    this.name = 'WireError';
    this.offset = offset;
  }
}
