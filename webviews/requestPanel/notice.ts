import type { Notice, PanelActionId } from '../../src/shared/requestPanel';
import { actionButton } from './buttons';
import { el, icon } from './dom';

const ICONS: Readonly<Record<Notice['level'], string>> = { error: 'error', warning: 'warning', info: 'info' };

/** Something to know, with the ways out beside it. */
export function noticeBox(notice: Notice, run: (id: PanelActionId) => Promise<void>): HTMLElement {
  return el(
    'div',
    { class: `notice ${notice.level}` },
    icon(ICONS[notice.level]),
    el('span', { class: 'grow' }, notice.text),
    ...notice.actions.map(action => actionButton(action, run)),
  );
}
