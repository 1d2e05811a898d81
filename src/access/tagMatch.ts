/**
 * Whether `value` is like `pattern` as IAM's `StringLike` reads it: `*` stands for any run of characters (also none), `?` for
 * exactly one, everything else for itself, case counts. (IAM User Guide, "String condition operators".)
 */
export function isLike(pattern: string, value: string): boolean {
  // Greedy with one remembered star: linear for one star, quadratic at worst, never exponential as a regular expression could be.
  const want = [...pattern];
  const have = [...value];
  let p = 0;
  let v = 0;
  let star = -1;
  let resumeAt = 0;
  while (v < have.length) {
    if (p < want.length && want[p] === '*') {
      star = p++;
      resumeAt = v;
    } else if (p < want.length && (want[p] === '?' || want[p] === have[v])) {
      p++;
      v++;
    } else if (star >= 0) {
      p = star + 1;
      v = ++resumeAt;
    } else {
      return false;
    }
  }
  while (want[p] === '*') p++;
  return p === want.length;
}
