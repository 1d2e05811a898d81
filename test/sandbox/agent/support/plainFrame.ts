import { createHash, randomUUID } from 'node:crypto';

/**
 * The binary frame, written straight from the protocol notes (section 3) and apart from `src/ssm/wire`, so that the sandbox is held to
 * the document and not to the code it shares with the client.
 */
export interface PlainFrame {
  readonly type: string;
  readonly sequence: number;
  readonly flags: bigint;
  readonly id: string;
  readonly payloadType: number;
  readonly payload: Buffer;
}

function swapHalves(id: Buffer): Buffer {
  return Buffer.concat([id.subarray(8), id.subarray(0, 8)]);
}

export function encodePlain(frame: {
  type: string;
  sequence: number;
  flags?: bigint;
  payloadType: number;
  payload: Uint8Array;
}): Buffer {
  const header = Buffer.alloc(120);
  header.writeUInt32BE(116, 0);
  header.write(frame.type.padEnd(32, ' '), 4, 'ascii');
  header.writeUInt32BE(1, 36);
  header.writeBigUInt64BE(BigInt(Date.now()), 40);
  header.writeBigInt64BE(BigInt(frame.sequence), 48);
  header.writeBigUInt64BE(frame.flags ?? 0n, 56);
  swapHalves(Buffer.from(randomUUID().replaceAll('-', ''), 'hex')).copy(header, 64);
  createHash('sha256').update(frame.payload).digest().copy(header, 80);
  header.writeUInt32BE(frame.payloadType, 112);
  header.writeUInt32BE(frame.payload.length, 116);
  return Buffer.concat([header, frame.payload]);
}

export function decodePlain(bytes: Buffer): PlainFrame {
  if (bytes.readUInt32BE(0) !== 116) throw new Error('header length is not 116');
  const payload = bytes.subarray(120);
  if (bytes.readUInt32BE(116) !== payload.length) throw new Error('payload length does not fit');
  if (!createHash('sha256').update(payload).digest().equals(bytes.subarray(80, 112)))
    throw new Error('digest does not fit');
  const hex = swapHalves(bytes.subarray(64, 80)).toString('hex');
  return {
    type: bytes.toString('ascii', 4, 36).trim(),
    sequence: Number(bytes.readBigInt64BE(48)),
    flags: bytes.readBigUInt64BE(56),
    id: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
    payloadType: bytes.readUInt32BE(112),
    payload,
  };
}
