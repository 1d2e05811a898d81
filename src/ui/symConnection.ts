import * as vscode from 'vscode';
import { Emitter, type Event } from '../base/events';
import { DisposableStore, type Disposable } from '../base/lifecycle';
import type { Log } from '../base/log';
import { findSymToken } from '../sym/symToken';

const SECRET_KEY = 'sym.token';

/** Where Sym is and who we are there: the URL from settings or environment, the token from environment, secret storage or `symflow`. */
export class SymConnection implements Disposable {
  readonly #secrets: vscode.SecretStorage;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #log: Log;
  readonly #store = new DisposableStore();
  readonly #onDidChange = new Emitter<void>();
  readonly onDidChange: Event<void> = this.#onDidChange.event;
  #hasToken = false;

  constructor(deps: {
    readonly secrets: vscode.SecretStorage;
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly log: Log;
  }) {
    this.#secrets = deps.secrets;
    this.#env = deps.env;
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

  /** The setting wins over the environment, as everywhere in VS Code. Only the user's own setting counts: its scope is `application`. */
  baseUrl(): string | undefined {
    const setting = vscode.workspace.getConfiguration('jitAccess').get<string>('sym.apiUrl', '').trim();
    return setting || this.#env['SYM_API_URL']?.trim() || undefined;
  }

  async token(): Promise<string | undefined> {
    const found = await findSymToken({
      env: this.#env,
      secret: async () => this.#secrets.get(SECRET_KEY),
    });
    return found?.token;
  }

  /** As last checked. */
  get state(): 'ready' | 'noUrl' | 'noToken' {
    if (this.baseUrl() === undefined) return 'noUrl';
    return this.#hasToken ? 'ready' : 'noToken';
  }

  /** Looks whether there is a token. */
  async check(): Promise<void> {
    try {
      this.#hasToken = (await this.token()) !== undefined;
    } catch (thrown) {
      this.#log.warn('The Sym token cannot be read', thrown);
      this.#hasToken = false;
    }
    if (!this.#store.isDisposed) this.#onDidChange.fire();
  }

  async storeToken(token: string): Promise<void> {
    await this.#secrets.store(SECRET_KEY, token);
  }

  async forgetToken(): Promise<void> {
    await this.#secrets.delete(SECRET_KEY);
  }

  dispose(): void {
    this.#store.dispose();
    this.#onDidChange.dispose();
  }
}
