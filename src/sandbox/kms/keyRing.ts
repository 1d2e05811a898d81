import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** A KMS encryption context. For sessions: `aws:ssm:SessionId` and `aws:ssm:TargetId`. */
export type EncryptionContext = Readonly<Record<string, string>>;

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The pretend KMS: symmetric keys that wrap data keys, bound to an encryption context as the real service binds them. */
export class KeyRing {
  readonly #keys = new Map<string, Buffer>();

  constructor(keyArns: readonly string[]) {
    for (const arn of keyArns) this.#keys.set(arn, randomBytes(32));
  }

  /** The ARN for a key given as ARN or bare id; `undefined` when there is none. */
  resolve(keyId: string): string | undefined {
    return [...this.#keys.keys()].find(arn => arn === keyId || arn.endsWith(`:key/${keyId}`));
  }

  /** A new data key of `byteCount` bytes and the same wrapped by the key. Throws `RangeError` for an unknown key. */
  generateDataKey(
    keyArn: string,
    context: EncryptionContext,
    byteCount: number,
  ): { plaintext: Uint8Array; ciphertext: Uint8Array } {
    const key = this.#keys.get(keyArn);
    if (key === undefined) throw new RangeError(`No such key: ${keyArn}`);
    const plaintext = randomBytes(byteCount);
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(canonical(context));
    const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    const name = Buffer.from(keyArn);
    const ciphertext = Buffer.concat([Buffer.from([name.length]), name, nonce, sealed, cipher.getAuthTag()]);
    return { plaintext, ciphertext };
  }

  /** The data key inside `ciphertext`; `undefined` when the blob is not ours or the context is another one. */
  decrypt(
    ciphertext: Uint8Array,
    context: EncryptionContext,
  ): { keyArn: string; plaintext: Uint8Array } | undefined {
    const blob = Buffer.from(ciphertext);
    const nameEnd = 1 + (blob[0] ?? 0);
    const keyArn = blob.toString('utf8', 1, nameEnd);
    const key = this.#keys.get(keyArn);
    if (key === undefined || blob.length < nameEnd + NONCE_BYTES + TAG_BYTES) return undefined;
    const decipher = createDecipheriv('aes-256-gcm', key, blob.subarray(nameEnd, nameEnd + NONCE_BYTES))
      .setAAD(canonical(context))
      .setAuthTag(blob.subarray(-TAG_BYTES));
    try {
      const sealed = blob.subarray(nameEnd + NONCE_BYTES, -TAG_BYTES);
      return { keyArn, plaintext: Buffer.concat([decipher.update(sealed), decipher.final()]) };
    } catch {
      // GCM's only failure: the tag does not fit, so this is another context or a changed blob.
      return undefined;
    }
  }
}

function canonical(context: EncryptionContext): Buffer {
  return Buffer.from(
    JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))),
  );
}
