import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
/** Bytes of the data key that KMS makes for a session: one half per direction. */
export const DATA_KEY_BYTES = 2 * KEY_BYTES;

/**
 * The agent's half of an encrypted session: AES-256-GCM, nonce in front, tag behind, no associated data. The data key's first half
 * is what the agent encrypts with, the second what the client does (protocol notes, section 7).
 */
export class SessionCipher {
  readonly #encryptKey: Uint8Array;
  readonly #decryptKey: Uint8Array;
  /** Newer agents count their nonce up from a random start. */
  readonly #nonce = randomBytes(NONCE_BYTES);

  /** Throws `RangeError` unless the key has 64 bytes. */
  constructor(dataKey: Uint8Array) {
    if (dataKey.length !== DATA_KEY_BYTES)
      throw new RangeError(`data key has ${dataKey.length} bytes, not 64`);
    this.#encryptKey = dataKey.slice(0, KEY_BYTES);
    this.#decryptKey = dataKey.slice(KEY_BYTES);
  }

  encrypt(plaintext: Uint8Array): Uint8Array {
    for (let at = NONCE_BYTES - 1; at >= 0; at -= 1) {
      const next = (this.#nonce.readUInt8(at) + 1) & 0xff;
      this.#nonce.writeUInt8(next, at);
      if (next !== 0) break;
    }
    const nonce = Buffer.from(this.#nonce);
    const cipher = createCipheriv('aes-256-gcm', this.#encryptKey, nonce);
    return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  }

  /** `undefined` when the bytes were not made with the client's key. */
  decrypt(sealed: Uint8Array): Uint8Array | undefined {
    const bytes = Buffer.from(sealed);
    if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
    const decipher = createDecipheriv('aes-256-gcm', this.#decryptKey, bytes.subarray(0, NONCE_BYTES));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    } catch {
      // Node's only failure here is a tag that does not fit.
      return undefined;
    }
  }
}
