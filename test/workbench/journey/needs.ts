import { setTimeout as pause } from 'node:timers/promises';

const PATIENCE_MS = 60_000;
/** Between two looks at a screen that has no event of its own to wait for. */
const LOOK_AGAIN_MS = 50;

export function need(fact: boolean, sentence: string): void {
  if (!fact) throw new Error(`not so: ${sentence}`);
}

export function needMatch(text: string, pattern: RegExp, sentence: string): void {
  if (!pattern.test(text)) throw new Error(`not so: ${sentence}; got ${JSON.stringify(text.slice(0, 400))}`);
}

/** Looks until it is so. Throws when patience ends. */
export async function until(sentence: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`not so in ${PATIENCE_MS / 1000} s: ${sentence}`);
    await pause(LOOK_AGAIN_MS);
  }
}
