import type { Flow } from '../../../access/flow';
import type { Favourite } from '../../../access/requestMemory';
import { reviewState, type ReviewItem } from '../../../access/reviewItem';
import { EMERGENCY_ICON, type AccessSubject } from './accessTreeModel';
import { contentHint } from '../requests/formRecall';
import type { Localizer } from '../localizer';
import { reviewFacts } from '../requests/reviewText';
import type { Row } from '../row';

export interface FavouriteSubject {
  readonly kind: 'favourite' | 'favourites';
  /** Of a favourite. */
  readonly favourite?: string;
}

/** The reviews that are due, first of all others: each stays until somebody has written what was done. */
export function reviewRows(l10n: Localizer, items: readonly ReviewItem[]): Row<AccessSubject>[] {
  return items
    .filter(item => reviewState(item) === 'due')
    .map(item => ({
      id: `review ${item.requestId}`,
      label: l10n.t('Review: {0}', item.targetLabel),
      description: l10n.t('write down what was done'),
      icon: EMERGENCY_ICON,
      tooltip: {
        title: l10n.t('Review of break-glass access: {0}', item.targetLabel),
        facts: reviewFacts(l10n, item),
      },
      capabilities: ['review'],
      spoken: l10n.t('Review of break-glass access {0} is due: write down what was done', item.targetLabel),
      command: { id: 'jitAccess.review.complete', title: l10n.t('Complete Review…') },
      subject: { kind: 'access', requestId: item.requestId },
    }));
}

/** What was saved to be asked for again. */
export function favouriteRows(
  l10n: Localizer,
  favourites: readonly Favourite[],
  flows: readonly Flow[],
): Row<FavouriteSubject>[] {
  if (favourites.length === 0) return [];
  const rows = favourites.map((favourite): Row<FavouriteSubject> => {
    const hint = contentHint(l10n, favourite.content, flows);
    return {
      id: `favourite ${favourite.name}`,
      label: favourite.name,
      description: hint,
      icon: { id: 'star-full' },
      capabilities: ['favourite'],
      spoken: l10n.t('Favourite {0}: {1}', favourite.name, hint),
      command: { id: 'jitAccess.access.requestFavourite', title: l10n.t('Request a Favourite') },
      subject: { kind: 'favourite', favourite: favourite.name },
    };
  });
  return [
    {
      id: 'favourites',
      label: l10n.t('Favourites'),
      icon: { id: 'star-empty' },
      capabilities: ['favourites'],
      spoken: l10n.t('Favourites'),
      expansion: 'collapsed',
      children: () => rows,
      subject: { kind: 'favourites' },
    },
  ];
}
