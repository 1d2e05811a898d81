import type { Localizer } from '../localizer';

/** "1 instance", "12 instances". */
export function instancesText(l10n: Localizer, count: number): string {
  return count === 1 ? l10n.t('1 instance') : l10n.t('{0} instances', count);
}
