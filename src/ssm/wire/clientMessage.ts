import { randomUUID } from 'node:crypto';
import { digestMatches, writeDigest } from './digest';
import type { MessageIds } from './messageIds';
import { WireError } from './wireError';

/** Bytes of the fixed header, the payload length included; on the wire `HeaderLength` says 116 because it leaves that out. */
export const HEADER_BYTES = 120;
const HEADER_LENGTH_FIELD = 116;
const MESSAGE_TYPE_BYTES = 32;
const TYPE_AT = 4;
const SCHEMA_AT = TYPE_AT + MESSAGE_TYPE_BYTES;
const CREATED_AT = 40;
const SEQUENCE_AT = 48;
const FLAGS_AT = 56;
const ID_AT = 64;
const DIGEST_AT = 80;
const PAYLOAD_TYPE_AT = 112;
const PAYLOAD_LENGTH_AT = 116;

/** Payload types of stream data (protocol notes, section 3.2). */
export const PayloadType = {
  None: 0,
  Output: 1,
  Error: 2,
  Size: 3,
  Parameter: 4,
  HandshakeRequest: 5,
  HandshakeResponse: 6,
  HandshakeComplete: 7,
  EncChallengeRequest: 8,
  EncChallengeResponse: 9,
  Flag: 10,
  StdErr: 11,
  ExitCode: 12,
} as const;

/** Values of a `PayloadType.Flag` payload, an unsigned 32-bit big-endian number. */
export const FlagValue = { DisconnectToPort: 1, TerminateSession: 2, ConnectToPortError: 3 } as const;

export const MessageFlags = { None: 0n, Syn: 1n, Fin: 2n, SynFin: 3n } as const;

export type MessageType =
  | 'input_stream_data'
  | 'output_stream_data'
  | 'acknowledge'
  | 'channel_closed'
  | 'start_publication'
  | 'pause_publication'
  | 'agent_session_state'
  | (string & {});

/** The fields of a message besides its payload. `messageId` is a hyphenated UUID; `createdDate` is epoch milliseconds, never 0. */
export interface MessageHeader {
  readonly messageType: MessageType;
  readonly schemaVersion: number;
  readonly createdDate: number;
  readonly sequenceNumber: number;
  readonly flags: bigint;
  readonly messageId: string;
  readonly payloadType: number;
}

/** One binary frame of the data channel. */
export interface ClientMessage extends MessageHeader {
  readonly payload: Uint8Array;
}

/** A header to be written: with an id of its own, or the next one of a source. */
export type NewHeader = Omit<MessageHeader, 'messageId'> & { readonly messageId: string | MessageIds };

/** Message types that carry no payload to speak of and whose digest the official client does not check. */
const UNCHECKED_TYPES: ReadonlySet<string> = new Set(['start_publication', 'pause_publication']);

/** How a header begins that carries a type which a session sees all the time: writing and knowing it again costs little. */
const KNOWN_BEGINNINGS: readonly { readonly type: MessageType; readonly bytes: Buffer }[] = [
  'output_stream_data',
  'acknowledge',
  'input_stream_data',
].map(type => {
  const bytes = Buffer.alloc(SCHEMA_AT, 0x20);
  bytes.writeUInt32BE(HEADER_LENGTH_FIELD, 0);
  bytes.write(type, TYPE_AT, 'latin1');
  return { type, bytes };
});

/** A random version 4 UUID in lower-case text. */
export function newMessageId(): string {
  return randomUUID();
}

/** A frame whose header is still blank. Put the payload at `HEADER_BYTES`, then call `sealFrame`. */
export function allocateFrame(payloadBytes: number): Buffer {
  return Buffer.allocUnsafe(HEADER_BYTES + payloadBytes);
}

/**
 * Writes the header, digest and length included, in front of the payload that already stands at `HEADER_BYTES`.
 * Throws `WireError` for a type that does not fit, a malformed id or an empty payload, which the Go agent cannot read.
 */
