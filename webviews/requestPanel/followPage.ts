import type { FollowView, PanelActionId, TimelineStep } from '../../src/shared/requestPanel';
import { actionButton } from './actionBar';
import { el, icon, Part } from './dom';

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
};

/** The page after sending: what was asked, where it stands, what may be done. */
export class FollowPage {
  readonly element = el('div', { class: 'follow' });
  readonly #run: (id: PanelActionId) => Promise<void>;
  readonly #status = new Part(el('section', { class: 'status' }));
  readonly #countdown = el('div', { class: 'countdown', hidden: true });
  readonly #time = el('span', { class: 'time' });
  readonly #countdownNote = el('div', { class: 'hint' });
  readonly #actions = new Part(el('div', { class: 'actions' }));
  readonly #facts = new Part(el('section', { class: 'facts' }));
  readonly #steps = new Part(el('section', { class: 'timeline' }));
  #view: FollowView | undefined;
  #announced = '';

  constructor(run: (id: PanelActionId) => Promise<void>) {
    this.#run = run;
    this.#countdown.append(
      el('div', { class: 'big' }, this.#time, el('span', { class: 'unit' })),
      this.#countdownNote,
    );
    this.element.append(
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
    this.#status.show([view.headline, view.detail, view.tone], () => [
      el('h2', { class: 'headline' }, icon(TONE_ICONS[view.tone]), view.headline),
      ...(view.detail ? [el('p', { class: view.tone === 'bad' ? 'verdict' : 'hint' }, view.detail)] : []),
    ]);
    this.#actions.show(view.actions, () => view.actions.map(action => actionButton(action, this.#run)));
    this.#facts.show(view.facts, () => [
      el('h3', {}, view.labels.summary),
      el('dl', {}, ...view.facts.flatMap(([label, value]) => [el('dt', {}, label), el('dd', {}, value)])),
    ]);
    this.#steps.show(view.steps, () => [
      el('h3', {}, view.labels.timeline),
      el('ol', {}, ...view.steps.map(step => stepItem(step))),
    ]);
    this.#countdown.hidden = view.countdown === undefined;
    const unit = this.#countdown.querySelector('.unit');
    if (unit) unit.textContent = view.countdown?.label ?? '';
    this.#countdownNote.textContent = view.countdown?.note ?? '';
    this.tick(now);
    this.#announce([view.headline, view.detail].filter(Boolean).join('. '));
  }

  /** Every second: the time left, and how long the current step has taken. `now` is the host's clock. */
  tick(now: number): void {
    const view = this.#view;
    if (!view) return;
    if (view.countdown) {
      this.#time.textContent = clock(view.countdown.endsAt - now);
      this.#countdown.classList.toggle('soon', view.countdown.endsAt - now <= 5 * 60_000);
    }
    for (const element of this.element.querySelectorAll<HTMLElement>('[data-since]')) {
      element.textContent = elapsed(now - Number(element.dataset['since']));
    }
  }

  /** Said once for each change of the headline; the ticking is never spoken. */
  #announce(text: string): void {
    const region = document.getElementById('announcer');
    if (!region || text === this.#announced) return;
    this.#announced = text;
    region.textContent = text;
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
        step.since === undefined
          ? el('span', { class: 'step-time' }, step.at ?? '')
          : el('span', { class: 'step-time', 'data-since': String(step.since) }),
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

function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
