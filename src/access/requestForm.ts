import { durationWords, formatDuration, parseDuration } from './duration';
import type { Flow, PromptField } from './flow';
import type { FieldValue, RequestDraft } from './request';

/**
 * The fewest and most characters of a reason. AWS's StartAccessRequest takes 1 to 256, and no broker is given more, so that a reason can
 * also travel as the reason of a session.
 */
export const REASON_LENGTH = { min: 1, max: 256 } as const;

export type FieldRule = 'required' | 'type' | 'too-long' | 'not-allowed' | 'unknown-target';

/** What is wrong with one field. `field` is its name, or `target` for the target itself. `message` is English; the UI may word `rule` itself. */
export interface FieldProblem {
  readonly field: string;
  readonly rule: FieldRule;
  readonly message: string;
}

export type FormResult =
  | { readonly ok: true; readonly draft: RequestDraft; readonly durationSeconds?: number }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] };

/**
 * Checks what a page (or a link, or a task) sent against the flow's fields and turns it into a draft: durations become whole
 * seconds, numbers numbers, lists lists, text is trimmed, defaults are filled in, names that the flow does not know are dropped. A
 * hidden field takes its default and nothing else; a field whose condition does not hold is neither required nor kept. At most one
 * problem per field.
 */
export function validateForm(
  flow: Flow,
  targetId: string,
  values: Readonly<Record<string, unknown>>,
): FormResult {
  const problems: FieldProblem[] = [];
  const accepted: Record<string, FieldValue> = {};
  let durationSeconds: number | undefined;
  if (!flow.targets.some(target => target.id === targetId)) {
    problems.push({ field: 'target', rule: 'unknown-target', message: `${flow.label} has no such target` });
  }
  for (const field of flow.fields) {
    if (!isAsked(field, flow.fields, accepted)) continue;
    const outcome = readField(field, givenTo(field, values));
    if ('rule' in outcome) {
      problems.push({ field: field.name, ...outcome });
    } else if (outcome.value !== undefined) {
      accepted[field.name] = outcome.value;
      // Only `duration` is the time asked for; Sym reserves the name. Another duration field is a question like any other.
      if (field.type === 'duration' && field.name === 'duration') durationSeconds = Number(outcome.value);
    }
  }
  if (problems.length > 0) return { ok: false, problems };
  const draft: RequestDraft = { flowId: flow.id, targetId, values: accepted };
  return durationSeconds === undefined ? { ok: true, draft } : { ok: true, draft, durationSeconds };
}

/**
 * The names of the questions that are asked while the form stands like this, in their order. What cannot be read yet, because somebody
 * is still typing, answers nothing.
 */
export function askedFields(flow: Flow, values: Readonly<Record<string, unknown>>): readonly string[] {
  const answers: Record<string, FieldValue> = {};
  const asked: string[] = [];
  for (const field of flow.fields) {
    if (!isAsked(field, flow.fields, answers)) continue;
    if (field.visible) asked.push(field.name);
    const outcome = readField(field, givenTo(field, values));
    if (!('rule' in outcome) && outcome.value !== undefined) answers[field.name] = outcome.value;
  }
  return asked;
}

/**
 * Whether a field's condition holds for the answers to the fields before it, as a draft holds them. Without an answer to the other
 * question, because it was left out or is itself not asked, it does not.
 */
export function isAsked(
  field: PromptField,
  fields: readonly PromptField[],
  answers: Readonly<Record<string, FieldValue>>,
): boolean {
  const { when } = field;
  if (!when) return true;
  const other = fields.find(candidate => candidate.name === when.field);
  const answer = Object.hasOwn(answers, when.field) ? answers[when.field] : undefined;
  if (!other || answer === undefined) return false;
  const parts: readonly (string | number | boolean)[] = isList(answer) ? answer : [answer];
  return when.equals.some(value => {
    const wanted = singleValue(other, value);
    return wanted !== undefined && parts.includes(wanted);
  });
}

/** One value as a draft would hold it, or one member of a list: what a condition compares with. `undefined` when the field cannot have it. */
export function singleValue(field: PromptField, value: unknown): string | number | boolean | undefined {
  if (field.type === 'bool') return typeof value === 'boolean' ? value : undefined;
  const found = scalar(field, value);
  if (found === undefined || !field.allowedValues) return found;
  return allowedFieldValues(field).includes(found) ? found : undefined;
}

/**
 * What was accepted, as it would be typed or chosen again: durations as the flow writes them (`30m`), lists with choices as lists, others
 * with commas.
 */
export function typedValues(
  fields: readonly PromptField[],
  accepted: Readonly<Record<string, FieldValue>>,
): Readonly<Record<string, FieldValue>> {
  const typed: Record<string, FieldValue> = {};
  for (const field of fields) {
    const value = Object.hasOwn(accepted, field.name) ? accepted[field.name] : undefined;
    if (value === undefined || !field.visible) continue;
    if (field.type === 'duration' && typeof value === 'number') {
      const written = field.allowedValues?.find(candidate => scalar(field, candidate) === value);
      typed[field.name] = written ?? formatDuration(value);
    } else {
      typed[field.name] = isList(value) && !field.allowedValues ? value.join(', ') : value;
    }
  }
  return typed;
}

