import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { WireError } from './wire/wireError';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What encryption adds to a payload. */
export const CIPHER_OVERHEAD_BYTES = NONCE_BYTES + TAG_BYTES;

/** The two directions of a KMS-encrypted session: nonce, ciphertext, tag; no associated data (protocol notes, section 7). */
export class SessionCipher {
  readonly #decryptKey: Uint8Array;
  readonly #encryptKey: Uint8Array;

  /** `dataKey`: the 64 bytes of GenerateDataKey; the first half is what the agent encrypts with. */
  constructor(dataKey: Uint8Array) {
    if (dataKey.length !== 2 * KEY_BYTES)
      throw new WireError(`data key has ${dataKey.length} bytes, not 64`, 0);
    this.#decryptKey = Buffer.from(dataKey.subarray(0, KEY_BYTES));
    this.#encryptKey = Buffer.from(dataKey.subarray(KEY_BYTES));
  }

  encrypt(plaintext: Uint8Array): Uint8Array {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#encryptKey, nonce, { authTagLength: TAG_BYTES });
    return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  }

  /** Throws `WireError` for what is too short or was not made with the key. */
  decrypt(sealed: Uint8Array): Uint8Array {
    if (sealed.length < CIPHER_OVERHEAD_BYTES)
      throw new WireError(`encrypted payload of ${sealed.length} bytes is too short`, sealed.length);
    const tagAt = sealed.length - TAG_BYTES;
    const decipher = createDecipheriv(ALGORITHM, this.#decryptKey, sealed.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAuthTag(sealed.subarray(tagAt));
    const plaintext = decipher.update(sealed.subarray(NONCE_BYTES, tagAt));
    try {
      return Buffer.concat([plaintext, decipher.final()]);
    } catch (cause) {
      throw new WireError(`encrypted payload does not open: ${(cause as Error).message}`, NONCE_BYTES);
    }
  }
}
