import { join } from 'node:path';
import { repository } from '../../../scripts/repository.mjs';
import type { SharedWorkbench } from './useWorkbench';
import { useTheme, type Theme } from './themes';

/** Dark is the default, and last. */
const LOOKS: readonly Theme[] = ['light', 'highContrast', 'dark'];

/** Pictures of the sidebar, which is 300 pixels wide, in light, high contrast and dark: `out/workbench/shots/<name>-<theme>.png`. */
export async function pictureLooks(shared: SharedWorkbench, name: string): Promise<void> {
  for (const theme of LOOKS) {
    await useTheme(shared, theme);
    await shared.ui.page
      .locator('.part.sidebar')
      .screenshot({ path: join(repository, 'out', 'workbench', 'shots', `${name}-${theme}.png`) });
  }
}
