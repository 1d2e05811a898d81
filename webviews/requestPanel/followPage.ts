import type { Fact, FollowView, PanelActionId, TimelineStep } from '../../src/shared/requestPanel';
import { actionButton } from './buttons';
import { announce, el, icon, Part } from './dom';

const STEP_ICONS: Readonly<Record<TimelineStep['state'], string>> = {
  done: 'pass-filled',
  current: 'loading',
  todo: 'circle-large-outline',
  bad: 'error',
  unknown: 'question',
};

const TONE_ICONS: Readonly<Record<FollowView['tone'], string>> = {
  waiting: 'watch',
  active: 'unlock',
  over: 'check',
  bad: 'circle-slash',
  unknown: 'question',
};

type Run = (id: PanelActionId) => Promise<void>;

/** The page after sending: what was asked, where it stands, what may be done. */
export class FollowPage {
  readonly element = el('div', { class: 'follow' });
  readonly #run: Run;
  readonly #alarm = new Part(el('div', {}));
  readonly #status = new Part(el('section', { class: 'status' }));
  readonly #time = el('span', { class: 'time', role: 'timer' });
  readonly #unit = el('span', { class: 'unit' });
  readonly #countdownNote = el('div', { class: 'hint' });
  readonly #countdown = el('div', { class: 'countdown', hidden: true });
  readonly #actions = new Part(el('div', {}));
  readonly #facts = new Part(el('section', { class: 'facts' }));
  readonly #steps = new Part(el('section', { class: 'timeline' }));
  #view: FollowView | undefined;
  #announced = '';

  constructor(run: Run) {
    this.#run = run;
    this.#countdown.append(el('div', { class: 'big' }, this.#time, this.#unit), this.#countdownNote);
    this.element.append(
      this.#alarm.element,
      this.#status.element,
      this.#countdown,
      this.#actions.element,
      this.#steps.element,
      this.#facts.element,
    );
  }

  show(view: FollowView, now: number): void {
    this.#view = view;
    this.element.dataset['tone'] = view.tone;
    this.#alarm.show(view.alarm, () =>
      view.alarm
        ? [
            el(
              'div',
              { class: 'alarm', id: 'break-glass' },
              el('div', { class: 'alarm-title' }, icon('flame'), view.alarm),
            ),
          ]
        : [],
    );
    this.#status.show([view.headline, view.detail, view.quote, view.next, view.tone], () => [
      el('h2', { class: 'headline' }, icon(TONE_ICONS[view.tone]), view.headline),
      view.detail ? el('p', {}, view.detail) : undefined,
      view.quote ? el('blockquote', { class: 'verdict' }, view.quote) : undefined,
      view.next ? el('p', { class: 'next' }, el('b', {}, view.labels.next), ` ${view.next}`) : undefined,
    ]);
    this.#actions.show([view.actions, view.remark], () => [
      view.actions.length > 0
        ? el('div', { class: 'actions' }, ...view.actions.map(action => actionButton(action, this.#run)))
        : undefined,
      view.remark ? el('p', { class: 'hint remark' }, view.remark) : undefined,
    ]);
    this.#facts.show(view.facts, () => [
      el('h3', {}, view.labels.summary),
      el('dl', {}, ...view.facts.flatMap(fact => this.#fact(fact))),
    ]);
    this.#steps.show(view.steps, () => [
      el('h3', {}, view.labels.timeline),
      el('ol', {}, ...view.steps.map(step => stepItem(step))),
    ]);
    this.#countdown.hidden = view.countdown === undefined;
    this.#unit.textContent = view.countdown?.label ?? '';
    this.#countdownNote.textContent = view.countdown?.note ?? '';
    this.tick(now);
    this.#announce([view.headline, view.detail, view.quote].filter(Boolean).join('. '));
  }

  /** Every second: the time left, and how long the current step has taken. `now` is the host's clock. */
  tick(now: number): void {
    const view = this.#view;
    if (!view) return;
    if (view.countdown) {
      this.#time.textContent = clock(view.countdown.endsAt - now);
      this.#countdown.classList.toggle('soon', now >= view.countdown.soonAt);
    }
    for (const element of this.element.querySelectorAll<HTMLElement>('[data-since]')) {
      element.textContent = elapsed(now - Number(element.dataset['since']), view.labels);
    }
  }

  #fact({ label, value, copy }: Fact): HTMLElement[] {
    const text = el('span', {}, value);
    if (!copy) return [el('dt', {}, label), el('dd', {}, text)];
    const button = actionButton(copy, this.#run);
    // Beside the value the icon says enough; its name is for those who do not see it.
    button.classList.add('icon-only');
    button.setAttribute('aria-label', copy.label);
    button.title = copy.label;
    return [el('dt', {}, label), el('dd', {}, text, button)];
  }

  /** Said once for each change of the headline; the ticking is never spoken. */
  #announce(text: string): void {
    if (text === this.#announced) return;
    this.#announced = text;
    announce(text);
  }
}

function stepItem(step: TimelineStep): HTMLElement {
  return el(
    'li',
    { class: `step ${step.state}`, ...(step.state === 'current' ? { 'aria-current': 'step' } : {}) },
    icon(STEP_ICONS[step.state], step.state === 'current'),
    el(
      'div',
      { class: 'step-text' },
      el(
        'div',
        { class: 'step-head' },
        el(
          'span',
          { class: 'step-label' },
          step.label,
          el('span', { class: 'spoken-only' }, ` (${step.stateWord})`),
        ),
        el(
          'span',
          { class: 'step-time' },
          step.at ? el('span', {}, step.at) : undefined,
          step.since === undefined
            ? undefined
            : el('span', { class: 'since', 'data-since': String(step.since) }),
        ),
      ),
      step.detail ? el('div', { class: 'hint' }, step.detail) : undefined,
    ),
  );
}

function clock(remainingMs: number): string {
  const seconds = Math.max(0, Math.ceil(remainingMs / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

function elapsed(ms: number, { seconds: inSeconds, minutes: inMinutes }: FollowView['labels']): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return seconds < 60
    ? inSeconds.replace('{0}', String(seconds))
    : inMinutes.replace('{0}', String(Math.floor(seconds / 60))).replace('{1}', String(seconds % 60));
}
