import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { messageOf } from '../../../base/errors';
import type { Log } from '../../../base/log';

const KEEP_MS = 30 * 86_400_000;

/**
 * Lets exactly one of the windows of this machine do a thing. Whoever makes the empty file first may: making a file that must not exist
 * yet is the one step that all windows take one after another, whatever else they learn late of each other.
 */
export class OnceOnly {
  readonly #folder: string;
  readonly #log: Log;

  /** `folder` is shared by all windows; it is made on first use. */
  constructor(deps: { readonly folder: string; readonly log: Log }) {
    this.#folder = deps.folder;
    this.#log = deps.log;
  }

  /**
   * Whether the caller is the first. `againAfterMs`: the same may be done anew after this long. Where the folder cannot be written
   * everybody is the first: twice is better than never.
   */
  claim(what: string, now: number, againAfterMs = Number.POSITIVE_INFINITY): boolean {
    const file = join(this.#folder, createHash('sha256').update(what).digest('hex').slice(0, 32));
    try {
      mkdirSync(this.#folder, { recursive: true });
      if (this.#make(file)) return true;
      if (now - statSync(file).mtimeMs < againAfterMs) return false;
      rmSync(file, { force: true });
      return this.#make(file);
    } catch (failure) {
      this.#log.warn('Windows cannot agree who tells', messageOf(failure));
      return true;
    }
  }

  /** Forgets what was done long ago. */
  sweep(now: number): void {
    try {
      for (const name of readdirSync(this.#folder)) {
        const file = join(this.#folder, name);
        if (now - statSync(file).mtimeMs > KEEP_MS) rmSync(file, { force: true });
      }
    } catch {
      // Nothing was claimed yet, or another window sweeps too.
    }
  }

  #make(file: string): boolean {
    try {
      writeFileSync(file, '', { flag: 'wx', mode: 0o600 });
      return true;
    } catch (failure) {
      if (failure instanceof Error && 'code' in failure && failure.code === 'EEXIST') return false;
      throw failure;
    }
  }
}
