import { parseDuration } from '../../../access/duration';
import type { Flow, PromptField } from '../../../access/flow';
import { REASON_LENGTH, type FieldProblem } from '../../../access/requestForm';
import type { FormField } from '../../../shared/requestPanel';
import type { Localizer } from '../localizer';
import { spanText } from '../timeText';

/** So many answers are shown side by side; more go into a list. */
const SHOWN_SIDE_BY_SIDE = 6;

/** A question of the flow as the page asks it. */
export function formField(l10n: Localizer, field: PromptField): FormField {
  const base = {
    name: field.name,
    label: field.label,
    required: field.required,
    ...(field.required || field.type === 'bool' ? {} : { optionalText: l10n.t('(optional)') }),
    ...(field.when ? { conditional: true as const } : {}),
  };
  const start = startOf(field);
  const initial = start === undefined ? {} : { initial: start };
  if (field.allowedValues && field.allowedValues.length > 0) {
    const options = field.allowedValues.map(value => ({
      value,
      label: field.type === 'duration' ? durationLabel(l10n, value) : String(value),
    }));
    if (isList(field)) return { ...base, kind: 'checks', options, ...initial };
    return {
      ...base,
      kind: options.length > SHOWN_SIDE_BY_SIDE ? 'select' : 'segments',
      options,
      ...initial,
    };
  }
  switch (field.type) {
    case 'bool':
      return { ...base, kind: 'check', ...initial };
    case 'int':
      return { ...base, kind: 'whole', hint: l10n.t('A whole number.'), ...initial };
    case 'duration':
      return { ...base, kind: 'line', hint: l10n.t('Such as 30m, 1h or 1d.'), ...initial };
    case 'slack_user':
      return { ...base, kind: 'line', hint: l10n.t('A Slack user or e-mail address.'), ...initial };
    case 'slack_user_list':
      return {
        ...base,
        kind: 'line',
        hint: l10n.t('Slack users or e-mail addresses, separated by commas.'),
        ...initial,
      };
    case 'int_list':
      return { ...base, kind: 'line', hint: l10n.t('Whole numbers, separated by commas.'), ...initial };
    case 'str_list':
      return { ...base, kind: 'line', hint: l10n.t('Several, separated by commas.'), ...initial };
    case 'string':
      return field.name === 'reason'
        ? { ...base, kind: 'lines', maxLength: REASON_LENGTH.max, ...initial }
        : { ...base, kind: 'line', ...initial };
  }
}

/** What the questions of a flow show before anybody has touched them, by name. */
export function startValues(flow: Flow): Readonly<Record<string, string | number | boolean>> {
  const starts = flow.fields.flatMap(field => {
    const start = field.visible ? startOf(field) : undefined;
    return start === undefined ? [] : [[field.name, start] as const];
  });
  return Object.fromEntries(starts);
}

function startOf(field: PromptField): string | number | boolean | undefined {
  const allowed = field.allowedValues ?? [];
  if (field.default !== undefined) return writtenDefault(field, allowed) ?? field.default;
  if (isList(field)) return undefined;
  // The first duration is the form's default: flows name the shortest first, and less is safer than more.
  return allowed.length === 1 || field.type === 'duration' ? allowed[0] : undefined;
}

/** What is wrong with an answer, and what would be right. */
export function problemText(l10n: Localizer, flow: Flow, problem: FieldProblem): string {
  const field = flow.fields.find(candidate => candidate.name === problem.field);
  switch (problem.rule) {
    case 'required':
      return field?.allowedValues ? l10n.t('Choose an answer.') : l10n.t('This needs an answer.');
    case 'type':
      return field ? expectedText(l10n, field) : l10n.t('This cannot be read.');
    case 'too-long':
      return l10n.t('At most {0} characters.', REASON_LENGTH.max);
    case 'not-allowed':
      return l10n.t('The flow does not allow this answer.');
    case 'unknown-target':
      return l10n.t('Your settings no longer have this target.');
  }
}

function expectedText(l10n: Localizer, { type }: PromptField): string {
  switch (type) {
    case 'int':
      return l10n.t('Write a whole number, such as 3.');
    case 'int_list':
      return l10n.t('Write whole numbers, separated by commas.');
    case 'duration':
      return l10n.t('Write a duration such as 30m, 1h or 1d.');
    case 'bool':
      return l10n.t('Choose yes or no.');
    case 'string':
    case 'slack_user':
      return l10n.t('Write one answer.');
    case 'slack_user_list':
    case 'str_list':
      return l10n.t('Write the answers separated by commas.');
  }
}

export function durationLabel(l10n: Localizer, value: string | number): string {
  const seconds = typeof value === 'number' ? value : parseDuration(value);
  return seconds === undefined ? String(value) : spanText(l10n, seconds);
}

function isList({ type }: PromptField): boolean {
  return type === 'slack_user_list' || type === 'str_list' || type === 'int_list';
}

/** The default may be written in another way than among the choices: `60m` for `1h`. */
function writtenDefault(
  field: PromptField,
  allowed: readonly (string | number)[],
): string | number | undefined {
  const seconds = (value: unknown) => (typeof value === 'string' ? parseDuration(value) : value);
  return allowed.find(value =>
    field.type === 'duration'
      ? seconds(value) === seconds(field.default)
      : String(value) === String(field.default),
  );
}
