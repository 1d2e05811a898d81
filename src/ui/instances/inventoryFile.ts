import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '../../base/errors';
import type { Log } from '../../base/log';
import type { InventoryStore } from '../model/instances/inventorySaver';
import { decodeInventory, encodeInventory, type SavedInventory } from '../model/instances/savedInventory';

/** Keeps the last known inventory in a file for its owner's eyes only. What cannot be read or written is logged and done without. */
export class InventoryFile implements InventoryStore {
  readonly #path: string;
  readonly #log: Log;

  constructor({ path, log }: { readonly path: string; readonly log: Log }) {
    this.#path = path;
    this.#log = log;
  }

  async load(): Promise<SavedInventory | undefined> {
    try {
      const saved = decodeInventory(await readFile(this.#path, 'utf8'));
      if (!saved) this.#log.info('The saved inventory is of another version, and is left aside.');
      return saved;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        this.#log.warn(`The saved inventory cannot be read: ${messageOf(error)}`);
      }
      return undefined;
    }
  }

  /** Whole or not at all: a window that closes in the middle, or another that saves too, leaves a file that can be read. */
  async save(saved: SavedInventory): Promise<void> {
    const draft = `${this.#path}.${process.pid}`;
    try {
      await mkdir(dirname(this.#path), { recursive: true });
      await this.#write(draft, saved);
      await rename(draft, this.#path);
    } catch (error) {
      this.#log.warn(`The inventory cannot be saved: ${messageOf(error)}`);
      await rm(draft, { force: true }).catch(() => undefined);
    }
  }

  /** A region at a time, so that whoever shares the process with us is not held up. */
  async #write(path: string, saved: SavedInventory): Promise<void> {
    const file = await open(path, 'w', 0o600);
    try {
      for (const line of encodeInventory(saved)) await file.write(`${line}\n`);
    } finally {
      await file.close();
    }
  }
}
