import { describe, expect, it } from 'vitest';
import type { PromptField } from '../../../src/access/flow';
import type { FormContent } from '../../../src/access/requestMemory';
import type { Draft } from '../../../src/shared/requestPanel';
import { readSubmission } from '../../../src/ui/model/requests/formSubmission';
import { sourceLanguage as l10n } from '../../../src/ui/model/localizer';
import { askedInForm, requestFormView, type FormState } from '../../../src/ui/model/requests/requestFormView';
import {
  awsFlow,
  backend1,
  backEnd,
  emergency,
  flow,
  frontEnd,
  grant,
  instance,
  NOW,
  request,
  web1,
} from './samples';

const NOTHING_KEPT = { last: [], favourites: [], reasons: [] };

const form = (overrides: Partial<FormState> = {}) =>
  requestFormView(l10n, {
    flows: [flow],
    requests: [],
    grants: [],
    instance: web1,
    broker: 'ready',
    recall: NOTHING_KEPT,
    forwards: [],
    now: NOW,
    ...overrides,
  });

const field = (more: Partial<PromptField> & Pick<PromptField, 'type'>): PromptField => ({
  name: 'it',
  label: 'It',
  required: true,
  visible: true,
  ...more,
});
const asked = (question: PromptField) => {
  const view = form({ flows: [{ ...flow, fields: [question] }] });
  return view.fields[flow.id]?.[0];
};

describe('the target of the form', () => {
  it('is what reaches the instance, settled; the others are there with the reason', () => {
    const view = form({ instance: backend1 });
    expect(view.initial).toEqual({ flowId: flow.id, targetId: backEnd.id });
    expect(view.locked).toBe(true);
    expect(view.choices.map(choice => [choice.targetLabel, choice.reach])).toEqual([
      ['BackEnd SSH', { ok: true, text: 'reaches this instance' }],
    ]);
    expect(view.others).toEqual([
      {
        label: 'FrontEnd SSH (AWS SSO Access)',
        text: 'does not reach it: it covers Department=FrontEnd; backend-1 has Department=BackEnd',
      },
    ]);
    expect(view.unreachable).toBeUndefined();
  });

  it('can be another where several reach it, the emergency last', () => {
    const view = form({ flows: [emergency, flow, awsFlow] });
    expect(
      view.choices.map(({ flowLabel, targetLabel, breakGlass }) => [flowLabel, targetLabel, !!breakGlass]),
    ).toEqual([
      ['AWS SSO Access', 'FrontEnd SSH', false],
      ['AWS node access', 'FrontEnd nodes', false],
      ['AWS SSO Access', 'FrontEnd SSH', true],
    ]);
  });

  it('is what the way here asked for', () => {
    const preset = { flowId: awsFlow.id, targetId: 'nodes' };
    expect(form({ flows: [flow, awsFlow], preset }).initial).toEqual(preset);
  });

  it('is open to choice where no instance is meant', () => {
    const view = form({ instance: undefined });
    expect(view.locked).toBe(false);
    expect(view.choices).toHaveLength(2);
    expect(view.choices[0]?.reach).toBeUndefined();
  });

  it('tells before anybody is asked that nothing reaches the instance, why, and what would', () => {
    const view = form({ instance: instance({ name: 'data-1', tags: { Department: 'Data' } }) });
    expect(view.unreachable).toMatchObject({
      text: 'Nothing in your settings reaches data-1. Nobody has been asked.',
      failing: [
        {
          label: 'FrontEnd SSH (AWS SSO Access)',
          text: expect.stringContaining('data-1 has Department=Data'),
        },
        { label: 'BackEnd SSH (AWS SSO Access)' },
      ],
      would: [
        'A target of account 123456789012 for Department=Data. Whoever keeps your flows can add it.',
        'FrontEnd SSH, if data-1 were tagged Department=FrontEnd. Whoever keeps the instance can tag it.',
        'BackEnd SSH, if data-1 were tagged Department=BackEnd. Whoever keeps the instance can tag it.',
      ],
    });
    // Tags may have changed since the settings were written: it can be asked anyway, knowingly.
    expect(view.choices.map(({ reach }) => reach?.ok)).toEqual([false, false]);
  });

  it('cannot be one of another account', () => {
    const view = form({ instance: instance({ accountId: '210987654321' }) });
    expect(view.choices).toEqual([]);
    expect(view.unreachable?.failing).toHaveLength(2);
    expect(view.unreachable?.would).toEqual([
      'A target of account 210987654321 without a condition on tags. Whoever keeps your flows can add it.',
    ]);
  });
});

