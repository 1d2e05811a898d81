import type { Grant } from '../../access/grant';
import type { AccessRequest } from '../../access/request';
import type { Localizer } from './localizer';
import { remainingText, SECONDS_SHOWN_BELOW_MS, spokenRemaining, timeOfDay } from './timeText';

/** From here on the item gets the warning background. */
export const STATUS_WARNING_BELOW_MS = 5 * 60_000;

export interface StatusText {
  readonly text: string;
  readonly tooltip: string;
  readonly spoken: string;
  readonly warning: boolean;
  /** Milliseconds until the text changes by itself; absent when only an event changes it. */
  readonly nextChangeMs?: number;
}

/** What the status bar says; undefined when there is nothing to say. The end that is nearest wins over what still waits. */
export function statusText(
  l10n: Localizer,
  state: {
    readonly requests: readonly AccessRequest[];
    readonly grants: readonly Grant[];
    readonly now: number;
  },
): StatusText | undefined {
  const active = state.grants
    .filter(grant => grant.phase === 'active')
    .sort((a, b) => (a.effectiveEndsAt ?? Infinity) - (b.effectiveEndsAt ?? Infinity));
  const nearest = active[0];
  if (nearest) return activeText(l10n, active, nearest, state.now);
  const provisioning = state.grants.find(grant => grant.phase === 'provisioning');
  if (provisioning) {
    return waitingText(
      l10n,
      provisioning.target.label,
      l10n.t('setting up'),
      l10n.t('approved, being set up in AWS'),
    );
  }
  const pending = state.requests.find(
    request => request.phase === 'submitting' || request.phase === 'submitted' || request.phase === 'pending',
  );
  if (pending) {
    return waitingText(l10n, pending.target.label, l10n.t('waiting'), l10n.t('waiting for approval'));
  }
  return undefined;
}

function activeText(l10n: Localizer, active: readonly Grant[], nearest: Grant, now: number): StatusText {
  const { label } = nearest.target;
  if (nearest.effectiveEndsAt === undefined) {
    return {
      text: `$(unlock) ${label}`,
      tooltip: l10n.t('{0} is active until it is ended', label),
      spoken: l10n.t('{0} access', label),
      warning: false,
    };
  }
  const left = Math.max(0, nearest.effectiveEndsAt - now);
  const time = remainingText(l10n, left);
  const lines = active.map(grant =>
    grant.effectiveEndsAt === undefined
      ? grant.target.label
      : l10n.t('{0}: ends at {1}', grant.target.label, timeOfDay(grant.effectiveEndsAt)),
  );
  const spokenTime = spokenRemaining(l10n, left);
  return {
    text:
      active.length === 1
        ? `$(unlock) ${label} ${time}`
        : `$(unlock) ${l10n.t('{0} grants', active.length)} · ${time}`,
    tooltip: lines.join('\n'),
    spoken:
      active.length === 1
        ? l10n.t('{0} access, {1} left', label, spokenTime)
        : l10n.t('{0} grants, the next ends in {1}', active.length, spokenTime),
    warning: left <= STATUS_WARNING_BELOW_MS,
    nextChangeMs: left > SECONDS_SHOWN_BELOW_MS ? left % 60_000 || 60_000 : left % 1000 || 1000,
  };
}

function waitingText(l10n: Localizer, label: string, short: string, long: string): StatusText {
  return {
    text: `$(sync~spin) ${label}: ${short}`,
    tooltip: l10n.t('{0}: {1}', label, long),
    spoken: l10n.t('{0}, {1}', label, long),
    warning: false,
  };
}