/** The value a field shows before anyone has touched it: its default, or the only allowed value. Durations are in seconds. */
export function initialValue(field: PromptField): FieldValue | undefined {
  const only = field.allowedValues?.length === 1 ? field.allowedValues[0] : undefined;
  const outcome = readField({ ...field, required: false }, field.default ?? only);
  return 'rule' in outcome ? undefined : outcome.value;
}

/** The allowed values of a field as drafts hold them: seconds for durations. Empty when anything of the type goes. */
export function allowedFieldValues(field: PromptField): readonly (string | number)[] {
  return (field.allowedValues ?? []).flatMap(value => scalar(field, value) ?? []);
}

type Outcome =
  { readonly value: FieldValue | undefined } | { readonly rule: FieldRule; readonly message: string };

/** What was given to a field, or its default. Nothing is taken for a hidden field. */
function givenTo(field: PromptField, values: Readonly<Record<string, unknown>>): unknown {
  const given = field.visible && Object.hasOwn(values, field.name) ? values[field.name] : undefined;
  return isBlank(given) ? field.default : given;
}

function isBlank(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    (typeof value === 'string' && value.trim() === '') ||
    (Array.isArray(value) && value.length === 0)
  );
}

function readField(field: PromptField, given: unknown): Outcome {
  if (isBlank(given)) {
    if (!field.required) return { value: undefined };
    return { rule: 'required', message: `${field.label}: please fill this in` };
  }
  const value = parse(field, given);
  if (value === undefined) return { rule: 'type', message: `${field.label}: ${EXPECTED[field.type]}` };
  if (field.name === 'reason' && typeof value === 'string' && [...value].length > REASON_LENGTH.max) {
    return { rule: 'too-long', message: `${field.label}: at most ${REASON_LENGTH.max} characters` };
  }
  const allowed = allowedFieldValues(field);
  const parts: readonly (string | number | boolean)[] = isList(value) ? value : [value];
  if (field.allowedValues && !parts.every(part => allowed.some(candidate => candidate === part))) {
    const choice = allowed.map(candidate =>
      field.type === 'duration' ? durationWords(Number(candidate)) : String(candidate),
    );
    return { rule: 'not-allowed', message: `${field.label}: choose one of ${choice.join(', ')}` };
  }
  return { value };
}

const EXPECTED: Readonly<Record<PromptField['type'], string>> = {
  string: 'enter text',
  int: 'enter a whole number',
  bool: 'choose yes or no',
  duration: `enter a duration such as ${formatDuration(1800)} or ${formatDuration(3600)}`,
  slack_user: 'enter one person',
  slack_user_list: 'enter people, separated by commas',
  str_list: 'enter words, separated by commas',
  int_list: 'enter whole numbers, separated by commas',
};

function parse(field: PromptField, given: unknown): FieldValue | undefined {
  switch (field.type) {
    case 'bool':
      if (typeof given === 'boolean') return given;
      return given === 'true' ? true : given === 'false' ? false : undefined;
    case 'string':
    case 'slack_user':
    case 'int':
    case 'duration':
      return scalar(field, given);
    case 'slack_user_list':
    case 'str_list':
      return list(given, part => scalar(field, part)) as readonly string[] | undefined;
    case 'int_list':
      return list(given, part => scalar(field, part)) as readonly number[] | undefined;
  }
}

/** One value, or one member of a list. */
function scalar(field: PromptField, given: unknown): string | number | undefined {
  switch (field.type) {
    case 'int':
    case 'int_list':
      return wholeNumber(given);
    case 'duration': {
      const seconds =
        typeof given === 'string' ? (parseDuration(given) ?? wholeNumber(given)) : wholeNumber(given);
      return seconds !== undefined && seconds > 0 ? seconds : undefined;
    }
    default:
      return typeof given === 'string' && given.trim() !== '' ? given.trim() : undefined;
  }
}

function wholeNumber(given: unknown): number | undefined {
  const value =
    typeof given === 'string' && /^\s*[+-]?\d+\s*$/.test(given)
      ? Number(given)
      : typeof given === 'number'
        ? given
        : undefined;
  return value !== undefined && Number.isSafeInteger(value) ? value : undefined;
}

function list<T>(given: unknown, member: (part: unknown) => T | undefined): readonly T[] | undefined {
  const parts: readonly unknown[] | undefined = Array.isArray(given)
    ? given
    : typeof given === 'string'
      ? given.split(',').filter(part => part.trim() !== '')
      : undefined;
  const members = parts?.map(member);
  return members && members.length > 0 && members.every(part => part !== undefined) ? members : undefined;
}

function isList(value: FieldValue): value is readonly string[] | readonly number[] {
  return Array.isArray(value);
}