describe('what stands in the way', () => {
  it.each([
    ['noUrl', 'setSymUrl'],
    ['noToken', 'setSymToken'],
  ] as const)('of Sym is said at its targets when the broker says %s, with the way out', (broker, action) => {
    const view = form({ broker, flows: [flow, awsFlow] });
    expect(view.choices.map(({ blocked }) => blocked?.actions[0]?.id)).toEqual([action, undefined]);
  });

  it('of AWS is that it is asked for single instances', () => {
    const blocked = (state: Partial<FormState>) => form({ flows: [awsFlow], ...state }).choices[0]?.blocked;
    expect(blocked({ instance: undefined })?.actions[0]?.id).toBe('chooseInstance');
    expect(blocked({})).toBeUndefined();
  });

  it('is that there is no flow at all', () => {
    expect(form({ flows: [] })).toMatchObject({
      initial: undefined,
      notice: { actions: [{ id: 'openSettings' }] },
    });
  });

  it('is a live grant for the same target, and of no other, which can be extended instead', () => {
    const view = form({ instance: undefined, grants: [grant()] });
    const overlaps = new Map(view.choices.map(choice => [choice.targetId, choice.overlap]));
    expect(overlaps.get(frontEnd.id)).toMatchObject({
      text: 'You have FrontEnd SSH already, 29 min left.',
      actions: [{ id: 'extendOverlap' }, { id: 'showOverlap' }],
    });
    expect(overlaps.get(backEnd.id)).toBeUndefined();
  });

  it('is an open request for the same target too', () => {
    const overlap = (phase: 'pending' | 'denied') =>
      form({ requests: [request({ phase })] }).choices[0]?.overlap?.actions.map(({ id }) => id);
    expect(overlap('pending')).toEqual(['showOverlap']);
    expect(overlap('denied')).toBeUndefined();
  });

  it('is nothing while a grant is prolonged: only that target is asked for', () => {
    const view = form({ extending: grant(), grants: [grant()] });
    expect(view.choices.map(({ targetId, overlap }) => [targetId, overlap])).toEqual([
      [frontEnd.id, undefined],
    ]);
    expect(view.afterwards).toBeUndefined();
    expect(view.labels.submit).toBe('Request more time');
  });
});

describe('the questions', () => {
  it('are the flow’s own, with durations in words and a limit on the reason', () => {
    expect(form().fields[flow.id]).toEqual([
      { name: 'reason', label: 'Why do you need access?', kind: 'lines', required: true, maxLength: 256 },
      {
        name: 'duration',
        label: 'How long',
        kind: 'segments',
        required: true,
        options: [
          { value: '30m', label: '30 min' },
          { value: '1h', label: '1 h' },
        ],
        initial: '30m',
      },
    ]);
  });

  it.each<[Parameters<typeof field>[0], object]>([
    [{ type: 'string' }, { kind: 'line' }],
    [{ type: 'string', allowedValues: ['a', 'b'] }, { kind: 'segments' }],
    [{ type: 'string', allowedValues: ['1', '2', '3', '4', '5', '6', '7'] }, { kind: 'select' }],
    [
      { type: 'string', allowedValues: ['only'] },
      { kind: 'segments', initial: 'only' },
    ],
    [{ type: 'int' }, { kind: 'whole' }],
    [{ type: 'bool', required: false }, { kind: 'check' }],
    [{ type: 'duration' }, { kind: 'line', hint: 'Such as 30m, 1h or 1d.' }],
    [
      { type: 'duration', allowedValues: ['30m', '1h'], default: '60m' },
      { kind: 'segments', initial: '1h' },
    ],
    [{ type: 'slack_user' }, { kind: 'line' }],
    [{ type: 'slack_user_list' }, { kind: 'line' }],
    [{ type: 'str_list' }, { kind: 'line' }],
    [{ type: 'str_list', allowedValues: ['a', 'b'] }, { kind: 'checks' }],
    [{ type: 'int_list', allowedValues: [1, 2] }, { kind: 'checks' }],
  ])('of the kind %j are asked as %j', (more, expected) => {
    expect(asked(field(more))).toMatchObject(expected);
  });

  it('that are hidden stay hidden', () => {
    const hidden = {
      ...flow,
      fields: flow.fields.map(question => ({ ...question, visible: question.name !== 'duration' })),
    };
    expect(form({ flows: [hidden] }).fields[flow.id]?.map(({ name }) => name)).toEqual(['reason']);
  });

  it('with a condition are asked while it holds, also by what the form starts with', () => {
    const fields = [
      field({ name: 'impact', type: 'string', allowedValues: ['none', 'outage'] }),
      field({ name: 'incident', type: 'string', when: { field: 'impact', equals: ['outage'] } }),
      field({ name: 'duration', type: 'duration', allowedValues: ['30m', '1d'] }),
      field({ name: 'why-short', type: 'string', when: { field: 'duration', equals: ['30m'] } }),
    ];
    const conditional = { ...flow, fields };
    expect(form({ flows: [conditional] }).asked).toEqual(['impact', 'duration', 'why-short']);
    expect(askedInForm(conditional, { impact: 'outage', duration: '1d' })).toEqual([
      'impact',
      'incident',
      'duration',
    ]);
    expect(form({ flows: [conditional] }).fields[flow.id]?.map(({ conditional: is }) => !!is)).toEqual([
      false,
      true,
      false,
      true,
    ]);
  });
});

