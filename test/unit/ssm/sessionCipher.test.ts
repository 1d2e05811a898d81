import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { CIPHER_OVERHEAD_BYTES, SessionCipher } from '../../../src/ssm/sessionCipher';

const dataKey = randomBytes(64);
const agentEncrypts = dataKey.subarray(0, 32);
const agentDecrypts = dataKey.subarray(32);

function seal(key: Uint8Array, plaintext: Uint8Array): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

it('opens what the agent sealed with the first half of the key', () => {
  const opened = new SessionCipher(dataKey).decrypt(seal(agentEncrypts, Buffer.from('hello')));
  expect(Buffer.from(opened).toString()).toBe('hello');
});

it('seals with the second half, with another nonce each time', () => {
  const cipher = new SessionCipher(dataKey);
  const [one, two] = [cipher.encrypt(Buffer.from('hello')), cipher.encrypt(Buffer.from('hello'))];
  expect(one.length).toBe(5 + CIPHER_OVERHEAD_BYTES);
  expect(Buffer.from(one).equals(Buffer.from(two))).toBe(false);
  const decipher = createDecipheriv('aes-256-gcm', agentDecrypts, one.subarray(0, 12)).setAuthTag(
    one.subarray(-16),
  );
  expect(Buffer.concat([decipher.update(one.subarray(12, -16)), decipher.final()]).toString()).toBe('hello');
});

it('refuses what was changed, what is too short, and what the other half sealed', () => {
  const cipher = new SessionCipher(dataKey);
  const sealed = seal(agentEncrypts, Buffer.from('hello'));
  sealed[14]! ^= 1;
  for (const bad of [sealed, seal(agentDecrypts, Buffer.from('x')), Buffer.alloc(27)])
    expect(() => cipher.decrypt(bad)).toThrow(expect.objectContaining({ name: 'WireError' }));
  expect(() => new SessionCipher(new Uint8Array(32))).toThrow(expect.objectContaining({ name: 'WireError' }));
});

it('seals nothing as nothing', () => {
  expect(new SessionCipher(dataKey).encrypt(new Uint8Array(0)).length).toBe(CIPHER_OVERHEAD_BYTES);
});
