import {
  allocateFrame,
  HEADER_BYTES,
  MessageFlags,
  PayloadType,
  sealFrame,
  UUID_TEXT_BYTES,
  type ReceivedMessage,
} from './clientMessage';
import type { MessageIds } from './messageIds';
import { WireError } from './wireError';

/** The JSON body of an `acknowledge` message. */
export interface AcknowledgeContent {
  readonly AcknowledgedMessageType: string;
  readonly AcknowledgedMessageId: string;
  readonly AcknowledgedMessageSequenceNumber: number;
  readonly IsSequentialMessage: boolean;
}

/** Keys in the order in which the official client writes them. */
export function encodeAcknowledge(content: AcknowledgeContent): Uint8Array {
  return Buffer.from(
    JSON.stringify({
      AcknowledgedMessageType: content.AcknowledgedMessageType,
      AcknowledgedMessageId: content.AcknowledgedMessageId,
      AcknowledgedMessageSequenceNumber: content.AcknowledgedMessageSequenceNumber,
      IsSequentialMessage: content.IsSequentialMessage,
    }),
    'utf8',
  );
}

interface CommonForm {
  readonly type: string;
  /** The JSON up to the sequence number; the place of the id is blank. */
  readonly beforeSequence: Buffer;
  readonly idAt: number;
}

/**
 * The same JSON for the two types that are acknowledged all the time. There is an acknowledgement for every message in either
 * direction, so these are neither put together nor taken apart as text.
 */
const COMMON_FORMS: readonly CommonForm[] = ['output_stream_data', 'input_stream_data'].map(type => {
  const beforeId = `{"AcknowledgedMessageType":"${type}","AcknowledgedMessageId":"`;
  const json = `${beforeId}${' '.repeat(UUID_TEXT_BYTES)}","AcknowledgedMessageSequenceNumber":`;
  return { type, beforeSequence: Buffer.from(json, 'latin1'), idAt: beforeId.length };
});
const AFTER_SEQUENCE = Buffer.from(',"IsSequentialMessage":true}', 'latin1');

/** Memory for a frame with a payload of so many bytes, whatever stands there. */
type Allocate = (payloadBytes: number) => Buffer;

/**
 * The whole acknowledge frame for one received stream message: sequence number 0 and flags 3, as the official client sends it.
 * `createdDate` in epoch milliseconds.
 */
export function encodeAcknowledgeFrame(
  acknowledged: ReceivedMessage,
  createdDate: number,
  ids: MessageIds,
  allocate: Allocate = allocateFrame,
): Uint8Array {
  const form = COMMON_FORMS.find(({ type }) => type === acknowledged.messageType);
  const frame = form ? commonFrame(form, acknowledged, allocate) : anyFrame(acknowledged, allocate);
  sealFrame(frame, {
    messageType: 'acknowledge',
    schemaVersion: 1,
    createdDate,
    sequenceNumber: 0,
    flags: MessageFlags.SynFin,
    messageId: ids,
    payloadType: PayloadType.None,
  });
  return frame;
}

