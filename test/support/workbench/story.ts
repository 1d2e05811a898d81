import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { repository } from '../../../scripts/repository.mjs';
import type { WorkbenchPage } from './workbenchPage';

/**
 * Lives a story step by step: a line and a picture for each, `out/<name>/NN-step.png`. The first step that is not so
 * ends it, with a picture of what was there instead.
 */
export class Story {
  readonly #folder: string;
  readonly #startedAt = performance.now();
  #steps = 0;

  constructor(
    name: string,
    private readonly ui: WorkbenchPage,
  ) {
    this.#folder = join(repository, 'out', name);
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder, { recursive: true });
  }

  /**
   * @param sentence What is now so, such as `the terminal has a shell on web-1`.
   * @param body Does it and waits for it.
   * @param pictured What the picture shows; the whole workbench when not named.
   */
  async step(sentence: string, body: () => Promise<void>, pictured: Page = this.ui.page): Promise<void> {
    this.#steps++;
    const number = String(this.#steps).padStart(2, '0');
    const startedAt = performance.now();
    try {
      await body();
    } catch (error) {
      await pictured.screenshot({ path: join(this.#folder, `${number}-failed-${slug(sentence)}.png`) });
      console.log(`${number} ✗ ${sentence}`);
      throw error;
    }
    await pictured.screenshot({ path: join(this.#folder, `${number}-${slug(sentence)}.png`) });
    console.log(`${number} ✓ ${sentence} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
  }

  end(): void {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    console.log(`${this.#steps} steps in ${seconds.toFixed(0)} s, pictures in ${this.#folder}`);
  }
}

function slug(sentence: string): string {
  return sentence
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 60);
}
