import { isFresh, isSame, type RoleCredential } from './credential';

/** AWS refuses good credentials too, in a region that is not enabled: what was just replaced is not replaced with every look at it. */
const DROP_AGAIN_AFTER_MS = 10 * 60_000;

/** Credentials that were handed out and are handed out again while they last. `Of` says what they are of. */
export class KeptCredentials<Of> {
  readonly #kept = new Map<string, { readonly of: Of; readonly credential: RoleCredential }>();
  /** By key: when AWS last refused what was kept. */
  readonly #droppedAt = new Map<string, number>();

  /** Undefined when there are none, or none that are worth beginning something with at `now`. */
  find(key: string, now: number): RoleCredential | undefined {
    const credential = this.#kept.get(key)?.credential;
    return credential && isFresh(credential, now) ? credential : undefined;
  }

  keep(key: string, of: Of, credential: RoleCredential): void {
    this.#kept.set(key, { of, credential });
  }

  /** To be told that AWS takes these no longer, whatever their end says. */
  refuse(key: string, refused: RoleCredential, now: number): void {
    if (!isSame(this.#kept.get(key)?.credential, refused)) return;
    if (now - (this.#droppedAt.get(key) ?? Number.NEGATIVE_INFINITY) < DROP_AGAIN_AFTER_MS) return;
    this.#droppedAt.set(key, now);
    this.#kept.delete(key);
  }

  forget(key: string): void {
    this.#kept.delete(key);
  }

  forgetAll(isMeant: (of: Of) => boolean = () => true): void {
    for (const [key, { of }] of this.#kept) if (isMeant(of)) this.#kept.delete(key);
  }
}
