import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A home directory of its own. */
export class TempHome {
  readonly path = mkdtempSync(join(tmpdir(), 'jit-access-home-'));

  get env(): Record<string, string | undefined> {
    return { HOME: this.path };
  }

  resolve(...parts: string[]): string {
    return join(this.path, ...parts);
  }

  async write(relative: string, text: string): Promise<string> {
    const path = this.resolve(relative);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    return path;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export const lines = (...all: string[]): string => `${all.join('\n')}\n`;
