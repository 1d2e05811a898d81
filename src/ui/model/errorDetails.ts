import { isAppError } from '../../base/errors';
import type { Localizer } from './localizer';

/** The details view is a plain text that VS Code does not wrap. */
const DETAILS_WIDTH = 100;

/** Everything known of a failure, for the details view: the service's own sentence, request ids, the permission by name. */
export function errorDetails(l10n: Localizer, title: string, thrown: unknown): string {
  const lines = [...wrapped(title, ''), ''];
  if (isAppError(thrown)) {
    lines.push(l10n.t('In the service’s own words:'), ...wrapped(thrown.message, '  '), '');
    lines.push(l10n.t('Facts:'), `  ${l10n.t('Kind')}: ${thrown.code}`);
    for (const [key, value] of Object.entries(thrown.details))
      lines.push(...wrapped(`${key}: ${value}`, '  '));
    let said = thrown.message;
    for (
      let cause = thrown.cause, depth = 0;
      cause instanceof Error && depth < 5;
      cause = cause.cause, depth += 1
    ) {
      // A cause whose words were given already adds its name only.
      const words = said.includes(cause.message) ? cause.name : `${cause.name}: ${cause.message}`;
      lines.push(...wrapped(`${l10n.t('Caused by')}: ${words}`, '  '));
      said += cause.message;
    }
  } else if (thrown instanceof Error) {
    lines.push(thrown.stack ?? thrown.message);
  }
  return `${lines.join('\n')}\n`;
}

/** Breaks at spaces. Words longer than a line, such as ARNs, stay whole, so that they can be copied. */
function wrapped(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(/\s+/)) {
    if (line.length > indent.length && line.length + 1 + word.length > DETAILS_WIDTH) {
      lines.push(line);
      line = indent;
    }
    line += line.length > indent.length ? ` ${word}` : word;
  }
  return [...lines, line];
}
