import { randomUUID } from 'node:crypto';
import { digestMatches, writeDigest } from './digest';
import { WireError } from './wireError';

/** Bytes of the fixed header, the payload length included; on the wire `HeaderLength` says 116 because it leaves that out. */
export const HEADER_BYTES = 120;
const HEADER_LENGTH_FIELD = 116;
const MESSAGE_TYPE_BYTES = 32;

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

/** Message types that carry no payload to speak of and whose digest the official client does not check. */
const UNCHECKED_TYPES: ReadonlySet<string> = new Set(['start_publication', 'pause_publication']);

/** The types a session sees all the time, by their padded bytes, so that reading one costs a look-up. */
const KNOWN_TYPES: ReadonlyMap<string, MessageType> = new Map(
  ['input_stream_data', 'output_stream_data', 'acknowledge'].map(type => [
    type.padEnd(MESSAGE_TYPE_BYTES),
    type,
  ]),
);

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
export function sealFrame(frame: Buffer, header: MessageHeader): void {
  const payloadLength = frame.length - HEADER_BYTES;
  if (payloadLength <= 0) throw new WireError('an empty payload cannot be sent', HEADER_BYTES);
  const type = header.messageType;
  if (type.length === 0 || type.length > MESSAGE_TYPE_BYTES)
    throw new WireError('message type must have 1 to 32 bytes', 4);
  frame.writeUInt32BE(HEADER_LENGTH_FIELD, 0);
  frame.fill(0x20, 4, 36);
  frame.write(type, 4, 'latin1');
  frame.writeUInt32BE(header.schemaVersion, 36);
  writeUint53(frame, 40, header.createdDate);
  writeUint53(frame, 48, header.sequenceNumber);
  frame.writeBigUInt64BE(header.flags, 56);
  writeUuid(frame, 64, header.messageId);
  writeDigest(frame, 80, frame.subarray(HEADER_BYTES));
  frame.writeUInt32BE(header.payloadType, 112);
  frame.writeUInt32BE(payloadLength, 116);
}

/** Serialises a message into a new frame. Throws as `sealFrame` does. */
export function encodeClientMessage(message: ClientMessage): Uint8Array {
  const frame = allocateFrame(message.payload.length);
  frame.set(message.payload, HEADER_BYTES);
  sealFrame(frame, message);
  return frame;
}

export interface DecodeOptions {
  /** The official client insists on the payload's digest, the agent does not look at it. Default true. */
  readonly checkDigest?: boolean;
}

/**
 * Reads one frame. The payload is a view into `frame`: everything after the header, whatever the length field says, as the Go
 * decoders do. Throws `WireError` with the offset of the first field that does not fit; never returns half a message.
 */
export function decodeClientMessage(
  frame: Uint8Array,
  { checkDigest = true }: DecodeOptions = {},
): ClientMessage {
  if (frame.length < HEADER_BYTES)
    throw new WireError(`frame of ${frame.length} bytes is shorter than the header`, frame.length);
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  const payloadAt = bytes.readUInt32BE(0) + 4;
  if (payloadAt < HEADER_BYTES || payloadAt > bytes.length)
    throw new WireError(`header length ${payloadAt - 4} does not fit the frame`, 0);
  const messageType = readMessageType(bytes);
  const createdDate = readUint53(bytes, 40, 'created date');
  const sequenceNumber = readUint53(bytes, 48, 'sequence number');
  const payload = bytes.subarray(payloadAt);
  const statedLength = bytes.readUInt32BE(payloadAt - 4);
  if (statedLength > payload.length)
    throw new WireError(`payload length says ${statedLength}, ${payload.length} bytes follow`, payloadAt - 4);
  if (checkDigest && statedLength !== 0 && !UNCHECKED_TYPES.has(messageType)) {
    if (!digestMatches(bytes, 80, payload)) throw new WireError('payload digest does not match', 80);
  }
  return {
    messageType,
    schemaVersion: bytes.readUInt32BE(36),
    createdDate,
    sequenceNumber,
    flags: bytes.readBigUInt64BE(56),
    messageId: readUuid(bytes, 64),
    payloadType: bytes.readUInt32BE(112),
    payload,
  };
}

/** The Go decoders strip NULs, then white space, because some clients pad with one and some with the other. */
function readMessageType(bytes: Buffer): MessageType {
  const padded = bytes.toString('latin1', 4, 36);
  const known = KNOWN_TYPES.get(padded);
  if (known !== undefined) return known;
  const type = padded.replaceAll('\0', '').trim();
  if (type === '') throw new WireError('message type is empty', 4);
  return type;
}

function writeUint53(target: Buffer, offset: number, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new WireError(`${value} is not a whole number`, offset);
  target.writeUInt32BE(Math.floor(value / 0x1_0000_0000), offset);
  target.writeUInt32BE(value >>> 0, offset + 4);
}

function readUint53(source: Buffer, offset: number, name: string): number {
  const high = source.readUInt32BE(offset);
  if (high > 0x1f_ffff) throw new WireError(`${name} is out of range`, offset);
  return high * 0x1_0000_0000 + source.readUInt32BE(offset + 4);
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

function readUuid(source: Buffer, offset: number): string {
  const back = source.toString('hex', offset, offset + 8);
  const front = source.toString('hex', offset + 8, offset + 16);
  return `${front.slice(0, 8)}-${front.slice(8, 12)}-${front.slice(12)}-${back.slice(0, 4)}-${back.slice(4)}`;
}
