import { countdown } from '../../access/duration';
import type { Localizer } from './localizer';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Below this the seconds are shown; above it the text changes once a minute and stays calm. */
export const SECONDS_SHOWN_BELOW_MS = 10 * MINUTE_MS;

/** `29 min`, `1 h 05 min`, and in the last ten minutes `9:41`. Rounded up, so that nobody loses a minute they still have. */
export function remainingText(l10n: Localizer, remainingMs: number): string {
  if (remainingMs < SECONDS_SHOWN_BELOW_MS) return countdown(remainingMs);
  return minutesText(l10n, Math.ceil(remainingMs / MINUTE_MS));
}

/** As `remainingText`, without seconds: for what is drawn anew once a minute only. */
export function calmRemainingText(l10n: Localizer, remainingMs: number): string {
  return minutesText(l10n, Math.max(1, Math.ceil(remainingMs / MINUTE_MS)));
}

/** Milliseconds until a text of whole minutes changes; the soonest of several, a minute when nothing ends. */
export function minuteChangeMs(endsAt: readonly number[], now: number): number {
  return Math.min(MINUTE_MS, ...endsAt.map(at => Math.max(0, at - now) % MINUTE_MS || MINUTE_MS));
}

/** For screen readers: `29 minutes`, `1 hour 5 minutes`, `40 seconds`. */
export function spokenRemaining(l10n: Localizer, remainingMs: number): string {
  if (remainingMs < MINUTE_MS) return l10n.t('{0} seconds', Math.max(0, Math.ceil(remainingMs / 1000)));
  const minutes = Math.ceil(remainingMs / MINUTE_MS);
  const hours = Math.floor(minutes / 60);
  if (hours === 0) return minutes === 1 ? l10n.t('1 minute') : l10n.t('{0} minutes', minutes);
  return l10n.t('{0} h {1} minutes', hours, minutes % 60);
}

/** How long ago, in the largest unit that says enough: `just now`, `4 min`, `3 h`, `2 days`. */
export function ageText(l10n: Localizer, ageMs: number): string {
  if (ageMs < MINUTE_MS) return l10n.t('less than a minute');
  if (ageMs < HOUR_MS) return l10n.t('{0} min', Math.floor(ageMs / MINUTE_MS));
  if (ageMs < 48 * HOUR_MS) return l10n.t('{0} h', Math.floor(ageMs / HOUR_MS));
  return l10n.t('{0} days', Math.floor(ageMs / (24 * HOUR_MS)));
}

/** `30 min`, `1 h`, `1 h 30 min`, `40 s`. */
export function spanText(l10n: Localizer, spanSeconds: number): string {
  if (spanSeconds < 60) return l10n.t('{0} s', spanSeconds);
  return minutesText(l10n, Math.round(spanSeconds / 60));
}

/** `14:36`, by the reader's locale. */
export function timeOfDay(atMs: number, locale?: string): string {
  return new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hour12: false }).format(atMs);
}

/** `Nov 23, 14:36`: a day and a time, by the reader's locale. */
export function momentText(atMs: number, locale?: string): string {
  return new Intl.DateTimeFormat(locale, {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hour12: false,
  }).format(atMs);
}

/** `14:36:09`. */
export function timeOfDayWithSeconds(atMs: number, locale?: string): string {
  return new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hour12: false,
  }).format(atMs);
}

/** `41 KB`, `1.2 MB`; decimal, as file managers count. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['KB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

function minutesText(l10n: Localizer, minutes: number): string {
  if (minutes < 60) return l10n.t('{0} min', minutes);
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  return rest === 0 ? l10n.t('{0} h', hours) : l10n.t('{0} h {1} min', hours, rest);
}
