import type { Grant } from '../../../access/grant';
import type { Localizer } from '../localizer';
import { timeOfDay } from '../timeText';

/** Why the sessions of a grant were ended, for their terminals. */
export function grantEndText(l10n: Localizer, grant: Grant, now: number): string {
  const { label } = grant.target;
  const time = timeOfDay(grant.endedAt ?? now);
  switch (grant.endReason) {
    case 'expired':
      return l10n.t('Ended: your {0} access ran out at {1}.', label, time);
    case 'revoked':
      return l10n.t('Ended: your {0} access was revoked at {1}.', label, time);
    case 'given-back':
      return l10n.t('Ended: your {0} access was given back at {1}.', label, time);
    case undefined:
      return grant.phase === 'ending'
        ? l10n.t('Ended: your {0} access was given back at {1}.', label, time)
        : l10n.t('Ended: your {0} access is over since {1}.', label, time);
    default:
      return l10n.t('Ended: your {0} access is over since {1}.', label, time);
  }
}
