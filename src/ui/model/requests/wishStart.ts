import type { AccessWish } from '../../../access/accessWish';
import type { FlowTarget } from '../../../access/flow';
import { singleValue } from '../../../access/requestForm';
import type { FormView } from '../../../shared/requestPanel';
import { draftOf } from './formRecall';
import type { Localizer } from '../localizer';

/** What the form begins with for a wish from elsewhere; undefined when there is nothing to fill in. */
export function wishStart(
  l10n: Localizer,
  { reason, duration }: AccessWish,
  { flow, target }: FlowTarget,
): FormView['start'] {
  const values: Record<string, string | number> = {};
  const notes: string[] = [];
  if (reason !== undefined) values['reason'] = reason;
  if (duration !== undefined) {
    const field = flow.fields.find(({ name }) => name === 'duration');
    const wanted = field && singleValue(field, duration);
    if (wanted === undefined) notes.push(l10n.t('{0} cannot be asked for here.', duration));
    // As the flow writes it, so that `60m` chooses `1h`.
    else {
      values['duration'] =
        field?.allowedValues?.find(value => singleValue(field, value) === wanted) ?? duration;
    }
  }
  if (Object.keys(values).length > 0) {
    notes.unshift(l10n.t('Filled in by what led here. Read it before you send it.'));
  }
  if (notes.length === 0) return undefined;
  return {
    note: notes.join(' '),
    draft: draftOf({
      flowId: flow.id,
      targetId: target.id,
      values,
      whenActive: 'nothing',
      forward: '',
      localPort: '',
    }),
  };
}
