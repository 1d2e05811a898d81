import type { PanelAction, PanelActionId } from '../../src/shared/requestPanel';
import { el } from './dom';

/** A button that is out of use while its action runs. */
export function actionButton(action: PanelAction, run: (id: PanelActionId) => Promise<void>): HTMLElement {
  const button = el(
    'vscode-button',
    { icon: action.icon, secondary: !action.primary, 'data-action': action.id },
    action.label,
  );
  button.addEventListener('click', () => {
    button.disabled = true;
    void run(action.id).finally(() => {
      button.disabled = false;
    });
  });
  return button;
}
