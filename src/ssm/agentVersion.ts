/** Agent versions after which behaviour differs; the official client tests for strictly newer (protocol notes, section 4.3). */
export const AgentFeature = {
  terminateFlag: '2.3.722.0',
  mux: '3.0.196.0',
  /** Acknowledges again what it has already received; in the source since May 2023, so surely in what came after this. */
  reacknowledges: '3.2.1041.0',
} as const;

/** Compares dotted parts as numbers; missing parts count as 0, and what is no number is older than anything. */
export function isNewerThan(version: string, threshold: string): boolean {
  const left = version.split('.').map(Number);
  const right = threshold.split('.').map(Number);
  if (left.some(Number.isNaN)) return false;
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
