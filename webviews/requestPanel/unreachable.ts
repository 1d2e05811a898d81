import type { FormView, PanelActionId } from '../../src/shared/requestPanel';
import { actionButton, button } from './buttons';
import { el, icon } from './dom';

/** Says that nothing reaches the instance, which condition of each target fails, and what would reach it. */
export function unreachableBox(
  { unreachable, labels }: FormView,
  run: (id: PanelActionId) => Promise<void>,
  canAsk: boolean,
  onAsk: () => void,
): HTMLElement {
  const { text = '', failing = [], would = [], actions = [] } = unreachable ?? {};
  return el(
    'section',
    { class: 'unreachable' },
    el('div', { class: 'notice warning' }, icon('warning'), el('span', { class: 'grow' }, text)),
    el('h2', { class: 'small' }, labels.failing),
    el(
      'ul',
      { class: 'failing' },
      ...failing.map(item =>
        el('li', {}, icon('circle-slash'), el('span', {}, el('b', {}, item.label), ` ${item.text}`)),
      ),
    ),
    el('h2', { class: 'small' }, labels.would),
    el(
      'ul',
      { class: 'failing' },
      ...would.map(item => el('li', {}, icon('lightbulb'), el('span', {}, item))),
    ),
    el(
      'div',
      { class: 'actions' },
      ...actions.map(action => actionButton(action, run)),
      canAsk ? button({ label: labels.askAnyway, attributes: { id: 'ask-anyway' } }, onAsk) : undefined,
    ),
  );
}
