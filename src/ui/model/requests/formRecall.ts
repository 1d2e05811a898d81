import type { Flow } from '../../../access/flow';
import type { Favourite, FormContent } from '../../../access/requestMemory';
import type { FormChoice, Recall, Remembered } from '../../../shared/requestPanel';
import { durationLabel } from './formFields';
import type { Localizer } from '../localizer';

export interface RecallState {
  readonly last: readonly FormContent[];
  readonly favourites: readonly Favourite[];
  readonly reasons: readonly string[];
}

const LONGEST_HINT = 48;

/** What was asked for before, as far as it can be chosen in this form. */
export function formRecall(
  l10n: Localizer,
  { last, favourites, reasons }: RecallState,
  flows: readonly Flow[],
  choices: readonly FormChoice[],
): Recall {
  const fits = (content: FormContent) =>
    choices.some(({ flowId, targetId }) => flowId === content.flowId && targetId === content.targetId);
  return {
    last: last.filter(fits).map(content => ({
      ...remembered(l10n, content, flows),
      label: l10n.t('Same as last time'),
      note: l10n.t('Filled in as you asked last time.'),
    })),
    favourites: favourites
      .filter(({ content }) => fits(content))
      .map(({ name, content }) => ({
        ...remembered(l10n, content, flows),
        label: name,
        note: l10n.t('Filled in from “{0}”.', name),
      })),
    reasons,
  };
}

function remembered(
  l10n: Localizer,
  content: FormContent,
  flows: readonly Flow[],
): Pick<Remembered, 'draft' | 'hint'> {
  return { draft: draftOf(content), hint: contentHint(l10n, content, flows) };
}

/** `FrontEnd SSH · 30 min · checking the stuck deploy` */
export function contentHint(l10n: Localizer, content: FormContent, flows: readonly Flow[]): string {
  const flow = flows.find(({ id }) => id === content.flowId);
  const target = flow?.targets.find(({ id }) => id === content.targetId);
  const { reason, duration } = content.values;
  return [
    target?.label ?? content.targetId,
    typeof duration === 'string' || typeof duration === 'number' ? durationLabel(l10n, duration) : '',
    typeof reason === 'string' ? shortened(reason) : '',
  ]
    .filter(part => part !== '')
    .join(' · ');
}

export function draftOf({ values, ...content }: FormContent): Remembered['draft'] {
  const copied = Object.entries(values).map(([name, value]) => [
    name,
    typeof value === 'object' ? [...value] : value,
  ]);
  return { ...content, values: Object.fromEntries(copied) as Remembered['draft']['values'] };
}

function shortened(text: string): string {
  const characters = [...text.trim().replaceAll(/\s+/g, ' ')];
  return characters.length <= LONGEST_HINT
    ? characters.join('')
    : `${characters
        .slice(0, LONGEST_HINT - 1)
        .join('')
        .trimEnd()}…`;
}
