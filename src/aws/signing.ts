import { isSame, type CredentialSource, type RoleCredential } from './credential';

/** The credentials that one client signs with: asked for at each request, so that those which AWS has ended can be replaced. */
export class Signing {
  readonly #source: CredentialSource;
  #last: RoleCredential | undefined;

  constructor(source: CredentialSource) {
    this.#source = source;
  }

  /** For the client's settings. Our sources keep credentials themselves; `memoized` keeps the SDK from doing so beside them. */
  get provider() {
    return Object.assign(
      async () => {
        const credential = await this.#source();
        this.#last = credential;
        const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = credential;
        return {
          accessKeyId,
          secretAccessKey,
          ...(sessionToken === undefined ? {} : { sessionToken }),
          ...(Number.isFinite(expiresAt) ? { expiration: new Date(expiresAt) } : {}),
        };
      },
      { memoized: true },
    );
  }

  /** Whether what was signed with are keys that stand in a file until somebody changes them. */
  get isByKeys(): boolean {
    return this.#last?.expiresAt === Number.POSITIVE_INFINITY;
  }

  /** Whether what was signed with is over by its own end. */
  hasRunOut(now: number): boolean {
    return this.#last !== undefined && this.#last.expiresAt <= now;
  }

  /** Tells the source that AWS refuses what it gave, and whether it has something else now. Throws what the source throws. */
  async replace(): Promise<boolean> {
    const refused = this.#last;
    if (!refused) return false;
    return !isSame(await this.#source(refused), refused);
  }
}
