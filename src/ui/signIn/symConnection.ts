import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import type { Clock } from '../../base/clock';
import { Emitter, type Event } from '../../base/events';
import { FileWatch } from '../../base/fileWatch';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import type { Log } from '../../base/log';
import { writeStoredToken, type StoredSymToken } from '../../sym/storedSymToken';
import type { SymSignInPlace } from '../../sym/symSignIn';
import { findSymToken, symflowConfigPath, type FoundSymToken, type SymTokenSource } from '../../sym/symToken';

const SECRET_KEY = 'sym.token';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where Sym is and who we are there: the URL from settings or environment, the token from environment, secret storage or `symflow`.
 * Notices a token that comes or goes in any of these places, and one whose time is over.
 */
export class SymConnection implements Disposable {
  readonly #secrets: vscode.SecretStorage;
  readonly #env: Environment;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #store = new DisposableStore();
  readonly #onDidChange = new Emitter<void>();
  readonly onDidChange: Event<void> = this.#onDidChange.event;
  #found: FoundSymToken | undefined;
  #expiry: Disposable | undefined;

  constructor(deps: {
    readonly secrets: vscode.SecretStorage;
    readonly env: Environment;
    readonly clock: Clock;
    readonly log: Log;
  }) {
    this.#secrets = deps.secrets;
    this.#env = deps.env;
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#store.add(
      deps.secrets.onDidChange(({ key }) => {
        if (key === SECRET_KEY) void this.check();
      }),
    );
    this.#store.add(
      vscode.workspace.onDidChangeConfiguration(change => {
        if (change.affectsConfiguration('jitAccess.sym')) this.#onDidChange.fire();
      }),
    );
  }

  /** Notices `symflow login` and `symflow logout` from now on. */
  watch(): void {
    const file = this.symflowPath;
    this.#store.add(
      new FileWatch(() => [{ folder: dirname(file), matches: name => name === basename(file) }], {
        clock: this.#clock,
        log: this.#log,
        onChange: () => void this.check(),
      }),
    );
  }

  /** The setting wins over the environment, as everywhere in VS Code. Only the user's own setting counts: its scope is `application`. */
  baseUrl(): string | undefined {
    return this.#either('sym.apiUrl', 'SYM_API_URL');
  }

  /** Where the organisation signs its people in; undefined unless all of it is set. */
  signInPlace(): SymSignInPlace | undefined {
    const organization = this.#either('sym.organization', 'SYM_ORG');
    const authUrl = this.#either('sym.authUrl', 'SYM_AUTH_URL');
    const audience = this.#either('sym.audience', 'SYM_AUDIENCE');
    if (organization === undefined || authUrl === undefined || audience === undefined) return undefined;
    return { apiUrl: this.baseUrl(), organization, authUrl, audience };
  }

  async token(): Promise<string | undefined> {
    return (await this.#find())?.token;
  }

  /** Where the token came from, as last checked. */
  get source(): SymTokenSource | undefined {
    return this.#found?.source;
  }

  /** What `symflow login` writes. */
  get symflowPath(): string {
    return symflowConfigPath({ env: this.#env });
  }

  /** As last checked. */
  get state(): 'ready' | 'noUrl' | 'noToken' {
    if (this.baseUrl() === undefined) return 'noUrl';
    return this.#found ? 'ready' : 'noToken';
  }

  /** Looks whether there is a token, and looks again when its time is over. */
  async check(): Promise<void> {
    try {
      this.#found = await this.#find();
    } catch (thrown) {
      this.#log.warn('The Sym token cannot be read', thrown);
      this.#found = undefined;
    }
    this.#expiry?.dispose();
    this.#expiry = undefined;
    if (this.#store.isDisposed) return;
    const { expiresAt } = this.#found ?? {};
    if (expiresAt !== undefined) {
      this.#expiry = this.#clock.schedule(
        Math.max(0, expiresAt - this.#clock.now()),
        () => void this.check(),
      );
    }
    this.#onDidChange.fire();
  }

  /** Keeps a pasted token or what a sign-in left, in place of what was kept before. */
  async storeToken(token: StoredSymToken): Promise<void> {
    await this.#secrets.store(SECRET_KEY, writeStoredToken(token));
  }

  async forgetToken(): Promise<void> {
    await this.#secrets.delete(SECRET_KEY);
  }

  dispose(): void {
    this.#expiry?.dispose();
    this.#store.dispose();
    this.#onDidChange.dispose();
  }

  #find(): Promise<FoundSymToken | undefined> {
    return findSymToken({
      env: this.#env,
      secret: async () => this.#secrets.get(SECRET_KEY),
      now: () => this.#clock.now(),
    });
  }

  #either(setting: string, variable: string): string | undefined {
    const value = vscode.workspace.getConfiguration('jitAccess').get<string>(setting, '').trim();
    return value || this.#env[variable]?.trim() || undefined;
  }
}
