import type { Grant } from '../../../access/grant';
import type { AccessRequest } from '../../../access/request';
import { boundText } from './accessTreeModel';
import type { Localizer } from '../localizer';
import { remainingText, SECONDS_SHOWN_BELOW_MS, spokenRemaining, timeOfDay } from '../timeText';

export interface StatusText {
  readonly text: string;
  readonly tooltip: string;
  readonly spoken: string;
  /** `warning` in the last minutes only; `emergency` as long as break-glass access is in force. */
  readonly background?: 'warning' | 'emergency';
  /** Milliseconds until the text changes by itself; absent when only an event changes it. */
  readonly nextChangeMs?: number;
}

export interface StatusState {
  readonly requests: readonly AccessRequest[];
  readonly grants: readonly Grant[];
  readonly now: number;
  /** From here on it warns, milliseconds before the nearest end: the first of the warnings. */
  readonly warnBelowMs: number;
}

/** What the status bar says; undefined when there is nothing to say. The end that is nearest wins over what still waits. */
export function statusText(l10n: Localizer, state: StatusState): StatusText | undefined {
  const active = state.grants
    .filter(grant => grant.phase === 'active')
    .sort((a, b) => (a.effectiveEndsAt ?? Infinity) - (b.effectiveEndsAt ?? Infinity));
  const waiting = waitingTexts(l10n, state);
  const nearest = active[0];
  if (nearest) return activeText(l10n, { ...state, active, nearest, waiting });
  const first = waiting[0];
  if (!first) return undefined;
  return {
    text: `$(${first.stuck ? 'warning' : 'sync~spin'}) ${first.label}: ${first.short}`,
    tooltip: waiting.map(({ label, long }) => l10n.t('{0}: {1}', label, long)).join('\n'),
    spoken: l10n.t('{0}, {1}', first.label, first.long),
  };
}

interface WaitingText {
  readonly label: string;
  readonly short: string;
  readonly long: string;
  /** Nothing goes on until somebody does something. */
  readonly stuck?: boolean;
}

/** Everything that is under way, what is nearest to its goal first. */
function waitingTexts(l10n: Localizer, { grants, requests }: StatusState): readonly WaitingText[] {
  const texts: WaitingText[] = [];
  for (const { phase, target, lastProblemCode } of grants) {
    const { label } = target;
    if (phase !== 'provisioning') continue;
    if (lastProblemCode === 'signed-out') {
      const long = l10n.t('approved, but you are signed out of AWS');
      texts.push({ label, short: l10n.t('sign in to use it'), long, stuck: true });
    } else {
      texts.push({ label, short: l10n.t('setting up'), long: l10n.t('approved, being set up in AWS') });
    }
  }
  for (const { id, phase, target, problem } of requests) {
    if (phase === 'approved' && !grants.some(({ requestId }) => requestId === id)) {
      texts.push({ label: target.label, short: l10n.t('approved'), long: l10n.t('approved') });
    }
    if (phase !== 'submitting' && phase !== 'submitted' && phase !== 'pending') continue;
    const long = problem
      ? l10n.t('waiting for approval; it cannot be followed right now')
      : l10n.t('waiting for approval');
    texts.push({ label: target.label, short: l10n.t('waiting'), long });
  }
  for (const { phase, target } of grants) {
    if (phase !== 'ending') continue;
    texts.push({ label: target.label, short: l10n.t('giving back'), long: l10n.t('being given back') });
  }
  return texts;
}

function activeText(
  l10n: Localizer,
  state: StatusState & {
    readonly active: readonly Grant[];
    readonly nearest: Grant;
    readonly waiting: readonly WaitingText[];
  },
): StatusText {
  const { active, nearest, waiting, now, warnBelowMs } = state;
  const { label } = nearest.target;
  const emergency = active.some(grant => grant.breakGlass);
  const left = nearest.effectiveEndsAt === undefined ? undefined : Math.max(0, nearest.effectiveEndsAt - now);
  const time = left === undefined ? '' : remainingText(l10n, left);
  const isLast = left !== undefined && left <= warnBelowMs;
  const what = active.length === 1 ? label : l10n.t('{0} grants', active.length);
  const background = emergency ? 'emergency' : isLast ? 'warning' : undefined;
  return {
    text: [
      emergency ? `$(flame) ${l10n.t('Break-glass')}` : `$(${isLast ? 'warning' : 'unlock'})`,
      what,
      ...(time ? (active.length === 1 ? [time] : ['·', time]) : []),
    ].join(' '),
    tooltip: [
      ...active.map(grant => endLine(l10n, grant)),
      ...waiting.map(({ label: name, long }) => l10n.t('{0}: {1}', name, long)),
    ].join('\n'),
    spoken: spokenActive(l10n, { count: active.length, label, left, emergency }),
    ...(background ? { background } : {}),
    ...(left === undefined
      ? {}
      : { nextChangeMs: left > SECONDS_SHOWN_BELOW_MS ? left % 60_000 || 60_000 : left % 1000 || 1000 }),
  };
}

function spokenActive(
  l10n: Localizer,
  state: { count: number; label: string; left: number | undefined; emergency: boolean },
): string {
  const { count, label, left, emergency } = state;
  const sentence =
    count > 1
      ? left === undefined
        ? l10n.t('{0} grants', count)
        : l10n.t('{0} grants, the next ends in {1}', count, spokenRemaining(l10n, left))
      : left === undefined
        ? l10n.t('{0} access', label)
        : l10n.t('{0} access, {1} left', label, spokenRemaining(l10n, left));
  return emergency ? l10n.t('Break-glass: {0}', sentence) : sentence;
}

/** One line of the tooltip: when it ends, and what bounds it where that is not the grant itself. */
function endLine(l10n: Localizer, grant: Grant): string {
  const { label } = grant.target;
  const name = grant.breakGlass ? l10n.t('{0} (break-glass)', label) : label;
  if (grant.effectiveEndsAt === undefined) return l10n.t('{0} is active until it is ended', name);
  const time = timeOfDay(grant.effectiveEndsAt);
  if (grant.boundBy !== undefined && grant.boundBy !== 'grant')
    return l10n.t('{0}: ends at {1}, bound by {2}', name, time, boundText(l10n, grant.boundBy));
  return grant.earliestEndsAt === undefined
    ? l10n.t('{0}: ends at {1}', name, time)
    : l10n.t('{0}: ends at {1} at the latest', name, time);
}
