import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startSandbox, type RunningSandbox } from '../../../scripts/sandboxProcess.mjs';
import {
  createWorkbenchHome,
  SANDBOX_SETTINGS,
  type WorkbenchHome,
} from '../../../scripts/workbench/home.mjs';
import { ensureWorkbench, type WorkbenchEdition } from '../../../scripts/workbench/install.mjs';
import { linkExtension, serveWorkbench, type ServedWorkbench } from '../../../scripts/workbench/serve.mjs';
import { repository } from '../../../scripts/repository.mjs';

export interface TestWorkbenchOptions {
  /** Flags of `npm run sandbox`; `false` starts none, and the extension finds neither AWS nor Sym. */
  readonly sandbox?: readonly string[] | false;
  /** User settings beside the quiet ones and the sandbox's flows. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** The user's own key bindings, as the file of VS Code holds them. */
  readonly keyBindings?: readonly {
    readonly key: string;
    readonly command: string;
    readonly args?: unknown;
  }[];
  /** Environment of the extension host beside the sandbox's; `undefined` takes a name away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Asks whether the workspace is trusted, as a desktop does. */
  readonly workspaceTrust?: boolean;
  /** Lets a page run a suite in the extension host. No toast is shown then. */
  readonly testDriver?: boolean;
  readonly edition?: WorkbenchEdition;
  /** A folder with a built extension; this repository when not named. */
  readonly extensionFolder?: string;
  /** Folders of further extensions. */
  readonly besides?: readonly string[];
}

/** The edition of VS Code the suites run on: `JIT_WORKBENCH_EDITION=oldest` is the one `engines.vscode` reaches back to. */
function editionOfThisRun(): WorkbenchEdition {
  return process.env['JIT_WORKBENCH_EDITION'] === 'oldest' ? 'oldest' : 'current';
}

/** A served workbench with the extension in it and a sandbox beside it, all in temporary folders of their own. */
export class TestWorkbench {
  readonly #serve: (port: number) => Promise<ServedWorkbench>;
  #server: ServedWorkbench;
  #looks = 0;

  private constructor(
    readonly home: WorkbenchHome,
    server: ServedWorkbench,
    readonly sandbox: RunningSandbox | undefined,
    serve: (port: number) => Promise<ServedWorkbench>,
  ) {
    this.#server = server;
    this.#serve = serve;
  }

  static async start(options: TestWorkbenchOptions = {}): Promise<TestWorkbench> {
    const install = await ensureWorkbench(options.edition ?? editionOfThisRun());
    const sandbox =
      options.sandbox === false ? undefined : await startSandbox({ flags: options.sandbox ?? [] });
    const home = createWorkbenchHome({ settings: { ...SANDBOX_SETTINGS, ...options.settings } });
    if (options.keyBindings) {
      const file = join(home.userData, 'User', 'keybindings.json');
      writeFileSync(file, JSON.stringify(options.keyBindings, undefined, 2));
    }
    try {
      if (options.testDriver !== true) linkExtension(home, options.extensionFolder ?? repository);
      for (const folder of options.besides ?? []) linkExtension(home, folder);
      const serve = (port: number) =>
        serveWorkbench(install, home, {
          port,
          env: { ...sandbox?.env, ...options.env },
          testDriver: options.testDriver ?? false,
          workspaceTrust: options.workspaceTrust ?? false,
          trustedDomains: sandbox ? [new URL(sandbox.url).origin] : [],
        });
      return new TestWorkbench(home, await serve(0), sandbox, serve);
    } catch (error) {
      await sandbox?.stop();
      home.remove();
      throw error;
    }
  }

  get server(): ServedWorkbench {
    return this.#server;
  }

  /** Ends the server, and with it the extension host, and starts another over the same data and port, as after a restart of the computer. */
  async restartServer(): Promise<void> {
    const port = Number(new URL(this.#server.origin).port);
    await this.#server.stop();
    this.#server = await this.#serve(port);
  }

  /** The page that opens the small workspace. */
  get url(): string {
    return this.server.url;
  }

  /** A file in the `HOME` of the extension host. */
  homeFile(...path: string[]): string {
    return join(this.home.home, ...path);
  }

  /** Settings of the folder that is open, beside those it has; `undefined` takes one away. The workbench follows the file. */
  useFolderSettings(settings: Readonly<Record<string, unknown>>): void {
    mkdirSync(join(this.home.workspace, '.vscode'), { recursive: true });
    changeSettings(this.#folderSettings, settings);
  }

  folderSetting(name: string): unknown {
    return readSettings(this.#folderSettings)[name];
  }

  get #folderSettings(): string {
    return join(this.home.workspace, '.vscode', 'settings.json');
  }

  /** Settings of the user, beside those there are: the only place for those of scope `application`. A window that is loaded anew reads them. */
  useUserSettings(settings: Readonly<Record<string, unknown>>): void {
    changeSettings(join(this.home.userData, 'User', 'settings.json'), settings);
  }

  /** Changed settings have brokers and AWS asked again at once, instead of at the next quarter of a minute. */
  lookAgain(): void {
    this.useFolderSettings({ 'jitAccess.sessions.lanes': 2 + (this.#looks++ % 2) });
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await this.sandbox?.stop();
    this.home.remove();
  }
}

function readSettings(file: string): Readonly<Record<string, unknown>> {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>) : {};
}

function changeSettings(file: string, settings: Readonly<Record<string, unknown>>): void {
  writeFileSync(file, JSON.stringify({ ...readSettings(file), ...settings }, undefined, 2));
}
