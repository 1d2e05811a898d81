import { realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { throwIfCancelled, type CallOptions } from '../base/cancellation';
import { systemClock, type Clock } from '../base/clock';
import { messageOf } from '../base/errors';
import { Emitter, type Event } from '../base/events';
import type { Disposable } from '../base/lifecycle';
import type { Log } from '../base/log';
import { configPath, credentialsPath, type Environment } from './environment';
import { FileWatch } from '../base/fileWatch';
import { readProfiles, type ConfigProblem, type ProfileReading, type SharedFile } from './profileReader';

export type { Environment } from './environment';
export type { ConfigProblem } from './profileReader';

export interface AwsConfigSnapshot extends Omit<ProfileReading, 'assumeRoles'> {
  readonly configPath: string;
  readonly credentialsPath: string;
  /** Whether either file is there. */
  readonly exists: boolean;
}

/** The profiles of `~/.aws/config` and `~/.aws/credentials`, read with the SDK's own parser and watched for change. */
export class AwsConfig implements Disposable {
  readonly #env: Environment;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #onDidChange = new Emitter<void>();
  #watch: FileWatch | undefined;
  #disposed = false;

  /** Something in the files may have changed; `load` tells what. Fires once per burst, also when a file is replaced, appears or goes. */
  readonly onDidChange: Event<void> = this.#onDidChange.event;

  constructor(deps: { readonly env: Environment; readonly log: Log; readonly clock?: Clock }) {
    this.#env = deps.env;
    this.#log = deps.log;
    this.#clock = deps.clock ?? systemClock;
  }

  get configPath(): string {
    return configPath(this.#env);
  }

  get credentialsPath(): string {
    return credentialsPath(this.#env);
  }

  /** Reads the files afresh. What is wrong in them comes back as `problems`; throws only `AppError('cancelled')`. */
  load(options?: CallOptions): Promise<AwsConfigSnapshot> {
    return this.loadWithRoles(options);
  }

  /** As `load`, and what assuming the roles of profiles needs. */
  async loadWithRoles({ signal }: CallOptions = {}): Promise<AwsConfigSnapshot & ProfileReading> {
    throwIfCancelled(signal);
    const problems: ConfigProblem[] = [];
    const [config, credentials] = await Promise.all([
      this.#read(this.configPath, problems),
      this.#read(this.credentialsPath, problems),
    ]);
    const reading = await readProfiles(config, credentials);
    throwIfCancelled(signal);
    return {
      ...reading,
      problems: [...problems, ...reading.problems],
      configPath: config.path,
      credentialsPath: credentials.path,
      exists: config.text !== undefined || credentials.text !== undefined || problems.length > 0,
    };
  }

  /** Begins to watch; a second call changes nothing. */
  watch(): void {
    if (this.#disposed || this.#watch) return;
    const folders = () =>
      [this.configPath, this.credentialsPath].flatMap(withLinkTarget).map(path => ({
        folder: dirname(path),
        matches: (fileName: string) => fileName === basename(path),
      }));
    this.#watch = new FileWatch(folders, {
      clock: this.#clock,
      log: this.#log,
      onChange: () => this.#onDidChange.fire(),
    });
  }

  dispose(): void {
    this.#disposed = true;
    this.#watch?.dispose();
    this.#onDidChange.dispose();
  }

  async #read(path: string, problems: ConfigProblem[]): Promise<SharedFile> {
    try {
      return { path, text: await readFile(path, 'utf8') };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        this.#log.warn(`Cannot read ${path}.`, error);
        problems.push({ path, message: `The file cannot be read: ${messageOf(error)}` });
      }
      return { path, text: undefined };
    }
  }
}

/** The path, and the file it leads to when it is a link, as into a repository of settings: an edit there does not touch the link. */
function withLinkTarget(path: string): string[] {
  try {
    const target = realpathSync(path);
    return target === path ? [path] : [path, target];
  } catch {
    // There is no file, or the link leads nowhere yet.
    return [path];
  }
}
