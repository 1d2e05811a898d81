import { HEADER_BYTES, readMessageType } from '../../ssm/wire/clientMessage';

const SEQUENCE_AT = 48;

/** What the relay needs to know of a frame. It reads no payload and does not judge: that is for the two ends. */
export interface FrameHeader {
  readonly messageType: string;
  readonly sequenceNumber: number;
}

/** `undefined` for bytes that are too short for a header. */
export function readFrameHeader(frame: Uint8Array): FrameHeader | undefined {
  if (frame.length < HEADER_BYTES) return undefined;
  const bytes = Buffer.isBuffer(frame)
    ? frame
    : Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  return {
    messageType: readMessageType(bytes),
    sequenceNumber: bytes.readInt32BE(SEQUENCE_AT) * 2 ** 32 + bytes.readUInt32BE(SEQUENCE_AT + 4),
  };
}
