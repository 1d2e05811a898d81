/** Bright black, not faint: VS Code raises a colour to a readable contrast in every theme, and lets faint text pale. */
const MUTED = '\u001b[90m';
const RESET = '\u001b[0m';

/**
 * A line of ours in a terminal, `── … ──`: muted, on a line of its own, and with control characters taken out, so that what it
 * quotes from the far side cannot pose as terminal commands.
 */
export function ownLine(text: string): string {
  return `\r${RESET}${MUTED}── ${printable(text)} ──${RESET}\r\n`;
}

/** As `ownLine`, but begun on a fresh line: for a moment in which the far side may have left the cursor anywhere. */
export function ownLineBelow(text: string): string {
  return `\r\n${ownLine(text)}`;
}

export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- taking control characters out is the purpose
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
}
