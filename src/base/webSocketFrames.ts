import { randomFillSync } from 'node:crypto';
import { ByteGatherer } from './byteGatherer';
import type { SparePieces } from './sparePieces';

const OPCODE_TEXT = 0x1;
const OPCODE_BINARY = 0x2;
const FINAL_FRAGMENT = 0x80;
const MASKED = 0x80;
const MASK_BYTES = 4;
const LONGEST_7_BITS = 125;
const LONGEST_16_BITS = 0xffff;

/**
 * Whole web socket messages (RFC 6455, section 5.2) made into one piece of memory, each a frame of its own. A library that writes
 * header and payload of every small frame by itself spends more time on writing than on everything else.
 */
export class WebSocketFrames {
  readonly #masks: boolean;
  readonly #random = Buffer.alloc(1024);
  /** The mask as it falls on four bytes at an address that divides by four. */
  readonly #word = new Int32Array(1);
  readonly #wordBytes = new Uint8Array(this.#word.buffer);
  #randomAt = this.#random.length;
  readonly #gathered: ByteGatherer;
  #memory: Buffer;
  /** The same memory in words, from the first address on that divides by four. */
  #words: Int32Array = new Int32Array(0);
  #firstWord = 0;

  /**
   * What a client sends is masked, what a server sends is not. With `spares` the owner gives back to them what `take` gave, once it is
   * done with it.
   */
  constructor(role: 'client' | 'server', spares?: SparePieces) {
    this.#masks = role === 'client';
    this.#gathered = new ByteGatherer(spares);
    this.#memory = this.#gathered.memory;
  }

  /** Bytes that `take` will give. */
  get length(): number {
    return this.#gathered.length;
  }

  /** A string becomes a text message. Bytes are copied, and do not change. */
  add(message: Uint8Array | string): void {
    const isText = typeof message === 'string';
    const bytes = isText ? Buffer.from(message, 'utf8') : message;
    const start = this.#gathered.extend(this.#headerBytes(bytes.length) + bytes.length);
    if (this.#memory !== this.#gathered.memory) this.#onNewMemory(this.#gathered.memory);
    const at = this.#writeHeader(this.#memory, start, isText ? OPCODE_TEXT : OPCODE_BINARY, bytes.length);
    this.#memory.set(bytes, at);
    if (this.#masks) this.#mask(at, at + bytes.length);
  }

  /** Everything added since the last time, in order. */
  take(): Buffer {
    return this.#gathered.take();
  }

  #onNewMemory(memory: Buffer): void {
    this.#memory = memory;
    this.#firstWord = (memory.byteOffset + 3) >> 2;
    const lastWord = (memory.byteOffset + memory.length) >> 2;
    this.#words = new Int32Array(memory.buffer, this.#firstWord * 4, Math.max(0, lastWord - this.#firstWord));
  }

  #headerBytes(length: number): number {
    const lengthBytes = length <= LONGEST_7_BITS ? 0 : length <= LONGEST_16_BITS ? 2 : 8;
    return 2 + lengthBytes + (this.#masks ? MASK_BYTES : 0);
  }

  /** Leaves the mask, when there is one, in the last four bytes. */
  #writeHeader(target: Buffer, start: number, opcode: number, length: number): number {
    const masked = this.#masks ? MASKED : 0;
    let at = start;
    target[at++] = FINAL_FRAGMENT | opcode;
    if (length <= LONGEST_7_BITS) target[at++] = masked | length;
    else if (length <= LONGEST_16_BITS) {
      target[at++] = masked | 126;
      at = target.writeUInt16BE(length, at);
    } else {
      target[at++] = masked | 127;
      at = target.writeUInt32BE(0, at);
      at = target.writeUInt32BE(length, at);
    }
    if (!this.#masks) return at;
    if (this.#randomAt === this.#random.length) {
      randomFillSync(this.#random);
      this.#randomAt = 0;
    }
    for (let count = 0; count < MASK_BYTES; count++) target[at++] = this.#random[this.#randomAt++] ?? 0;
    return at;
  }

  /** Applies the mask in front of `start` up to `end`, four bytes at a time where the address allows it. */
  #mask(start: number, end: number): void {
    const target = this.#memory;
    const words = this.#words;
    const maskAt = start - MASK_BYTES;
    let at = start;
    for (; at < end && ((target.byteOffset + at) & 3) !== 0; at++)
      target[at] = (target[at] ?? 0) ^ (target[maskAt + ((at - start) & 3)] ?? 0);
    for (let index = 0; index < MASK_BYTES; index++)
      this.#wordBytes[index] = target[maskAt + ((at + index - start) & 3)] ?? 0;
    const mask = this.#word[0] ?? 0;
    const from = ((target.byteOffset + at) >> 2) - this.#firstWord;
    const to = ((target.byteOffset + end) >> 2) - this.#firstWord;
    for (let word = from; word < to; word++) words[word] = (words[word] ?? 0) ^ mask;
    if (to > from) at += (to - from) * 4;
    for (; at < end; at++) target[at] = (target[at] ?? 0) ^ (target[maskAt + ((at - start) & 3)] ?? 0);
  }
}
