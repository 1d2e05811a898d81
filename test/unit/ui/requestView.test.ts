import { describe, expect, it } from 'vitest';
import type { Grant } from '../../../src/access/grant';
import type { AccessRequest, RequestPhase } from '../../../src/access/request';
import { pageMessage } from '../../../src/shared/requestPanel';
import { sourceLanguage as l10n } from '../../../src/ui/model/localizer';
import { requestFollowView } from '../../../src/ui/model/requestFollowView';
import { requestFormView, type FormState } from '../../../src/ui/model/requestFormView';
import { backend1, backEnd, flow, frontEnd, grant, instance, MINUTE, NOW, request, web1 } from './samples';

const form = (overrides: Partial<FormState> = {}) =>
  requestFormView(l10n, {
    flows: [flow],
    grants: [],
    instance: web1,
    broker: 'ready',
    now: NOW,
    ...overrides,
  });

describe('the form', () => {
  it('starts with the target that reaches the instance, and says why the other does not', () => {
    const view = form({ instance: backend1 });
    expect(view.initial).toEqual({ flowId: flow.id, targetId: backEnd.id });
    expect(view.choices.map(choice => [choice.targetLabel, choice.reach])).toEqual([
      ['BackEnd SSH', { ok: true, text: 'reaches this instance' }],
      [
        'FrontEnd SSH',
        {
          ok: false,
          text: 'does not reach it: it covers Department=FrontEnd; backend-1 has Department=BackEnd',
        },
      ],
    ]);
    expect(view.notice).toBeUndefined();
  });

  it('starts with what the way here asked for', () => {
    const preset = { flowId: flow.id, targetId: backEnd.id };
    expect(form({ preset }).initial).toEqual(preset);
  });

  it('tells before anybody is asked that nothing reaches the instance', () => {
    const view = form({ instance: instance({ tags: { Department: 'Data' } }) });
    expect(view.notice?.text).toContain('No flow of your settings reaches this instance');
  });

  it('asks the flow’s own questions, with durations in words and a limit on the reason', () => {
    expect(form().fields[flow.id]).toEqual([
      { name: 'reason', label: 'Why do you need access?', kind: 'lines', required: true, maxLength: 256 },
      {
        name: 'duration',
        label: 'How long',
        kind: 'choice',
        required: true,
        options: [
          { value: '30m', label: '30 min' },
          { value: '1h', label: '1 h' },
        ],
        initial: '30m',
      },
    ]);
  });

  it('keeps a hidden question hidden', () => {
    const hidden = {
      ...flow,
      fields: flow.fields.map(field => ({ ...field, visible: field.name !== 'duration' })),
    };
    expect(form({ flows: [hidden] }).fields[flow.id]?.map(field => field.name)).toEqual(['reason']);
  });

  it.each([
    ['noUrl', 'setSymUrl'],
    ['noToken', 'setSymToken'],
  ] as const)('offers the way out when the broker says %s', (broker, action) => {
    expect(form({ broker }).notice).toMatchObject({ level: 'error', action: { id: action } });
  });

  it('offers the settings when there is no flow', () => {
    expect(form({ flows: [] })).toMatchObject({
      initial: undefined,
      notice: { action: { id: 'openSettings' } },
    });
  });

  it('warns of a live grant for the same target, and of no other', () => {
    const view = form({ grants: [grant()] });
    const texts = new Map(view.choices.map(choice => [choice.targetId, choice.overlap?.text]));
    expect(texts.get(frontEnd.id)).toBe(
      'FrontEnd SSH is active already, 29 min left. A new request prolongs it.',
    );
    expect(texts.get(backEnd.id)).toBeUndefined();
  });

  it('offers a shell on activation only when an instance is meant', () => {
    expect(form().canOpenShell).toBe(true);
    expect(form({ instance: undefined }).canOpenShell).toBe(false);
  });
});

const follow = (asked: Partial<AccessRequest>, granted?: Partial<Grant>) =>
  requestFollowView(l10n, { request: request(asked), grant: granted && grant(granted), instance: web1 });

const states = (view: ReturnType<typeof follow>) => view.steps.map(step => `${step.label}: ${step.state}`);

