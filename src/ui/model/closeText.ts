import type { CloseReason } from '../../ssm/closeReason';
import type { Localizer } from './localizer';
import { timeOfDay } from './timeText';

/** Why a session is over, as one sentence for its terminal. */
export function closeText(l10n: Localizer, reason: CloseReason, roleLabel: string, atMs: number): string {
  const sentence = words(l10n, reason, roleLabel, atMs);
  return reason.message && !SELF_EXPLAINED.has(reason.kind) ? `${sentence} ${reason.message}` : sentence;
}

/** Kinds whose sentence holds the message already, or whose message adds nothing. */
const SELF_EXPLAINED: ReadonlySet<CloseReason['kind']> = new Set(['user', 'grant-ended', 'remote-exit']);

function words(l10n: Localizer, reason: CloseReason, roleLabel: string, atMs: number): string {
  switch (reason.kind) {
    case 'user':
      return l10n.t('Ended by you.');
    case 'grant-ended':
      return (
        reason.message ?? l10n.t('Ended: your {0} access is over since {1}.', roleLabel, timeOfDay(atMs))
      );
    case 'remote-exit':
      return reason.exitCode === undefined
        ? l10n.t('The shell ended.')
        : l10n.t('The command ended with status {0}.', reason.exitCode);
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
