const SHORTEST_FRAME_BYTES = 120;

/** What the relay needs to know of a frame. It reads no payload and does not judge: that is for the two ends. */
export interface FrameHeader {
  readonly messageType: string;
  readonly sequenceNumber: number;
}

/** `undefined` for bytes that are too short for a header. */
export function readFrameHeader(frame: Uint8Array): FrameHeader | undefined {
  if (frame.length < SHORTEST_FRAME_BYTES) return undefined;
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  return {
    messageType: bytes.toString('latin1', 4, 36).replaceAll('\0', '').trim(),
    sequenceNumber: Number(bytes.readBigInt64BE(48)),
  };
}