describe('the page after sending', () => {
  it('waits, with the approvers named and the step counting up', () => {
    const view = follow({});
    expect(view).toMatchObject({ headline: 'Waiting for approval', tone: 'waiting' });
    expect(states(view)).toEqual([
      'Asked: done',
      'Waiting for approvers in #sym-requests: current',
      'Approved: todo',
      'Being set up in AWS: todo',
      'Active: todo',
    ]);
    expect(view.steps[1]?.since).toBe(NOW - 3 * MINUTE);
    expect(view.steps[1]?.at).toBeDefined();
    expect(view.actions.map(action => action.id)).toEqual(['copyMessage']);
  });

  it('does not take approval for access', () => {
    const view = follow({ phase: 'approved' }, { phase: 'provisioning', attempts: 3 });
    expect(states(view)[3]).toBe('Being set up in AWS: current');
    expect(view.steps[3]?.detail).toBe('asked AWS 3 times, not usable yet');
    expect(view.countdown).toBeUndefined();
    expect(view.actions.map(action => action.id)).toEqual(['giveBack']);
  });

  it('counts down while active and offers what can be done', () => {
    const view = follow({ phase: 'approved' }, {});
    expect(view.tone).toBe('active');
    expect(view.countdown?.endsAt).toBe(NOW + 29 * MINUTE);
    expect(states(view)).toEqual(
      ['Asked', 'Waiting for approvers in #sym-requests', 'Approved', 'Being set up in AWS', 'Active'].map(
        label => `${label}: done`,
      ),
    );
    expect(view.actions.map(action => action.id)).toEqual(['connect', 'forward', 'extend', 'giveBack']);
  });

  it('says what bounds an end that is not the grant’s own', () => {
    const view = follow({ phase: 'approved' }, { boundBy: 'permission-set-session' });
    expect(view.countdown?.note).toContain('bound by the longest session its permission set allows');
  });

  it.each<[RequestPhase, string]>([
    ['denied', 'Denied'],
    ['expired', 'Nobody approved in time'],
    ['cancelled', 'Cancelled'],
    ['failed', 'Refused by a rule of the flow, or failed'],
  ])('ends on %s with the words that were given, and offers to ask again', (phase, headline) => {
    const steps = [...request().steps, { phase, at: NOW, message: 'Ask after the freeze.' }];
    const view = follow({ phase, steps });
    expect(view).toMatchObject({ headline, detail: 'Ask after the freeze.' });
    expect(view.steps.at(-1)).toMatchObject({ state: 'bad', detail: 'Ask after the freeze.' });
    expect(view.actions[0]?.id).toBe('requestAgain');
    // Nothing that did not happen is shown as if it had.
    expect(view.steps.some(step => step.label === 'Active')).toBe(false);
  });

  it('shows an unknown status as unknown, in the broker’s word', () => {
    const view = follow({ phase: 'other', rawStatus: 'needs_second_look' });
    expect(view.headline).toBe('Sym reports “needs_second_look”');
    expect(view.steps[1]?.state).toBe('unknown');
  });

  it('says that it cannot be followed instead of pretending to wait', () => {
    const view = follow({ problem: { code: 'broker-signed-out', message: 'token expired', since: NOW } });
    expect(view.detail).toContain('token expired');
    expect(view.actions[0]?.id).toBe('setSymToken');
  });

  it('tells why a grant is over', () => {
    const view = follow({ phase: 'approved' }, { phase: 'ended', endReason: 'revoked', endedAt: NOW });
    expect(view.detail).toBe('Why: revoked. Sessions under it were ended too.');
    expect(view.steps.at(-1)?.label).toBe('Ended: revoked');
    expect(view.countdown).toBeUndefined();
  });

  it('shows a grant that could not be set up as failed at that step', () => {
    const view = follow(
      { phase: 'approved' },
      { phase: 'ended', endReason: 'provisioning-failed', endedAt: NOW, lastProblem: 'No access' },
    );
    expect(view.tone).toBe('bad');
    expect(states(view)).toEqual([
      'Asked: done',
      'Waiting for approvers in #sym-requests: done',
      'Approved: done',
      'Ended: could not be set up in AWS: bad',
    ]);
  });
});

describe('what the page may send', () => {
  it('is taken when it fits', () => {
    const message = {
      type: 'submit',
      id: 1,
      flowId: 'f',
      targetId: 't',
      values: { reason: 'x', n: 3, list: ['a'] },
      openShell: true,
    };
    expect(pageMessage.parse(message)).toEqual(message);
  });

  it.each([
    [{ type: 'submit', id: 1, flowId: '', targetId: 't', values: {}, openShell: true }],
    [{ type: 'submit', id: 1, flowId: 'f', targetId: 't', values: { reason: { evil: 1 } }, openShell: true }],
    [{ type: 'submit', id: 1, flowId: 'f', targetId: 't', values: {}, openShell: true, more: 1 }],
    [{ type: 'action', id: 1, action: 'workbench.action.quit' }],
    [{ type: 'action', id: -1, action: 'connect' }],
    [{ type: 'unheard-of', id: 1 }],
    [undefined],
  ])('is dropped when it does not: %j', message =>
    expect(pageMessage.safeParse(message).success).toBe(false),
  );
});
