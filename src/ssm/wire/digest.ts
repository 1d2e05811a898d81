import * as crypto from 'node:crypto';

/** One-shot hashing spares an object per message; Node has it from 20.12 on. */
const oneShot: typeof crypto.hash | undefined = crypto.hash;

/** SHA-256 as 32 characters, one per byte, which is the cheapest form to write into a buffer and to compare. */
function sha256(data: Uint8Array): string {
  return oneShot === undefined
    ? crypto.createHash('sha256').update(data).digest('binary')
    : oneShot('sha256', data, 'binary');
}

export function writeDigest(target: Buffer, offset: number, data: Uint8Array): void {
  target.write(sha256(data), offset, 32, 'latin1');
}

export function digestMatches(source: Buffer, offset: number, data: Uint8Array): boolean {
  return source.toString('latin1', offset, offset + 32) === sha256(data);
}
