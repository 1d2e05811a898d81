import { randomFillSync } from 'node:crypto';

const ID_BYTES = 16;
const IDS_PER_FILL = 256;

/** Random version 4 UUIDs as they stand in a frame. One call for random bytes serves many: every message and every acknowledgement has an id. */
export class MessageIds {
  readonly #random = Buffer.alloc(ID_BYTES * IDS_PER_FILL);
  #at = this.#random.length;

  /** Puts a fresh id at `offset`, its halves swapped as on the wire. */
  write(target: Buffer, offset: number): void {
    if (this.#at === this.#random.length) {
      randomFillSync(this.#random);
      this.#at = 0;
    }
    const at = this.#at;
    this.#at += ID_BYTES;
    // The text's second half comes first: its byte 8 says the variant, its byte 6 the version.
    for (let index = 0; index < ID_BYTES; index++) target[offset + index] = this.#random[at + index] ?? 0;
    target[offset] = ((target[offset] ?? 0) & 0x3f) | 0x80;
    target[offset + 14] = ((target[offset + 14] ?? 0) & 0x0f) | 0x40;
  }
}
