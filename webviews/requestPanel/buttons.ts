import type { PanelAction, PanelActionId } from '../../src/shared/requestPanel';
import { el, icon } from './dom';

export function button(
  look: {
    readonly label: string;
    readonly icon?: string;
    readonly kind?: 'primary' | 'secondary' | 'link';
    readonly attributes?: Readonly<Record<string, string | boolean | undefined>>;
  },
  onClick: () => void,
): HTMLButtonElement {
  const element = el(
    'button',
    { type: 'button', class: `button ${look.kind ?? 'secondary'}`, ...look.attributes },
    look.icon ? icon(look.icon) : undefined,
    el('span', {}, look.label),
  );
  element.addEventListener('click', onClick);
  return element;
}

/** A button that is out of use while its action runs. */
export function actionButton(
  action: PanelAction,
  run: (id: PanelActionId) => Promise<void>,
): HTMLButtonElement {
  const element = button(
    {
      label: action.label,
      icon: action.icon,
      kind: action.primary ? 'primary' : 'secondary',
      attributes: { 'data-action': action.id },
    },
    () => {
      element.disabled = true;
      void run(action.id).finally(() => {
        element.disabled = false;
      });
    },
  );
  return element;
}