function commonFrame(
  { beforeSequence, idAt }: CommonForm,
  acknowledged: ReceivedMessage,
  allocate: Allocate,
): Buffer {
  const digits = digitsOf(acknowledged.sequenceNumber);
  const digitsAt = HEADER_BYTES + beforeSequence.length;
  const frame = allocate(beforeSequence.length + digits + AFTER_SEQUENCE.length);
  frame.set(beforeSequence, HEADER_BYTES);
  acknowledged.writeMessageId(frame, HEADER_BYTES + idAt);
  // As text it would stay in the engine's cache of numbers for a while, one for every message.
  let rest = acknowledged.sequenceNumber;
  for (let index = digits - 1; index >= 0; index--) {
    frame[digitsAt + index] = 0x30 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  frame.set(AFTER_SEQUENCE, digitsAt + digits);
  return frame;
}

/** Of a whole number from 0 up. */
function digitsOf(value: number): number {
  let digits = 1;
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits++;
  return digits;
}

function anyFrame(acknowledged: ReceivedMessage, allocate: Allocate): Buffer {
  const json = encodeAcknowledge({
    AcknowledgedMessageType: acknowledged.messageType,
    AcknowledgedMessageId: acknowledged.messageId,
    AcknowledgedMessageSequenceNumber: acknowledged.sequenceNumber,
    IsSequentialMessage: true,
  });
  const frame = allocate(json.length);
  frame.set(json, HEADER_BYTES);
  return frame;
}

/** The sequence number alone. Throws as `decodeAcknowledge` does. */
export function decodeAcknowledgedSequence(payload: Uint8Array): number {
  return commonSequence(payload) ?? decodeAcknowledge(payload).AcknowledgedMessageSequenceNumber;
}

/** Undefined for JSON that is not, byte for byte, one of the common forms. */
function commonSequence(payload: Uint8Array): number | undefined {
  const endAt = payload.length - AFTER_SEQUENCE.length;
  for (const { beforeSequence, idAt } of COMMON_FORMS) {
    // Types of different length put the quotation mark before the id at different places.
    if (payload[idAt - 1] !== beforeSequence[idAt - 1]) continue;
    const digitsAt = beforeSequence.length;
    // 15 digits fit a number exactly.
    if (endAt <= digitsAt || endAt - digitsAt > 15) return undefined;
    const idEnd = idAt + UUID_TEXT_BYTES;
    if (!agree(payload, 0, beforeSequence, 0, idAt)) continue;
    if (!agree(payload, idEnd, beforeSequence, idEnd, digitsAt - idEnd)) return undefined;
    if (!agree(payload, endAt, AFTER_SEQUENCE, 0, AFTER_SEQUENCE.length)) return undefined;
    if (!isPlainText(payload, idAt, idEnd)) return undefined;
    return wholeNumber(payload, digitsAt, endAt);
  }
  return undefined;
}

/** Whether so many bytes of both are the same from the given places on; there are that many. */
function agree(bytes: Uint8Array, at: number, expected: Buffer, expectedAt: number, length: number): boolean {
  for (let index = 0; index < length; index++)
    if (bytes[at + index] !== expected[expectedAt + index]) return false;
  return true;
}

/** Letters, digits and hyphens, which stand for themselves in JSON. */
function isPlainText(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    const letter = byte | 0x20;
    if (!((byte >= 0x30 && byte <= 0x39) || (letter >= 0x61 && letter <= 0x7a) || byte === 0x2d))
      return false;
  }
  return true;
}

/** Undefined unless these are digits without a leading zero. */
function wholeNumber(bytes: Uint8Array, start: number, end: number): number | undefined {
  if (end - start > 1 && bytes[start] === 0x30) return undefined;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value;
}

/** Throws `WireError` unless the sequence number, by which alone messages are matched, is a whole number from 0 up. */
export function decodeAcknowledge(payload: Uint8Array): AcknowledgeContent {
  let parsed: unknown;
  try {
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    parsed = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new WireError('acknowledge is not JSON', 0);
  }
  if (typeof parsed !== 'object' || parsed === null) throw new WireError('acknowledge is not an object', 0);
  const fields = parsed as Partial<Record<keyof AcknowledgeContent, unknown>>;
  const sequence = fields.AcknowledgedMessageSequenceNumber;
  if (typeof sequence !== 'number' || !Number.isSafeInteger(sequence) || sequence < 0) {
    throw new WireError('acknowledge has no valid sequence number', 0);
  }
  return {
    AcknowledgedMessageType: textOf(fields.AcknowledgedMessageType),
    AcknowledgedMessageId: textOf(fields.AcknowledgedMessageId),
    AcknowledgedMessageSequenceNumber: sequence,
    IsSequentialMessage: fields.IsSequentialMessage !== false,
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