const content = (overrides: Partial<FormContent> = {}): FormContent => ({
  flowId: flow.id,
  targetId: frontEnd.id,
  values: { reason: 'the nightly look at the logs of the importer and its queue', duration: '1h' },
  whenActive: 'openShell',
  forward: '',
  localPort: '',
  ...overrides,
});

describe('what was asked for before', () => {
  it('is offered as far as it can be chosen here', () => {
    const { recall } = form({
      recall: {
        last: [content({ targetId: backEnd.id }), content()],
        favourites: [{ name: 'nightly', content: content() }],
        reasons: ['one'],
      },
    });
    expect(recall.last).toMatchObject([
      {
        label: 'Same as last time',
        hint: 'FrontEnd SSH · 1 h · the nightly look at the logs of the importer an…',
        draft: content(),
      },
    ]);
    expect(recall.favourites).toMatchObject([{ label: 'nightly', note: 'Filled in from “nightly”.' }]);
    expect(recall.reasons).toEqual(['one']);
  });

  it('begins the form where it was opened with it', () => {
    const draft = content({ targetId: backEnd.id }) as Draft;
    const view = form({ instance: undefined, start: { draft } });
    expect(view.initial).toEqual({ flowId: flow.id, targetId: backEnd.id });
    expect(view.start?.draft).toBe(draft);
  });
});

describe('what happens afterwards', () => {
  it('is asked only when an instance is meant, with what was forwarded before', () => {
    expect(form({ forwards: ['db:3306'] }).afterwards).toEqual({ instance: 'web-1', forwards: ['db:3306'] });
    expect(form({ instance: undefined }).afterwards).toBeUndefined();
  });

  it('is never a forward where the broker’s access cannot forward', () => {
    expect(form({ flows: [flow, awsFlow] }).choices.map(({ forwards }) => forwards)).toEqual([true, false]);
  });
});

describe('a form that is sent', () => {
  const draft = (overrides: Partial<Draft> = {}): Draft => ({
    flowId: flow.id,
    targetId: frontEnd.id,
    values: { reason: '  looking ' },
    whenActive: 'nothing',
    forward: '',
    localPort: '',
    ...overrides,
  });
  const read = (sent: Draft, hasInstance = true, confirmation = '') =>
    readSubmission(l10n, [flow, awsFlow, emergency], { draft: sent, confirmation }, hasInstance);

  it('is read with what the form starts with, and remembered as it was typed', () => {
    expect(read(draft({ values: { reason: ' looking ', forgotten: 'x' } }))).toEqual({
      ok: true,
      draft: { flowId: flow.id, targetId: frontEnd.id, values: { reason: 'looking', duration: 1800 } },
      whenActive: 'nothing',
      content: {
        flowId: flow.id,
        targetId: frontEnd.id,
        values: { reason: 'looking', duration: '30m' },
        whenActive: 'nothing',
        forward: '',
        localPort: '',
      },
    });
  });

  it('says of each answer what is wrong with it', () => {
    const sent = draft({
      values: { reason: 'x'.repeat(257), duration: '2h' },
      whenActive: 'forwardPort',
      forward: 'no port',
      localPort: '99999',
    });
    expect(read(sent)).toEqual({
      ok: false,
      problems: {
        reason: 'At most 256 characters.',
        duration: 'The flow does not allow this answer.',
        forward: 'Write a port, or host:port such as mydb.example:3306.',
        localPort: 'A port is a number from 1 to 65535.',
      },
    });
    expect(read(draft({ targetId: 'gone' }))).toMatchObject({
      ok: false,
      problems: { target: 'Your settings no longer have this target.' },
    });
  });

  it('carries the forward that was asked for, and only that', () => {
    const forward = draft({ whenActive: 'forwardPort', forward: 'db.internal:3306', localPort: '13306' });
    expect(read(forward)).toMatchObject({
      whenActive: 'forwardPort',
      forward: { host: 'db.internal', port: 3306, localPort: 13_306 },
    });
    const shell = read({ ...forward, whenActive: 'openShell' });
    expect(shell).toMatchObject({ whenActive: 'openShell' });
    expect(shell).not.toHaveProperty('forward');
    expect(read(forward, false)).toMatchObject({ ok: true, whenActive: 'nothing' });
    expect(read({ ...forward, flowId: awsFlow.id, targetId: 'nodes' })).toMatchObject({
      ok: true,
      whenActive: 'nothing',
    });
  });

  it('breaks the glass only with the target’s name typed', () => {
    const sent = draft({ flowId: emergency.id });
    for (const typed of ['', 'frontend ssh', 'FrontEnd', 'yes']) {
      expect(read(sent, true, typed)).toMatchObject({
        ok: false,
        problems: { confirmation: expect.any(String) },
      });
    }
    expect(read(sent, true, ' FrontEnd  SSH ')).toMatchObject({ ok: true });
  });
});