export function sealFrame(frame: Buffer, header: NewHeader): void {
  const payloadLength = frame.length - HEADER_BYTES;
  if (payloadLength <= 0) throw new WireError('an empty payload cannot be sent', HEADER_BYTES);
  writeBeginning(frame, header.messageType);
  frame.writeUInt32BE(header.schemaVersion, SCHEMA_AT);
  writeUint53(frame, CREATED_AT, header.createdDate);
  writeUint53(frame, SEQUENCE_AT, header.sequenceNumber);
  writeFlags(frame, header.flags);
  if (typeof header.messageId === 'string') writeUuid(frame, ID_AT, header.messageId);
  else header.messageId.write(frame, ID_AT);
  writeDigest(frame, DIGEST_AT, frame.subarray(HEADER_BYTES));
  frame.writeUInt32BE(header.payloadType, PAYLOAD_TYPE_AT);
  frame.writeUInt32BE(payloadLength, PAYLOAD_LENGTH_AT);
}

/** Serialises a message into a new frame. Throws as `sealFrame` does. */
export function encodeClientMessage(message: NewHeader & { readonly payload: Uint8Array }): Uint8Array {
  const frame = allocateFrame(message.payload.length);
  frame.set(message.payload, HEADER_BYTES);
  sealFrame(frame, message);
  return frame;
}

export interface DecodeOptions {
  /** The official client insists on the payload's digest, the agent does not look at it. Default true. */
  readonly checkDigest?: boolean;
}

/** Characters of a hyphenated UUID. */
export const UUID_TEXT_BYTES = 36;
const HEX_DIGITS = Buffer.from('0123456789abcdef', 'latin1');

/** A message as it was received. What is rarely asked for is read from the frame when it is. */
export class ReceivedMessage implements ClientMessage {
  readonly messageType: MessageType;
  readonly sequenceNumber: number;
  readonly payloadType: number;
  readonly payload: Uint8Array;
  readonly #frame: Buffer;

  /** `frame` has been found to be whole; see `decodeClientMessage`. */
  constructor(frame: Buffer, messageType: MessageType, sequenceNumber: number, payloadAt: number) {
    this.messageType = messageType;
    this.sequenceNumber = sequenceNumber;
    this.payloadType = frame.readUInt32BE(PAYLOAD_TYPE_AT);
    this.payload = frame.subarray(payloadAt);
    this.#frame = frame;
  }

  get schemaVersion(): number {
    return this.#frame.readUInt32BE(SCHEMA_AT);
  }

