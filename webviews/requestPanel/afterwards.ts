import type { Draft, FormView } from '../../src/shared/requestPanel';
import { segments } from './choiceControl';
import { el, Part } from './dom';
import { fieldControl, type FieldControl } from './fieldControl';

export type Wish = Pick<Draft, 'whenActive' | 'forward' | 'localPort'>;

/** What is to happen by itself once there is access. */
export class Afterwards {
  readonly #part = new Part(el('div', {}));
  readonly #onInput: (wish: Wish) => void;
  #fields: readonly FieldControl[] = [];

  constructor(onInput: (wish: Wish) => void) {
    this.#onInput = onInput;
  }

  get element(): HTMLElement {
    return this.#part.element;
  }

  /** The questions on what to forward, while they are asked. */
  get fields(): readonly FieldControl[] {
    return this.#fields;
  }

  /** Has the questions made anew with the wish that is shown next. */
  forget(): void {
    this.#part.forget();
  }

  /** `forwards`: whether ports can be forwarded. `wish` is taken over when the question is drawn anew. */
  show({ afterwards, labels }: FormView, forwards: boolean, wish: Wish): void {
    const kind = wish.whenActive === 'forwardPort' && !forwards ? 'nothing' : wish.whenActive;
    this.#part.show([afterwards, forwards, labels, kind], () => {
      this.#fields = [];
      if (!afterwards) return [];
      const tell = () => this.#onInput(read());
      const choice = segments(
        [
          { value: 'nothing', label: labels.nothing },
          { value: 'openShell', label: labels.openShell },
          ...(forwards ? [{ value: 'forwardPort', label: labels.forwardPort }] : []),
        ],
        'when-active',
        kind,
        tell,
      );
      const forwardFields =
        kind === 'forwardPort' ? this.#forwardFields(labels, afterwards.forwards, wish, tell) : undefined;
      const [forward, localPort] = forwardFields?.controls ?? [];
      const read = (): Wish => ({
        whenActive: choice.value() as Wish['whenActive'],
        forward: forward ? String(forward.value()) : wish.forward,
        localPort: localPort ? String(localPort.value()) : wish.localPort,
      });
      return [
        el(
          'fieldset',
          { class: 'field', role: 'radiogroup', id: 'afterwards' },
          el('legend', { class: 'label' }, labels.afterwards),
          choice.element,
        ),
        forwardFields?.element,
      ];
    });
  }

  /** Puts the focus back on the choice after it was drawn anew. */
  focus(): void {
    this.element.querySelector<HTMLInputElement>('input[name="when-active"]:checked')?.focus();
  }

  #forwardFields(
    labels: FormView['labels'],
    before: readonly string[],
    wish: Wish,
    onInput: () => void,
  ): { readonly element: HTMLElement; readonly controls: readonly [FieldControl, FieldControl] } {
    const line = (name: string, label: string, hint: string, required: boolean, initial: string) =>
      fieldControl({ name, label, hint, required, kind: 'line' }, initial, onInput);
    const forward = line('forward', labels.forward, labels.forwardHint, true, wish.forward);
    const localPort = line('localPort', labels.localPort, labels.localPortHint, false, wish.localPort);
    if (before.length > 0) {
      forward.element.querySelector('input')?.setAttribute('list', 'forwards-before');
      forward.element.append(
        el('datalist', { id: 'forwards-before' }, ...before.map(value => el('option', { value }))),
      );
    }
    this.#fields = [forward, localPort];
    return {
      element: el('div', { class: 'forward-fields' }, forward.element, localPort.element),
      controls: [forward, localPort],
    };
  }
}
