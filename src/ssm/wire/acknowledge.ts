import {
  allocateFrame,
  HEADER_BYTES,
  MessageFlags,
  newMessageId,
  PayloadType,
  sealFrame,
} from './clientMessage';
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
  return Buffer.from(acknowledgeJson(content), 'utf8');
}

/**
 * The whole acknowledge frame for one received stream message: sequence number 0 and flags 3, as the official client sends it.
 * `acknowledged` must come from a decoded message, so that its type and id need no escaping.
 */
export function encodeAcknowledgeFrame(
  acknowledged: { readonly messageType: string; readonly messageId: string; readonly sequenceNumber: number },
  createdDate: number,
): Uint8Array {
  const json = acknowledgeJson({
    AcknowledgedMessageType: acknowledged.messageType,
    AcknowledgedMessageId: acknowledged.messageId,
    AcknowledgedMessageSequenceNumber: acknowledged.sequenceNumber,
    IsSequentialMessage: true,
  });
  const frame = allocateFrame(json.length);
  frame.write(json, HEADER_BYTES, 'latin1');
  sealFrame(frame, {
    messageType: 'acknowledge',
    schemaVersion: 1,
    createdDate,
    sequenceNumber: 0,
    flags: MessageFlags.SynFin,
    messageId: newMessageId(),
    payloadType: PayloadType.None,
  });
  return frame;
}

function acknowledgeJson(content: AcknowledgeContent): string {
  // Put together by hand because one of these is made for every message received.
  return (
    `{"AcknowledgedMessageType":${quote(content.AcknowledgedMessageType)},` +
    `"AcknowledgedMessageId":${quote(content.AcknowledgedMessageId)},` +
    `"AcknowledgedMessageSequenceNumber":${content.AcknowledgedMessageSequenceNumber},` +
    `"IsSequentialMessage":${content.IsSequentialMessage}}`
  );
}

const PLAIN = /^[\w-]*$/;

function quote(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** The common form, whose number can be had without building an object: one of these comes for every message sent. */
const COMMON_FORM =
  /^\{"AcknowledgedMessageType":"[^"\\]*","AcknowledgedMessageId":"[^"\\]*","AcknowledgedMessageSequenceNumber":(\d{1,15}),"IsSequentialMessage":true\}$/;

/** The sequence number alone. Throws as `decodeAcknowledge` does. */
export function decodeAcknowledgedSequence(payload: Uint8Array): number {
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('latin1');
  const digits = COMMON_FORM.exec(text)?.[1];
  return digits === undefined ? decodeAcknowledge(payload).AcknowledgedMessageSequenceNumber : Number(digits);
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
