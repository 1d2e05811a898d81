import type { FormField } from '../../src/shared/requestPanel';
import { choiceControl } from './choiceControl';
import type { Answer, Control, ControlIds } from './control';
import { el, icon } from './dom';

/** One question of the form, with its control, counter, hint and place for what is wrong. */
export interface FieldControl {
  readonly name: string;
  readonly label: string;
  readonly element: HTMLElement;
  /** As typed or chosen; `undefined` while nothing is chosen. */
  readonly value: () => Answer | undefined;
  readonly setProblem: (text: string | undefined) => void;
  readonly focus: () => void;
}

/** `initial` is what was typed before; where it does not fit the question, the question's own start is taken. */
export function fieldControl(
  field: FormField,
  initial: Answer | undefined,
  onInput: () => void,
  extra?: HTMLElement,
): FieldControl {
  const id = `field-${field.name}`;
  const problem = el('div', { class: 'problem', id: `${id}-problem` });
  const describedBy = [
    ...(field.hint ? [`${id}-hint`] : []),
    ...(field.maxLength === undefined ? [] : [`${id}-counter`]),
    `${id}-problem`,
  ].join(' ');
  const footer = el('div', { class: 'field-footer' });
  if (field.hint) footer.append(el('span', { class: 'hint', id: `${id}-hint` }, field.hint));
  const start = initial ?? field.initial;
  const control = makeControl(field, { id, describedBy }, start, onInput);
  if (field.maxLength !== undefined) footer.append(counter(id, control.element, field.maxLength));
  const name = [
    field.label,
    field.optionalText ? el('span', { class: 'optional' }, ` ${field.optionalText}`) : undefined,
  ];
  const isGroup = field.kind === 'segments' || field.kind === 'checks';
  const element = isGroup
    ? el('fieldset', { class: 'field', 'data-field': field.name }, el('legend', { class: 'label' }, ...name))
    : el('div', { class: 'field', 'data-field': field.name });
  if (!isGroup && field.kind !== 'check') element.append(el('label', { class: 'label', for: id }, ...name));
  if (isGroup) {
    if (field.kind === 'segments') {
      element.setAttribute('role', 'radiogroup');
      element.setAttribute('aria-required', String(field.required));
    }
    element.setAttribute('aria-describedby', describedBy);
    element.id = id;
  }
  element.append(control.element, footer, ...(extra ? [extra] : []), problem);
  return {
    name: field.name,
    label: field.label,
    element,
    value: control.value,
    setProblem(text) {
      problem.replaceChildren(...(text === undefined ? [] : [icon('error'), el('span', {}, text)]));
      element.classList.toggle('invalid', text !== undefined);
      control.setInvalid(text !== undefined);
      if (field.kind === 'segments') element.setAttribute('aria-invalid', String(text !== undefined));
    },
    focus: control.focus,
  };
}

function makeControl(
  field: FormField,
  ids: ControlIds,
  initial: Answer | undefined,
  onInput: () => void,
): Control {
  const common = { id: ids.id, 'aria-describedby': ids.describedBy };
  switch (field.kind) {
    case 'segments':
    case 'select':
    case 'checks':
      return choiceControl(field, ids, initial, onInput);
    case 'check': {
      const box = el('input', { type: 'checkbox', ...common });
      box.checked = initial === true || initial === 'true';
      box.addEventListener('change', onInput);
      return {
        element: el('label', { class: 'check' }, box, el('span', {}, field.label)),
        value: () => box.checked,
        setInvalid: invalid => box.setAttribute('aria-invalid', String(invalid)),
        focus: () => box.focus(),
      };
    }
    case 'lines':
      return textControl(
        el('textarea', { ...common, rows: '3', 'aria-required': String(field.required) }),
        initial,
        onInput,
      );
    case 'line':
    case 'whole':
      return textControl(
        el('input', {
          ...common,
          type: 'text',
          // Not `type=number`: what cannot be read as a number would be lost without a word.
          inputmode: field.kind === 'whole' ? 'numeric' : undefined,
          'aria-required': String(field.required),
          autocomplete: 'off',
          spellcheck: 'false',
        }),
        initial,
        onInput,
      );
  }
}

function textControl(
  element: HTMLInputElement | HTMLTextAreaElement,
  initial: Answer | undefined,
  onInput: () => void,
): Control {
  element.value = initial === undefined ? '' : Array.isArray(initial) ? initial.join(', ') : String(initial);
  element.addEventListener('input', onInput);
  return {
    element,
    value: () => element.value,
    setInvalid: invalid => element.setAttribute('aria-invalid', String(invalid)),
    focus: () => element.focus(),
  };
}

/** Characters as a person counts them, not as the machine stores them. */
function counter(id: string, input: HTMLElement, most: number): HTMLElement {
  const element = el('span', { class: 'counter', id: `${id}-counter` });
  const count = () => {
    const length = [...(input as HTMLTextAreaElement).value.trim()].length;
    element.textContent = `${length}/${most}`;
    element.classList.toggle('over', length > most);
  };
  input.addEventListener('input', count);
  count();
  return element;
}
