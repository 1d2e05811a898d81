import type { SharedWorkbench } from './useWorkbench';

/** One of each kind, in the order in which they are looked at: name for pictures, value of the setting in old and new VS Code, class of the page's body. */
const THEMES = [
  ['light', 'Default Light Modern', 'vscode-light'],
  ['highContrast', 'Default High Contrast', 'vscode-high-contrast'],
  ['highContrastLight', 'Default High Contrast Light', 'vscode-high-contrast-light'],
  ['dark', 'Default Dark Modern', 'vscode-dark'],
] as const;

/** Does something in each of the four kinds of theme, once the open webview wears it. */
export async function inEachTheme(
  { ui, workbench }: SharedWorkbench,
  body: (theme: string) => Promise<void>,
): Promise<void> {
  for (const [theme, setting, bodyClass] of THEMES) {
    workbench.useFolderSettings({ 'workbench.colorTheme': setting });
    await ui.webview().locator(`body.${bodyClass}`).waitFor();
    await body(theme);
  }
}
