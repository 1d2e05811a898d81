import { join } from 'node:path';
import { repository } from '../../../scripts/repository.mjs';
import type { SharedWorkbench } from './useWorkbench';
import { fromTheWornOne, useTheme, type Theme } from './themes';

const LOOKS: readonly Theme[] = ['light', 'highContrast', 'dark'];

/** Pictures of the sidebar, which is 300 pixels wide, in light, high contrast and dark: `out/workbench/shots/<name>-<theme>.png`. */
export async function pictureLooks(shared: SharedWorkbench, name: string): Promise<void> {
  for (const theme of fromTheWornOne(shared, LOOKS)) {
    await useTheme(shared, theme);
    await shared.ui.page
      .locator('.part.sidebar')
      .screenshot({ path: join(repository, 'out', 'workbench', 'shots', `${name}-${theme}.png`) });
  }
}
