import { WireError } from './wireError';

/** smux protocol version 1 (xtaci/smux): an 8-byte little-endian header, then data for PSH. */
export const SMUX_VERSION = 1;
export const SMUX_HEADER_BYTES = 8;
/** What the agent's smux sends at most in one frame. The length field itself would allow 65 535. */
export const SMUX_MAX_FRAME_BYTES = 32_768;

export const SmuxCommand = { Syn: 0, Fin: 1, Psh: 2, Nop: 3 } as const;
export type SmuxCommand = (typeof SmuxCommand)[keyof typeof SmuxCommand];

export interface SmuxFrame {
  readonly command: SmuxCommand;
  readonly streamId: number;
  /** Empty for all but PSH. */
  readonly data: Uint8Array;
}

const NO_DATA = new Uint8Array(0);

/** Writes a frame header at `offset`. Throws `WireError` when the length does not fit its field. */
export function writeSmuxHeader(
  target: Buffer,
  offset: number,
  command: SmuxCommand,
  streamId: number,
  length: number,
): void {
  if (length > 0xffff) throw new WireError(`smux frame data of ${length} bytes is over 65 535`, 2);
  target.writeUInt8(SMUX_VERSION, offset);
  target.writeUInt8(command, offset + 1);
  target.writeUInt16LE(length, offset + 2);
  target.writeUInt32LE(streamId, offset + 4);
}

export function encodeSmuxFrame(
  command: SmuxCommand,
  streamId: number,
  data: Uint8Array = NO_DATA,
): Uint8Array {
  const bytes = Buffer.allocUnsafe(SMUX_HEADER_BYTES + data.length);
  writeSmuxHeader(bytes, 0, command, streamId, data.length);
  bytes.set(data, SMUX_HEADER_BYTES);
  return bytes;
}

/**
 * Reads a byte stream of frames that may begin and end anywhere in the chunks, and hands on the data of a frame as it arrives:
 * the agent's frames of 32 KiB come in pieces of 1 KiB, and waiting for whole ones would mean copying each of them together.
 * Holds at most one unfinished header. After it has thrown `WireError` the stream cannot be read any further.
 */
export class SmuxReader {
  readonly #header = Buffer.alloc(SMUX_HEADER_BYTES);
  #headerFilled = 0;
  #streamId = 0;
  #dataLeft = 0;
  #offset = 0;

  /**
   * `onFrame` is called for SYN, FIN, NOP, and for each piece of PSH data, which is a view into `chunk`.
   * Data of a frame that is not PSH is skipped, as smux does.
   */
  push(chunk: Uint8Array, onFrame: (command: SmuxCommand, streamId: number, data: Uint8Array) => void): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#dataLeft > 0) {
        const length = Math.min(this.#dataLeft, chunk.length - at);
        this.#dataLeft -= length;
        const data = chunk.subarray(at, at + length);
        at += length;
        if (this.#header[1] === SmuxCommand.Psh) onFrame(SmuxCommand.Psh, this.#streamId, data);
        continue;
      }
      const length = Math.min(SMUX_HEADER_BYTES - this.#headerFilled, chunk.length - at);
      this.#header.set(chunk.subarray(at, at + length), this.#headerFilled);
      this.#headerFilled += length;
      at += length;
      if (this.#headerFilled < SMUX_HEADER_BYTES) break;
      this.#headerFilled = 0;
      const command = this.#readHeader(this.#offset + at - SMUX_HEADER_BYTES);
      if (command !== SmuxCommand.Psh) onFrame(command, this.#streamId, NO_DATA);
    }
    this.#offset += chunk.length;
  }

  #readHeader(offset: number): SmuxCommand {
    const command = readCommand(this.#header, 0, offset);
    this.#dataLeft = this.#header.readUInt16LE(2);
    this.#streamId = this.#header.readUInt32LE(4);
    return command;
  }
}

/**
 * Turns a byte stream into whole frames; a frame may begin and end anywhere in the chunks.
 * Holds at most one unfinished frame. After it has thrown `WireError` the stream cannot be read any further.
 */
export class SmuxDecoder {
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  /** Bytes that must be there before it is worth looking again. */
  #needed = SMUX_HEADER_BYTES;
  #offset = 0;

  /** Bytes held back because their frame is not complete. */
  get pendingBytes(): number {
    return this.#heldBytes;
  }

  push(chunk: Uint8Array): SmuxFrame[] {
    if (this.#heldBytes + chunk.length < this.#needed) {
      this.#hold(chunk);
      return [];
    }
    const bytes =
      this.#heldBytes === 0
        ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
        : Buffer.concat([...this.#held, chunk]);
    this.#held = [];
    this.#heldBytes = 0;
    this.#needed = SMUX_HEADER_BYTES;
    const frames: SmuxFrame[] = [];
    let at = 0;
    while (bytes.length - at >= SMUX_HEADER_BYTES) {
      const command = readCommand(bytes, at, this.#offset + at);
      const end = at + SMUX_HEADER_BYTES + bytes.readUInt16LE(at + 2);
      if (end > bytes.length) {
        this.#needed = end - at;
        break;
      }
      const streamId = bytes.readUInt32LE(at + 4);
      frames.push({ command, streamId, data: bytes.subarray(at + SMUX_HEADER_BYTES, end) });
      at = end;
    }
    this.#offset += at;
    if (at < bytes.length) this.#hold(bytes.subarray(at));
    return frames;
  }

  /** Keeps a copy, so that a few waiting bytes do not keep a large chunk alive. */
  #hold(bytes: Uint8Array): void {
    this.#held.push(Buffer.from(bytes));
    this.#heldBytes += bytes.length;
  }
}

function readCommand(bytes: Buffer, at: number, offset: number): SmuxCommand {
  const version = bytes.readUInt8(at);
  if (version !== SMUX_VERSION) throw new WireError(`smux version ${version} is not 1`, offset);
  const command = bytes.readUInt8(at + 1);
  if (command > SmuxCommand.Nop) throw new WireError(`smux command ${command} is unknown`, offset + 1);
  return command as SmuxCommand;
}
