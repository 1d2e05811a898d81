/** Durations as Sym's Terraform provider writes them: a whole number and a unit, `90s`, `30m`, `1h`, `1d`. */
const WRITTEN = /^\s*(\d+)\s*(s|m|h|d)\s*$/i;

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Reads `30m`, `1h`, `1d`, `90s`. Whole seconds, above zero; `undefined` for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = WRITTEN.exec(text);
  if (!match?.[1] || !match[2]) return undefined;
  const seconds = Number(match[1]) * (SECONDS[match[2].toLowerCase()] ?? Number.NaN);
  return Number.isSafeInteger(seconds) && seconds > 0 ? seconds : undefined;
}

/** Writes seconds in the largest unit that divides them: 1800 → `30m`, 3600 → `1h`, 86400 → `1d`. */
export function formatDuration(seconds: number): string {
  for (const unit of ['d', 'h', 'm'] as const) {
    const size = SECONDS[unit] ?? 1;
    if (seconds >= size && seconds % size === 0) return `${seconds / size}${unit}`;
  }
  return `${seconds}s`;
}

/** The parts of a span for a reader, largest first, zero parts left out; an empty span is zero seconds. */
export interface DurationParts {
  readonly days: number;
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
}

export function durationParts(seconds: number): DurationParts {
  const whole = Math.max(0, Math.floor(seconds));
  return {
    days: Math.floor(whole / 86_400),
    hours: Math.floor((whole % 86_400) / 3600),
    minutes: Math.floor((whole % 3600) / 60),
    seconds: whole % 60,
  };
}

/** English words: 1800 → `30 min`, 5400 → `1 h 30 min`, 86400 → `1 day`, 45 → `45 s`. */
export function durationWords(seconds: number): string {
  const { days, hours, minutes, seconds: rest } = durationParts(seconds);
  const words = [
    days > 0 ? `${days} ${days === 1 ? 'day' : 'days'}` : '',
    hours > 0 ? `${hours} h` : '',
    minutes > 0 ? `${minutes} min` : '',
    rest > 0 ? `${rest} s` : '',
  ].filter(word => word !== '');
  return words.length === 0 ? '0 s' : words.join(' ');
}

/** A clock face for a countdown: 1781 → `29:41`, 4271 → `1:11:11`. Rounds up, so that it reads `0:00` only at the end. */
export function countdown(ms: number): string {
  const { days, hours, minutes, seconds } = durationParts(Math.ceil(Math.max(0, ms) / 1000));
  const wholeHours = days * 24 + hours;
  const two = (value: number) => String(value).padStart(2, '0');
  return wholeHours > 0 ? `${wholeHours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}
