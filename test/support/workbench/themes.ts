import type { SharedWorkbench } from './useWorkbench';

/**
 * One of each kind, in the order in which they are looked at: name for pictures, value of the setting in old and new VS Code, class of the
 * workbench, class of a page's body.
 */
const THEMES = [
  ['light', 'Default Light Modern', 'vs', 'vscode-light'],
  ['highContrast', 'Default High Contrast', 'hc-black', 'vscode-high-contrast'],
  ['highContrastLight', 'Default High Contrast Light', 'hc-light', 'vscode-high-contrast-light'],
  ['dark', 'Default Dark Modern', 'vs-dark', 'vscode-dark'],
] as const;

export type Theme = (typeof THEMES)[number][0];

type Dressed = Pick<SharedWorkbench, 'ui' | 'workbench'>;

/** Has the workbench wear a theme, as when somebody edits the settings of the folder. */
export async function useTheme({ ui, workbench }: Dressed, wanted: Theme): Promise<void> {
  for (const [theme, setting, worn] of THEMES) {
    if (theme !== wanted) continue;
    workbench.useFolderSettings({ 'workbench.colorTheme': setting });
    await ui.page.locator(`.monaco-workbench.${worn}`).waitFor();
  }
}

/** Does something in these kinds of theme, or in all four, once the open webview wears it. */
export async function inEachTheme(
  { ui, workbench }: Dressed,
  body: (theme: Theme) => Promise<void>,
  wanted: readonly Theme[] = THEMES.map(([theme]) => theme),
): Promise<void> {
  for (const [theme, , , bodyClass] of THEMES) {
    if (!wanted.includes(theme)) continue;
    await useTheme({ ui, workbench }, theme);
    await ui.webview().locator(`body.${bodyClass}`).waitFor();
    await body(theme);
  }
}