  get createdDate(): number {
    return readUint53(this.#frame, CREATED_AT, 'created date');
  }

  get flags(): bigint {
    return this.#frame.readBigUInt64BE(FLAGS_AT);
  }

  get messageId(): string {
    const text = Buffer.allocUnsafe(UUID_TEXT_BYTES);
    this.writeMessageId(text, 0);
    return text.toString('latin1');
  }

  /** Puts the 36 characters of `messageId` at `offset`, as ASCII. */
  writeMessageId(target: Buffer, offset: number): void {
    let at = offset;
    for (let index = 0; index < 16; index++) {
      // On the wire the second half of the UUID comes first.
      const byte = this.#frame[ID_AT + ((index + 8) & 15)] ?? 0;
      target[at++] = HEX_DIGITS[byte >> 4] ?? 0;
      target[at++] = HEX_DIGITS[byte & 15] ?? 0;
      if (index === 3 || index === 5 || index === 7 || index === 9) target[at++] = 0x2d;
    }
  }
}

/**
 * Reads one frame. The payload is a view into `frame`: everything after the header, whatever the length field says, as the Go
 * decoders do. Throws `WireError` with the offset of the first field that does not fit; never returns half a message.
 */
export function decodeClientMessage(
  frame: Uint8Array,
  { checkDigest = true }: DecodeOptions = {},
): ReceivedMessage {
  if (frame.length < HEADER_BYTES)
    throw new WireError(`frame of ${frame.length} bytes is shorter than the header`, frame.length);
  const bytes = Buffer.isBuffer(frame)
    ? frame
    : Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  const payloadAt = bytes.readUInt32BE(0) + 4;
  if (payloadAt < HEADER_BYTES || payloadAt > bytes.length)
    throw new WireError(`header length ${payloadAt - 4} does not fit the frame`, 0);
  const messageType = readMessageType(bytes);
  if (messageType === '') throw new WireError('message type is empty', TYPE_AT);
  checkUint53(bytes, CREATED_AT, 'created date');
  const sequenceNumber = readUint53(bytes, SEQUENCE_AT, 'sequence number');
  const statedLength = bytes.readUInt32BE(payloadAt - 4);
  const message = new ReceivedMessage(bytes, messageType, sequenceNumber, payloadAt);
  const { payload } = message;
  if (statedLength > payload.length)
    throw new WireError(`payload length says ${statedLength}, ${payload.length} bytes follow`, payloadAt - 4);
  if (checkDigest && statedLength !== 0 && !UNCHECKED_TYPES.has(messageType)) {
    if (!digestMatches(bytes, DIGEST_AT, payload))
      throw new WireError('payload digest does not match', DIGEST_AT);
  }
  return message;
}

/** The type of a frame that is at least a header long. The Go decoders strip NULs, then white space, because clients pad with either. */
export function readMessageType(bytes: Buffer): MessageType {
  for (const { type, bytes: beginning } of KNOWN_BEGINNINGS) {
    // The third letter tells the three apart.
    if (bytes[TYPE_AT + 2] !== beginning[TYPE_AT + 2]) continue;
    let at = TYPE_AT;
    while (at < SCHEMA_AT && bytes[at] === beginning[at]) at++;
    if (at === SCHEMA_AT) return type;
  }
  return bytes.toString('latin1', TYPE_AT, SCHEMA_AT).replaceAll('\0', '').trim();
}

/** Header length and type. */
function writeBeginning(frame: Buffer, type: MessageType): void {
  for (const known of KNOWN_BEGINNINGS) {
    if (known.type !== type) continue;
    // So few bytes are quicker one by one than with a call out of the language.
    for (let at = 0; at < SCHEMA_AT; at++) frame[at] = known.bytes[at] ?? 0;
    return;
  }
  if (type.length === 0 || type.length > MESSAGE_TYPE_BYTES)
    throw new WireError('message type must have 1 to 32 bytes', TYPE_AT);
  frame.writeUInt32BE(HEADER_LENGTH_FIELD, 0);
  frame.fill(0x20, TYPE_AT, SCHEMA_AT);
  frame.write(type, TYPE_AT, 'latin1');
}

function writeFlags(frame: Buffer, flags: bigint): void {
  if (flags > 0xffff_ffffn) {
    frame.writeBigUInt64BE(flags, FLAGS_AT);
    return;
  }
  frame.writeUInt32BE(0, FLAGS_AT);
  frame.writeUInt32BE(Number(flags), FLAGS_AT + 4);
}

function writeUint53(target: Buffer, offset: number, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new WireError(`${value} is not a whole number`, offset);
  target.writeUInt32BE(Math.floor(value / 0x1_0000_0000), offset);
  target.writeUInt32BE(value >>> 0, offset + 4);
}

function checkUint53(source: Buffer, offset: number, name: string): void {
  if (source.readUInt32BE(offset) > 0x1f_ffff) throw new WireError(`${name} is out of range`, offset);
}

function readUint53(source: Buffer, offset: number, name: string): number {
  checkUint53(source, offset, name);
  return source.readUInt32BE(offset) * 0x1_0000_0000 + source.readUInt32BE(offset + 4);
}

/** On the wire the halves of the UUID change places: text bytes 8 to 15 come first. */
function writeUuid(target: Buffer, offset: number, uuid: string): void {
  const hex = uuid.replaceAll('-', '');
  const written =
    hex.length === 32
      ? target.write(hex.slice(16), offset, 8, 'hex') + target.write(hex.slice(0, 16), offset + 8, 8, 'hex')
      : 0;
  if (written !== 16) throw new WireError(`"${uuid}" is not a UUID`, offset);
}
