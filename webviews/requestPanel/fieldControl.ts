import type { FormField } from '../../src/shared/requestPanel';
import { el } from './dom';

type Scalar = string | number | boolean;

/** One question of the form, with its control, counter, hint and place for what is wrong. */
export interface FieldControl {
  readonly element: HTMLElement;
  /** As typed. */
  readonly value: () => Scalar | undefined;
  /** As the host wants it: lists as lists. */
  readonly answer: () => Scalar | string[] | undefined;
  readonly setProblem: (text: string | undefined) => void;
  readonly focus: () => void;
}

export function fieldControl(
  field: FormField,
  initial: Scalar | undefined,
  onInput: () => void,
): FieldControl {
  const id = `field-${field.name}`;
  const problem = el('div', { class: 'problem', id: `${id}-problem`, role: 'alert' });
  const label = el('div', { class: 'label', id: `${id}-label` }, field.label);
  if (field.optionalText) label.append(el('span', { class: 'optional' }, ` ${field.optionalText}`));
  const footer = el('div', { class: 'field-footer' });
  if (field.hint) footer.append(el('span', { class: 'hint' }, field.hint));
  const start = initial ?? field.initial;
  const control = makeControl(field, id, start, onInput, footer);
  const element = el(
    'div',
    { class: 'field', 'data-field': field.name },
    label,
    control.element,
    footer,
    problem,
  );
  return {
    element,
    value: control.value,
    answer: () => {
      const value = control.value();
      return field.kind === 'list' && typeof value === 'string'
        ? value
            .split(',')
            .map(part => part.trim())
            .filter(part => part !== '')
        : value;
    },
    setProblem(text) {
      problem.textContent = text ?? '';
      element.classList.toggle('invalid', text !== undefined);
      control.setInvalid(text !== undefined);
    },
    focus: control.focus,
  };
}

interface Control {
  readonly element: HTMLElement;
  readonly value: () => Scalar | undefined;
  readonly setInvalid: (invalid: boolean) => void;
  readonly focus: () => void;
}

function makeControl(
  field: FormField,
  id: string,
  initial: Scalar | undefined,
  onInput: () => void,
  footer: HTMLElement,
): Control {
  switch (field.kind) {
    case 'choice':
      return choiceControl(field, id, initial, onInput);
    case 'check': {
      const box = el('vscode-checkbox', { id, checked: initial === true });
      box.label = field.label;
      box.addEventListener('change', onInput);
      return {
        element: box,
        value: () => box.checked,
        setInvalid: invalid => (box.invalid = invalid),
        focus: () => box.focus(),
      };
    }
    case 'lines': {
      const area = el('vscode-textarea', { id, rows: '3', resize: 'vertical' });
      area.label = field.label;
      area.value = initial === undefined ? '' : String(initial);
      if (field.maxLength !== undefined) {
        const { maxLength } = field;
        area.maxLength = maxLength;
        const counter = el('span', { class: 'counter' });
        const count = () => (counter.textContent = `${area.value.length}/${maxLength}`);
        area.addEventListener('input', count);
        count();
        footer.append(counter);
      }
      area.addEventListener('input', onInput);
      return {
        element: area,
        value: () => area.value,
        setInvalid: invalid => (area.invalid = invalid),
        focus: () => area.focus(),
      };
    }
    case 'line':
    case 'list':
    case 'number': {
      const input = el('vscode-textfield', { id, type: field.kind === 'number' ? 'number' : 'text' });
      input.label = field.label;
      input.value = initial === undefined ? '' : String(initial);
      input.addEventListener('input', onInput);
      return {
        element: input,
        value: () => (field.kind === 'number' && input.value !== '' ? Number(input.value) : input.value),
        setInvalid: invalid => (input.invalid = invalid),
        focus: () => input.focus(),
      };
    }
  }
}

/** A few answers are shown side by side; many go into a list. */
const SHOWN_SIDE_BY_SIDE = 5;

function choiceControl(
  field: FormField,
  id: string,
  initial: Scalar | undefined,
  onInput: () => void,
): Control {
  const options = field.options ?? [];
  if (options.length > SHOWN_SIDE_BY_SIDE) {
    const select = el('vscode-single-select', { id });
    select.label = field.label;
    if (initial === undefined) select.append(el('vscode-option', { value: '' }, ''));
    for (const option of options) {
      select.append(
        el(
          'vscode-option',
          { value: String(option.value), selected: option.value === initial },
          option.label,
        ),
      );
    }
    select.addEventListener('change', onInput);
    return {
      element: select,
      value: () => options.find(option => String(option.value) === select.value)?.value,
      setInvalid: invalid => (select.invalid = invalid),
      focus: () => select.focus(),
    };
  }
  const group = el('vscode-radio-group', { id, 'aria-labelledby': `${id}-label` });
  const radios = options.map(option => {
    const radio = el('vscode-radio', {
      name: id,
      value: String(option.value),
      checked: option.value === initial,
    });
    radio.label = option.label;
    group.append(radio);
    return { radio, value: option.value };
  });
  group.addEventListener('change', onInput);
  return {
    element: group,
    value: () => radios.find(({ radio }) => radio.checked)?.value,
    setInvalid: invalid => radios.forEach(({ radio }) => (radio.invalid = invalid)),
    focus: () => radios[0]?.radio.focus(),
  };
}
