import type { CloseReason } from '../../../ssm/closeReason';
import type { Localizer } from '../localizer';
import { timeOfDay } from '../timeText';

/** What is known of the session that is over. */
export interface EndedSession {
  readonly roleLabel: string;
  readonly kind: 'shell' | 'forward';
  /** Epoch milliseconds of the end. */
  readonly atMs: number;
}

/** Why a session is over, as one or two sentences for its terminal. */
export function closeText(l10n: Localizer, reason: CloseReason, ended: EndedSession): string {
  const sentence = words(l10n, reason, ended);
  return reason.message && ADDS_WORDS.has(reason.kind) ? `${sentence} ${reason.message}` : sentence;
}

/** Kinds whose own sentence leaves something open that the service's or the failure's words answer. */
const ADDS_WORDS: ReadonlySet<CloseReason['kind']> = new Set([
  'idle-timeout',
  'max-duration',
  'target-stopped',
  'access-revoked',
  'local-port-lost',
  'network',
  'protocol-error',
  'start-failed',
  'service',
]);

function words(l10n: Localizer, reason: CloseReason, { roleLabel, kind, atMs }: EndedSession): string {
  switch (reason.kind) {
    case 'user':
      return l10n.t('Ended by you.');
    case 'grant-ended':
      return (
        reason.message ?? l10n.t('Ended: your {0} access is over since {1}.', roleLabel, timeOfDay(atMs))
      );
    case 'remote-exit':
      if (reason.exitCode !== undefined) return l10n.t('The command ended with status {0}.', reason.exitCode);
      return kind === 'forward'
        ? l10n.t('Ended: the session was closed at AWS or on the instance.')
        : l10n.t('The shell ended.');
    case 'plugin-exit':
      return reason.exitCode === undefined
        ? l10n.t('Ended: session-manager-plugin stopped.')
        : l10n.t('Ended: session-manager-plugin stopped with status {0}.', reason.exitCode);
    case 'idle-timeout':
      return l10n.t('Ended by AWS: nothing happened for too long.');
    case 'max-duration':
      return l10n.t('Ended by AWS: the longest time of a session is over.');
    case 'target-stopped':
      return l10n.t('Ended: the instance was stopped.');
    case 'agent-gone':
      return l10n.t('Ended: the instance’s agent does not answer any more.');
    case 'access-revoked':
      return l10n.t('Ended: AWS no longer lets you use this session.');
    case 'credentials-expired':
      return l10n.t('Ended: your sign-in ran out while the session waited.');
    case 'local-port-lost':
      return l10n.t('Ended: the local port was lost.');
    case 'network':
      return l10n.t('Ended: the network was away for too long.');
    case 'protocol-error':
      return l10n.t('Ended: the session sent something that cannot be understood.');
    case 'start-failed':
      return l10n.t('The session could not be started.');
    case 'service':
      return l10n.t('Ended by AWS.');
  }
}
