import { randomBytes } from 'node:crypto';
import type { Clock } from '../../base/clock';
import type { Principal } from './principal';

export interface IssuedCredential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  readonly principal: Principal;
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Credentials handed out so far. They live until they expire, whatever becomes of the assignment behind them, as AWS's do. */
export class CredentialStore {
  readonly #clock: Clock;
  readonly #issued = new Map<string, IssuedCredential>();

  constructor({ clock }: { clock: Clock }) {
    this.#clock = clock;
  }

  issue(principal: Principal, lifetimeMs: number): IssuedCredential {
    const credential: IssuedCredential = {
      accessKeyId: `ASIA${base32(16)}`,
      secretAccessKey: randomBytes(30).toString('base64'),
      sessionToken: randomBytes(240).toString('base64'),
      // The API speaks in whole seconds.
      expiresAt: Math.floor((this.#clock.now() + lifetimeMs) / 1000) * 1000,
      principal,
    };
    this.#issued.set(credential.accessKeyId, credential);
    return credential;
  }

  find(accessKeyId: string): IssuedCredential | undefined {
    return this.#issued.get(accessKeyId);
  }

  /** Back door: makes every credential of a permission set expired. Returns how many. */
  expire(matches: (principal: Principal) => boolean): number {
    let count = 0;
    for (const credential of this.#issued.values()) {
      if (!matches(credential.principal) || credential.expiresAt <= this.#clock.now()) continue;
      this.#issued.set(credential.accessKeyId, { ...credential, expiresAt: this.#clock.now() });
      count++;
    }
    return count;
  }
}

/** Random letters and digits of the alphabet AWS identifiers use. */
export function base32(length: number): string {
  return Array.from(randomBytes(length), byte => BASE32[byte & 31]).join('');
}
