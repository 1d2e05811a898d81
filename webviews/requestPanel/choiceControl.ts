import type { FormField } from '../../src/shared/requestPanel';
import type { Answer, Control, ControlIds } from './control';
import { el, icon } from './dom';

type Option = NonNullable<FormField['options']>[number];

/** A question with given answers: side by side, in a list, or any number of them. */
export function choiceControl(
  field: FormField,
  ids: ControlIds,
  initial: Answer | undefined,
  onInput: () => void,
): Control {
  const options = field.options ?? [];
  const isOption = (value: Answer | undefined) => options.some(option => same(option.value, value));
  switch (field.kind) {
    case 'select':
      return selectControl(options, ids, field, isOption(initial) ? initial : field.initial, onInput);
    case 'checks':
      return checksControl(options, ids, Array.isArray(initial) ? initial : [initial], onInput);
    default:
      return segments(options, ids.id, isOption(initial) ? initial : field.initial, onInput);
  }
}

/** Radio buttons that look like one divided button; the chosen one is marked by more than its colour. */
export function segments(
  options: readonly Option[],
  name: string,
  initial: Answer | undefined,
  onInput: () => void,
): Control {
  const radios = options.map(option => {
    const input = el('input', { type: 'radio', name, value: String(option.value) });
    input.checked = same(option.value, initial);
    input.addEventListener('change', onInput);
    return { input, option };
  });
  return {
    element: el(
      'div',
      { class: 'segments' },
      ...radios.map(({ input, option }) =>
        el('label', { class: 'segment' }, input, el('span', {}, icon('check'), option.label)),
      ),
    ),
    value: () => radios.find(({ input }) => input.checked)?.option.value,
    setInvalid: () => undefined,
    focus: () => (radios.find(({ input }) => input.checked) ?? radios[0])?.input.focus(),
  };
}

function selectControl(
  options: readonly Option[],
  { id, describedBy }: ControlIds,
  { required }: FormField,
  initial: Answer | undefined,
  onInput: () => void,
): Control {
  const select = el('select', {
    id,
    'aria-describedby': describedBy,
    'aria-required': String(required),
  });
  const isChosen = options.some(({ value }) => same(value, initial));
  if (!isChosen || !required) select.append(el('option', { value: '' }, ''));
  for (const { value, label } of options) select.append(el('option', { value: String(value) }, label));
  select.value = isChosen ? String(initial) : '';
  select.addEventListener('change', onInput);
  return {
    element: select,
    value: () => options.find(({ value }) => String(value) === select.value)?.value ?? '',
    setInvalid: invalid => select.setAttribute('aria-invalid', String(invalid)),
    focus: () => select.focus(),
  };
}

function checksControl(
  options: readonly Option[],
  { describedBy }: ControlIds,
  initial: readonly (Answer | undefined)[],
  onInput: () => void,
): Control {
  const boxes = options.map(option => {
    const input = el('input', { type: 'checkbox', 'aria-describedby': describedBy });
    input.checked = initial.some(value => same(option.value, value));
    input.addEventListener('change', onInput);
    return { input, option };
  });
  return {
    element: el(
      'div',
      { class: 'checks' },
      ...boxes.map(({ input, option }) =>
        el('label', { class: 'check' }, input, el('span', {}, option.label)),
      ),
    ),
    value: () => boxes.filter(({ input }) => input.checked).map(({ option }) => option.value),
    setInvalid: invalid => boxes.forEach(({ input }) => input.setAttribute('aria-invalid', String(invalid))),
    focus: () => boxes[0]?.input.focus(),
  };
}

function same(option: string | number, value: Answer | undefined): boolean {
  return value !== undefined && !Array.isArray(value) && String(option) === String(value);
}
