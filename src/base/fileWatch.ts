import { statSync, watch, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Clock } from './clock';
import type { Disposable } from './lifecycle';
import type { Log } from './log';

/** Editors write a file in several steps, and a replaced file is gone for a moment. */
const QUIET_MS = 100;

export interface WatchedFolder {
  readonly folder: string;
  /** Which names in it matter. */
  readonly matches: (fileName: string) => boolean;
}

/**
 * Tells that something changed in files that may come, go and be replaced, as may the folders above them. Watches the
 * folders, never the files: a watched file that is replaced is watched no more.
 */
export class FileWatch implements Disposable {
  readonly #watchers = new Map<string, { readonly watcher: FSWatcher; readonly identity: string }>();
  #matchers: ReadonlyMap<string, readonly ((fileName: string) => boolean)[]> = new Map();
  #pending: Disposable | undefined;
  #disposed = false;

  constructor(
    /** Asked again after every change: where a link leads may be part of it. */
    private readonly folders: () => readonly WatchedFolder[],
    private readonly deps: { readonly clock: Clock; readonly log: Log; readonly onChange: () => void },
  ) {
    this.#arm();
  }

  dispose(): void {
    this.#disposed = true;
    this.#pending?.dispose();
    for (const { watcher } of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  /** Watches each folder, or the nearest one above it that exists, for the way down to appear. */
  #arm(): void {
    const wanted = new Map<string, ((fileName: string) => boolean)[]>();
    for (const { folder, matches } of this.folders()) {
      const found = nearestExisting(folder);
      if (!found) continue;
      const names = found.folder === folder ? matches : (name: string) => name === found.missing;
      wanted.set(found.folder, [...(wanted.get(found.folder) ?? []), names]);
    }
    for (const [folder, { watcher, identity }] of this.#watchers) {
      if (wanted.has(folder) && identityOf(folder) === identity) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of wanted.keys()) {
      if (!this.#watchers.has(folder)) this.#watch(folder);
    }
    this.#matchers = wanted;
  }

  #watch(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, (_event, fileName) =>
        this.#onEvent(folder, fileName),
      );
      watcher.on('error', error => {
        this.deps.log.debug(`Watching ${folder} failed: ${error.message}`);
        this.#schedule();
      });
      this.#watchers.set(folder, { watcher, identity: identityOf(folder) ?? '' });
    } catch (error) {
      this.deps.log.warn(`Cannot watch ${folder}; changes there show after a refresh.`, error);
    }
  }

  #onEvent(folder: string, fileName: string | null): void {
    const matters =
      fileName === null ||
      // What a folder reports when it is itself moved or removed.
      fileName === basename(folder) ||
      this.#matchers.get(folder)?.some(matches => matches(fileName));
    if (matters) this.#schedule();
  }

  #schedule(): void {
    if (this.#disposed) return;
    this.#pending?.dispose();
    this.#pending = this.deps.clock.schedule(QUIET_MS, () => {
      this.#pending = undefined;
      this.#arm();
      this.deps.onChange();
    });
  }
}

function nearestExisting(folder: string): { readonly folder: string; readonly missing: string } | undefined {
  let missing = '';
  for (let at = folder; ; at = dirname(at)) {
    if (identityOf(at) !== undefined) return { folder: at, missing };
    if (dirname(at) === at) return undefined;
    missing = basename(at);
  }
}

/** Tells a folder from another that took its place: a system may give the inode of a removed one to the next. */
function identityOf(folder: string): string | undefined {
  const stat = statSync(folder, { throwIfNoEntry: false });
  return stat?.isDirectory() ? `${stat.ino} ${stat.birthtimeMs}` : undefined;
}
