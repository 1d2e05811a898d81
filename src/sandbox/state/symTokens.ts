import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../base/clock';
import { SYM_ORG } from '../world/symCatalogue';

/** `member` may use the API; `guest` is known but may not. */
export type SymRole = 'admin' | 'member' | 'guest';

export interface SymCaller {
  readonly email: string;
  readonly role: SymRole;
}

/** Signs and checks the JWTs that stand for Sym's bot tokens (HS256, a new secret in every run). */
export class SymTokens {
  readonly #clock: Clock;
  readonly #secret = randomBytes(32);

  constructor({ clock }: { clock: Clock }) {
    this.#clock = clock;
  }

  mint({ email, role }: SymCaller, lifetimeMs: number): string {
    const now = Math.floor(this.#clock.now() / 1000);
    const claims = {
      iss: 'jit-access-sandbox',
      org: SYM_ORG,
      sub: email,
      role,
      iat: now,
      exp: now + Math.floor(lifetimeMs / 1000),
    };
    const body = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
    return `${body}.${this.#sign(body)}`;
  }

  /** Who the token speaks for; `undefined` when it is malformed, not ours, or too old. */
  read(token: string): SymCaller | undefined {
    const parts = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(token);
    if (parts === null) return undefined;
    const [, head = '', claims = '', signature = ''] = parts;
    const expected = Buffer.from(this.#sign(`${head}.${claims}`));
    const actual = Buffer.from(signature);
    if (expected.length !== actual.length || !timingSafeEqual(expected, actual)) return undefined;
    // Signed by us a moment ago in this process, so its shape is known.
    const { sub, role, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as {
      sub: string;
      role: SymRole;
      exp: number;
    };
    return exp * 1000 > this.#clock.now() ? { email: sub, role } : undefined;
  }

  #sign(body: string): string {
    return createHmac('sha256', this.#secret).update(body).digest('base64url');
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
