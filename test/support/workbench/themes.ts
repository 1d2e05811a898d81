import type { SharedWorkbench } from './useWorkbench';

/** One of each kind, in the order in which they are looked at: name for pictures, value of the setting in old and new VS Code, class of the page's body. */
const THEMES = [
  ['light', 'Default Light Modern', 'vscode-light'],
  ['highContrast', 'Default High Contrast', 'vscode-high-contrast'],
  ['highContrastLight', 'Default High Contrast Light', 'vscode-high-contrast-light'],
  ['dark', 'Default Dark Modern', 'vscode-dark'],
] as const;

export type Theme = (typeof THEMES)[number][0];

/** Does something in these kinds of theme, or in all four, once the open webview wears it. */
export async function inEachTheme(
  { ui, workbench }: SharedWorkbench,
  body: (theme: Theme) => Promise<void>,
  wanted: readonly Theme[] = THEMES.map(([theme]) => theme),
): Promise<void> {
  for (const [theme, setting, bodyClass] of THEMES) {
    if (!wanted.includes(theme)) continue;
    workbench.useFolderSettings({ 'workbench.colorTheme': setting });
    await ui.webview().locator(`body.${bodyClass}`).waitFor();
    await body(theme);
  }
}
