import { createHash, randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock, type Clock } from '../base/clock';
import { Emitter, type Event } from '../base/events';
import type { Disposable } from '../base/lifecycle';
import type { Log } from '../base/log';
import type { SsoSession } from '../access/profile';
import { tokenCacheDirectory, type Environment } from './environment';
import { FileWatch } from '../base/fileWatch';

/** One sign-in as the AWS CLI stores it. Times in epoch milliseconds, whole seconds. */
export interface SsoToken {
  readonly startUrl: string;
  readonly region: string;
  readonly accessToken: string;
  readonly expiresAt: number;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly registrationExpiresAt?: number;
  readonly refreshToken?: string;
}

/** The AWS CLI's token cache, `~/.aws/sso/cache/<sha1>.json`: whoever signs in, both are signed in. */
export class SsoTokenCache implements Disposable {
  readonly #env: Environment;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #onDidChange = new Emitter<void>();
  #watch: FileWatch | undefined;

  /** Some sign-in may have changed, by whatever program. Fires once per burst, after `watch` was called. */
  readonly onDidChange: Event<void> = this.#onDidChange.event;

  constructor(deps: { readonly env: Environment; readonly log: Log; readonly clock?: Clock }) {
    this.#env = deps.env;
    this.#log = deps.log;
    this.#clock = deps.clock ?? systemClock;
  }

  /** Undefined when there is none, or none that can be read (which is logged). */
  async find(session: SsoSession): Promise<SsoToken | undefined> {
    const path = this.pathOf(session);
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#log.warn(`Cannot read ${path}.`, error);
      return undefined;
    }
    const token = parseToken(text, session);
    if (!token) {
      this.#log.warn(`${path} holds no sign-in that can be read.`);
      return undefined;
    }
    // A session's file outlives an edit of its start URL; the token then belongs to another portal.
    return sameUrl(token.startUrl, session.startUrl) ? token : undefined;
  }

  /** Replaces the file in one step, readable by its owner only. */
  async store(session: SsoSession, token: SsoToken): Promise<void> {
    const folder = tokenCacheDirectory(this.#env);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    const path = this.pathOf(session);
    const temporary = join(folder, `.${randomUUID()}.tmp`);
    try {
      await writeFile(temporary, formatToken(token), { mode: 0o600, flag: 'wx' });
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  async remove(session: SsoSession): Promise<void> {
    await rm(this.pathOf(session), { force: true });
  }

  /** Where the sign-in of a session is kept: the SHA-1 of its cache key names the file. */
  pathOf(session: SsoSession): string {
    const name = createHash('sha1').update(session.cacheKey).digest('hex');
    return join(tokenCacheDirectory(this.#env), `${name}.json`);
  }

  /** Begins to watch the folder; a second call changes nothing. */
  watch(): void {
    this.#watch ??= new FileWatch(
      () => [{ folder: tokenCacheDirectory(this.#env), matches: fileName => fileName.endsWith('.json') }],
      { clock: this.#clock, log: this.#log, onChange: () => this.#onDidChange.fire() },
    );
  }

  dispose(): void {
    this.#watch?.dispose();
    this.#onDidChange.dispose();
  }
}

function formatToken(token: SsoToken): string {
  const { startUrl, region, accessToken, clientId, clientSecret, refreshToken } = token;
  const file = {
    startUrl,
    region,
    accessToken,
    expiresAt: formatTime(token.expiresAt),
    clientId,
    clientSecret,
    registrationExpiresAt:
      token.registrationExpiresAt === undefined ? undefined : formatTime(token.registrationExpiresAt),
    refreshToken,
  };
  return JSON.stringify(file, undefined, 2);
}

/** The AWS CLI asks of a file for `accessToken` and `expiresAt` only; where it says not whose it is, its name does. */
function parseToken(text: string, session: SsoSession): SsoToken | undefined {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof file !== 'object' || file === null) return undefined;
  const { startUrl, region, accessToken, expiresAt, ...rest } = file as Record<string, unknown>;
  if (typeof accessToken !== 'string' || accessToken === '') return undefined;
  const expires = parseTime(expiresAt);
  if (expires === undefined) return undefined;
  const registrationExpiresAt = parseTime(rest.registrationExpiresAt);
  return {
    startUrl: typeof startUrl === 'string' ? startUrl : session.startUrl,
    region: typeof region === 'string' ? region : session.region,
    accessToken,
    expiresAt: expires,
    ...textField('clientId', rest.clientId),
    ...textField('clientSecret', rest.clientSecret),
    ...textField('refreshToken', rest.refreshToken),
    ...(registrationExpiresAt === undefined ? {} : { registrationExpiresAt }),
  };
}

function textField<K extends string>(key: K, value: unknown): Partial<Record<K, string>> {
  return typeof value === 'string' && value !== '' ? ({ [key]: value } as Record<K, string>) : {};
}

/** The CLI writes no fraction of a second, and its readers do not all take one. */
function formatTime(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Version 1 of the AWS CLI wrote `UTC` where `Z` stands today. */
function parseTime(text: unknown): number | undefined {
  if (typeof text !== 'string') return undefined;
  const at = Date.parse(text.replace(/UTC$/, 'Z'));
  return Number.isNaN(at) ? undefined : at;
}

function sameUrl(a: string, b: string): boolean {
  const trim = (url: string) => url.replace(/[/#]+$/, '');
  return trim(a) === trim(b);
}
