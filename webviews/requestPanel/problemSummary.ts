import { el, icon } from './dom';

/** What has to be looked at before anything is sent: takes the focus, and leads to each question. */
export class ProblemSummary {
  readonly element = el('div', {
    class: 'notice error problems',
    id: 'problems',
    role: 'alert',
    tabindex: '-1',
    hidden: true,
  });

  show(
    heading: string,
    problems: readonly { readonly label: string; readonly text: string; readonly focus: () => void }[],
  ): void {
    const items = problems.map(({ label, text, focus }) => {
      const link = el('button', { type: 'button', class: 'button link' }, el('b', {}, label), ` ${text}`);
      link.addEventListener('click', focus);
      return el('li', {}, link);
    });
    this.element.hidden = false;
    this.element.replaceChildren(
      icon('error'),
      el('div', { class: 'grow' }, heading, ...(items.length > 0 ? [el('ul', {}, ...items)] : [])),
    );
    this.element.focus();
  }

  clear(): void {
    this.element.hidden = true;
    this.element.replaceChildren();
  }
}
