import { instanceLabel } from '../../../access/instance';
import { hostInUrl } from './forwardAddress';
import type { ForwardTo, LiveSession } from './liveSession';
import type { Localizer } from '../localizer';
import type { Row } from '../row';
import { wantsSignIn } from './sessionTeller';
import { ageText, bytesText } from '../timeText';

export interface SessionSubject {
  readonly kind: 'session';
  readonly sessionId: string;
}

/** Open shells and forwards, newest first. */
export function sessionRows(
  l10n: Localizer,
  sessions: readonly LiveSession[],
  now: number,
): Row<SessionSubject>[] {
  return sessions.map(session => {
    const label = sessionLabel(session);
    const description = [trouble(l10n, session), ...numbers(l10n, session, now)].filter(Boolean).join(' · ');
    const forwarded = session.kind === 'forward';
    return {
      id: session.id,
      label,
      description,
      icon: icon(session),
      tooltip: {
        title: label,
        facts: [
          [l10n.t('Instance'), `${instanceLabel(session.instance)} (${session.instance.id})`],
          ...(session.forward?.to.host
            ? ([[l10n.t('Host'), `${session.forward.to.host}:${session.forward.to.port}`]] as const)
            : []),
          [l10n.t('Through'), session.role.label],
          [l10n.t('Open for'), ageText(l10n, now - session.startedAt)],
          ...(session.bytes
            ? ([
                [l10n.t('Sent'), bytesText(session.bytes.sent)],
                [l10n.t('Received'), bytesText(session.bytes.received)],
              ] as const)
            : ([[l10n.t('Carried by'), 'session-manager-plugin']] as const)),
          [l10n.t('Session'), session.id],
        ],
        ...(forwarded
          ? { notes: [l10n.t('AWS records that this tunnel was open, not what went through it.')] }
          : {}),
      },
      capabilities: ['session', 'end', session.kind, ...(forwarded ? ['address'] : [])],
      spoken: [`${forwarded ? l10n.t('Forwarded port') : l10n.t('Shell')} ${label}`, description]
        .filter(Boolean)
        .join(', '),
      command: { id: 'jitAccess.session.show', title: l10n.t('Show Session Terminal') },
      subject: { kind: 'session', sessionId: session.id },
    };
  });
}

/** `web-1`, or `mydb.example:3306 → localhost:3306`. */
export function sessionLabel(session: Pick<LiveSession, 'kind' | 'instance' | 'forward'>): string {
  const { forward } = session;
  if (!forward) return instanceLabel(session.instance);
  return `${forwardTarget(session, forward.to)} → ${hostInUrl(forward.localHost)}:${forward.localPort}`;
}

/** Short enough for a tree and a tab: of a long host name the first part, which people go by. */
export function forwardTarget(session: Pick<LiveSession, 'instance'>, to: ForwardTo): string {
  return `${to.host === undefined ? instanceLabel(session.instance) : shortHost(to.host)}:${to.port}`;
}

function shortHost(host: string): string {
  const isAddress = /^[\d.]+$/.test(host) || host.includes(':');
  return isAddress ? host : (host.split('.')[0] ?? host);
}

/** The state is in the words too; the icon only helps to find it. */
function icon(session: LiveSession): Row<SessionSubject>['icon'] {
  if (session.phase === 'connected') return { id: session.kind === 'forward' ? 'arrow-swap' : 'terminal' };
  if (session.phase === 'stale' || wantsSignIn(session.problem)) return { id: 'warning' };
  return { id: 'sync~spin' };
}

function trouble(l10n: Localizer, session: LiveSession): string | undefined {
  switch (session.phase) {
    case 'starting':
      return l10n.t('connecting');
    case 'stale':
      return l10n.t('no answer');
    case 'resuming':
      return wantsSignIn(session.problem) ? l10n.t('waiting for you to sign in') : l10n.t('resuming');
    case 'closing':
      return l10n.t('ending');
    default:
      return undefined;
  }
}

function numbers(l10n: Localizer, session: LiveSession, now: number): string[] {
  const parts: string[] = [];
  if (session.forward?.connections) {
    const { active, total } = session.forward.connections;
    parts.push(total === 1 ? l10n.t('1 connection') : l10n.t('{0} connections', total));
    if (active > 0) parts.push(l10n.t('{0} open', active));
  } else {
    if (now - session.startedAt >= 60_000) parts.push(ageText(l10n, now - session.startedAt));
    if (session.bytes) parts.push(bytesText(session.bytes.sent + session.bytes.received));
    else parts.push('session-manager-plugin');
  }
  if (session.resumed > 0) {
    parts.push(session.resumed === 1 ? l10n.t('resumed once') : l10n.t('resumed {0} times', session.resumed));
  }
  return parts;
}
