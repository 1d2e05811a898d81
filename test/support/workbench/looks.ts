import { join } from 'node:path';
import { repository } from '../../../scripts/repository.mjs';
import type { SharedWorkbench } from './useWorkbench';
import type { ThemeKind } from './workbenchPage';

/** Each with the class that the workbench wears in it. Dark is the default, and last. */
const LOOKS: readonly (readonly [theme: ThemeKind, worn: string])[] = [
  ['light', 'vs'],
  ['highContrast', 'hc-black'],
  ['dark', 'vs-dark'],
];

/** Pictures of the sidebar, which is 300 pixels wide, in light, high contrast and dark: `out/workbench/shots/<name>-<theme>.png`. */
export async function pictureLooks({ ui }: SharedWorkbench, name: string): Promise<void> {
  for (const [theme, worn] of LOOKS) {
    await ui.useTheme(theme);
    await ui.page.locator(`.monaco-workbench.${worn}`).waitFor();
    await ui.page
      .locator('.part.sidebar')
      .screenshot({ path: join(repository, 'out', 'workbench', 'shots', `${name}-${theme}.png`) });
  }
}
