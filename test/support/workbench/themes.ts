import type { SharedWorkbench } from './useWorkbench';

/**
 * One of each kind: name for pictures, value of the setting in old and new VS Code, class of the
 * workbench, class of a page's body.
 */
const THEMES = [
  ['light', 'Default Light Modern', 'vs', 'vscode-light'],
  ['highContrast', 'Default High Contrast', 'hc-black', 'vscode-high-contrast'],
  ['highContrastLight', 'Default High Contrast Light', 'hc-light', 'vscode-high-contrast-light'],
  ['dark', 'Default Dark Modern', 'vs-dark', 'vscode-dark'],
] as const;

const SETTING = 'workbench.colorTheme';

export type Theme = (typeof THEMES)[number][0];

type Dressed = Pick<SharedWorkbench, 'ui' | 'workbench'>;

/** For what is missed and then tried again. */
const SOON = { timeout: 5_000 };
const TRIES = 12;

/**
 * Has the workbench wear a theme, as when somebody edits the settings of the folder. A window that has just been loaded anew does not follow
 * the file yet, and hears only of the next time that it is written.
 */
export async function useTheme({ ui, workbench }: Dressed, wanted: Theme): Promise<void> {
  const [, setting, worn] = THEMES.find(([theme]) => theme === wanted) ?? THEMES[0];
  for (let triesLeft = TRIES; ; triesLeft--) {
    workbench.useFolderSettings({ [SETTING]: setting });
    try {
      await ui.page.locator(`.monaco-workbench.${worn}`).waitFor(SOON);
      return;
    } catch (error) {
      if (triesLeft === 0) throw error;
    }
  }
}

/**
 * In the order that takes the fewest changes, for each has the whole workbench drawn anew: the theme that is worn first, and what is neither
 * light nor dark in between. The last is worn from then on.
 */
export function fromTheWornOne(
  { workbench }: Pick<Dressed, 'workbench'>,
  wanted: readonly Theme[],
): readonly Theme[] {
  const setting = workbench.folderSetting(SETTING);
  const worn = THEMES.find(([, named]) => named === setting)?.[0];
  const rank = (theme: Theme) => (theme === worn ? 0 : theme === 'light' || theme === 'dark' ? 2 : 1);
  return [...wanted].sort((a, b) => rank(a) - rank(b));
}

/** Does something in these kinds of theme, or in all four, once the open webview wears it. */
export async function inEachTheme(
  { ui, workbench }: Dressed,
  body: (theme: Theme) => Promise<void>,
  wanted: readonly Theme[] = THEMES.map(([theme]) => theme),
): Promise<void> {
  for (const theme of fromTheWornOne({ workbench }, wanted)) {
    await useTheme({ ui, workbench }, theme);
    const bodyClass = THEMES.find(([name]) => name === theme)?.[3] ?? '';
    await ui.webview().locator(`body.${bodyClass}`).waitFor();
    await body(theme);
  }
}
