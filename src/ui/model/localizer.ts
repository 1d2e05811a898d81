/** The part of `vscode.l10n` that text-making code needs; a parameter, so that this code runs and is tested without VS Code. */
export interface Localizer {
  /** `{0}`, `{1}` … in the message are replaced by the arguments. */
  t(message: string, ...args: (string | number | boolean)[]): string;
}

/** The untranslated strings, formatted as `vscode.l10n` formats them. */
export const sourceLanguage: Localizer = {
  t: (message, ...args) =>
    message.replace(/\{(\d+)\}/g, (_, index: string) => String(args[Number(index)] ?? '')),
};
