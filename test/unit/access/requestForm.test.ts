import { describe, expect, it } from 'vitest';
import type { Flow, PromptField } from '../../../src/access/flow';
import type { FieldValue } from '../../../src/access/request';
import {
  allowedFieldValues,
  askedFields,
  initialValue,
  isAsked,
  typedValues,
  validateForm,
} from '../../../src/access/requestForm';
import { DRAFT, FLOW, FRONT_END } from '../../support/access/world';

function field(more: Partial<PromptField> & Pick<PromptField, 'type'>): PromptField {
  return { name: 'it', label: 'It', required: true, visible: true, ...more };
}

function check(question: PromptField, given: unknown) {
  const flow: Flow = { ...FLOW, fields: [question] };
  const result = validateForm(flow, FRONT_END.id, given === undefined ? {} : { [question.name]: given });
  return result.ok ? result.draft.values[question.name] : result.problems[0]?.rule;
}

describe('validateForm: one value of each type', () => {
  it.each<[Parameters<typeof field>[0], unknown, unknown]>([
    [{ type: 'string' }, ' hello ', 'hello'],
    [{ type: 'string' }, '   ', 'required'],
    [{ type: 'string' }, 5, 'type'],
    [{ type: 'string', allowedValues: ['a', 'b'] }, 'b', 'b'],
    [{ type: 'string', allowedValues: ['a', 'b'] }, 'c', 'not-allowed'],
    [{ type: 'int' }, 5, 5],
    [{ type: 'int' }, '-5', -5],
    [{ type: 'int' }, '5.5', 'type'],
    [{ type: 'int' }, 5.5, 'type'],
    [{ type: 'int' }, '0x10', 'type'],
    [{ type: 'int' }, 1e300, 'type'],
    [{ type: 'int' }, Number.NaN, 'type'],
    [{ type: 'int', allowedValues: [1, 2] }, '2', 2],
    [{ type: 'int', allowedValues: ['1', '2'] }, 3, 'not-allowed'],
    [{ type: 'bool' }, true, true],
    [{ type: 'bool' }, 'false', false],
    [{ type: 'bool' }, false, false],
    [{ type: 'bool' }, 'yes', 'type'],
    [{ type: 'duration' }, '30m', 1800],
    [{ type: 'duration' }, 1800, 1800],
    [{ type: 'duration' }, '1800', 1800],
    [{ type: 'duration' }, 0, 'type'],
    [{ type: 'duration' }, -1800, 'type'],
    [{ type: 'duration' }, 'soon', 'type'],
    [{ type: 'duration', allowedValues: ['30m', '1h'] }, 3600, 3600],
    [{ type: 'duration', allowedValues: ['30m', '1h'] }, '60m', 3600],
    [{ type: 'duration', allowedValues: ['30m', '1h'] }, 3601, 'not-allowed'],
    [{ type: 'slack_user' }, 'U123', 'U123'],
    [{ type: 'slack_user' }, ['U1', 'U2'], 'type'],
    [{ type: 'slack_user_list' }, 'U1, U2', ['U1', 'U2']],
    [{ type: 'slack_user_list' }, ['U1'], ['U1']],
    [{ type: 'str_list' }, ['a', ' b '], ['a', 'b']],
    [{ type: 'str_list' }, 'a,,b', ['a', 'b']],
    [{ type: 'str_list' }, [], 'required'],
    [{ type: 'str_list' }, ['a', ''], 'type'],
    [{ type: 'str_list' }, ['a', 7], 'type'],
    [{ type: 'str_list', allowedValues: ['a', 'b'] }, ['a', 'c'], 'not-allowed'],
    [{ type: 'int_list' }, '1, 2', [1, 2]],
    [{ type: 'int_list' }, [1, '2'], [1, 2]],
    [{ type: 'int_list' }, '1, x', 'type'],
    [{ type: 'int_list' }, {}, 'type'],
  ])('%j given %j → %j', (more, given, expected) => {
    expect(check(field(more), given)).toEqual(expected);
  });

  it.each([
    'string',
    'int',
    'bool',
    'duration',
    'slack_user',
    'slack_user_list',
    'str_list',
    'int_list',
  ] as const)('leaves out an optional %s that is not given, and asks for a required one', type => {
    for (const given of [undefined, null, '', '  ', []]) {
      expect(check(field({ type, required: false }), given)).toBeUndefined();
      expect(check(field({ type }), given)).toBe('required');
    }
  });
});

describe('validateForm', () => {
  it('turns the flow’s own form into a draft', () => {
    expect(validateForm(FLOW, FRONT_END.id, { reason: 'because', duration: '1h' })).toEqual({
      ok: true,
      draft: { flowId: FLOW.id, targetId: FRONT_END.id, values: { reason: 'because', duration: 3600 } },
      durationSeconds: 3600,
    });
    expect(validateForm(FLOW, FRONT_END.id, DRAFT.values)).toMatchObject({ ok: true, draft: DRAFT });
  });

  it('reports every field at once, each once, with words', () => {
    const result = validateForm(FLOW, 'nowhere', { duration: '2h' });
    expect(result.ok ? [] : result.problems).toEqual([
      { field: 'target', rule: 'unknown-target', message: 'AWS SSO Access has no such target' },
      { field: 'reason', rule: 'required', message: 'Why do you need access?: please fill this in' },
      { field: 'duration', rule: 'not-allowed', message: 'How long: choose one of 30 min, 1 h' },
    ]);
  });

  it('takes a reason of 1 to 256 characters, counted as a person counts', () => {
    const reason = field({ type: 'string', name: 'reason' });
    expect(check(reason, 'x')).toBe('x');
    expect(check(reason, '😀'.repeat(256))).toBe('😀'.repeat(256));
    expect(check(reason, 'x'.repeat(257))).toBe('too-long');
    expect(check(field({ type: 'string', name: 'notes' }), 'x'.repeat(257))).toHaveLength(257);
  });

  it('fills in defaults', () => {
    expect(check(field({ type: 'duration', default: '30m' }), undefined)).toBe(1800);
    expect(check(field({ type: 'bool', default: false }), undefined)).toBe(false);
  });

  it('lets nobody fill in a hidden field', () => {
    expect(check(field({ type: 'string', visible: false, default: 'ours' }), 'theirs')).toBe('ours');
  });

  it('does not take an inherited property for an answer', () => {
    expect(check(field({ type: 'string', name: 'toString' }), undefined)).toBe('required');
  });
});

describe('a conditional question', () => {
  const impact = field({ name: 'impact', type: 'string', allowedValues: ['none', 'outage'] });
  const incident = field({ name: 'incident', type: 'string', when: { field: 'impact', equals: ['outage'] } });
  const bridge = field({ name: 'bridge', type: 'bool', when: { field: 'incident', equals: ['INC-1'] } });
  const flow: Flow = { ...FLOW, fields: [impact, incident, bridge] };
  const outcome = (values: Record<string, unknown>) => {
    const result = validateForm(flow, FRONT_END.id, values);
    return result.ok
      ? result.draft.values
      : Object.fromEntries(result.problems.map(({ field, rule }) => [field, rule]));
  };

  it('is neither needed nor kept while its condition does not hold', () => {
    expect(outcome({ impact: 'none' })).toEqual({ impact: 'none' });
    expect(outcome({ impact: 'none', incident: 'INC-1', bridge: true })).toEqual({ impact: 'none' });
  });

  it('is a question like any other while it holds, along a chain too', () => {
    expect(outcome({ impact: 'outage' })).toEqual({ incident: 'required' });
    expect(outcome({ impact: 'outage', incident: 'INC-2', bridge: true })).toEqual({
      impact: 'outage',
      incident: 'INC-2',
    });
    expect(outcome({ impact: 'outage', incident: 'INC-1' })).toEqual({ bridge: 'required' });
  });

  it('waits for an answer that can be read', () => {
    expect(outcome({ impact: 'flood', incident: 'INC-1' })).toEqual({ impact: 'not-allowed' });
    expect(outcome({})).toEqual({ impact: 'required' });
  });

  it.each<[Partial<PromptField> & Pick<PromptField, 'type'>, string | number | boolean, FieldValue, boolean]>(
    [
      [{ type: 'bool' }, true, true, true],
      [{ type: 'bool' }, true, false, false],
      [{ type: 'duration' }, '1h', 3600, true],
      [{ type: 'duration' }, '1h', 1800, false],
      [{ type: 'int' }, '3', 3, true],
      [{ type: 'str_list' }, 'b', ['a', 'b'], true],
      [{ type: 'str_list' }, 'c', ['a', 'b'], false],
      [{ type: 'int_list' }, 2, [1, 2], true],
      [{ type: 'string', allowedValues: ['a'] }, 'b', 'b', false],
    ],
  )('after %j, waiting for %j and given %j: %j', (other, equals, answer, expected) => {
    const question = field({ type: 'string', when: { field: 'other', equals: [equals] } });
    const fields = [field({ ...other, name: 'other' }), question];
    expect(isAsked(question, fields, { other: answer })).toBe(expected);
  });
});

describe('initialValue and allowedFieldValues', () => {
  it('show durations in seconds, and the only choice as chosen', () => {
    expect(initialValue(field({ type: 'duration', default: '1h' }))).toBe(3600);
    expect(initialValue(field({ type: 'duration', allowedValues: ['30m'] }))).toBe(1800);
    expect(initialValue(field({ type: 'duration', allowedValues: ['30m', '1h'] }))).toBeUndefined();
    expect(initialValue(field({ type: 'str_list', default: 'a,b' }))).toEqual(['a', 'b']);
    expect(initialValue(field({ type: 'string', default: 'x', allowedValues: ['y', 'z'] }))).toBeUndefined();
    expect(allowedFieldValues(field({ type: 'duration', allowedValues: ['30m', '1h'] }))).toEqual([
      1800, 3600,
    ]);
    expect(allowedFieldValues(field({ type: 'string' }))).toEqual([]);
  });
});

describe('the questions of a form that is being filled in', () => {
  const fields: readonly PromptField[] = [
    field({ name: 'impact', type: 'string', allowedValues: ['none', 'outage'] }),
    field({ name: 'paged', type: 'bool', when: { field: 'impact', equals: ['outage'] } }),
    field({ name: 'who', type: 'slack_user', when: { field: 'paged', equals: [true] } }),
    field({ name: 'hosts', type: 'int_list' }),
    field({ name: 'many', type: 'string', when: { field: 'hosts', equals: [3] } }),
    field({ name: 'origin', type: 'string', visible: false, default: 'editor' }),
    field({ name: 'from', type: 'string', when: { field: 'origin', equals: ['editor'] } }),
  ];
  const flow: Flow = { ...FLOW, fields };

  it.each<[object, readonly string[]]>([
    [{}, ['impact', 'hosts', 'from']],
    [{ impact: 'outage' }, ['impact', 'paged', 'hosts', 'from']],
    [{ impact: 'outage', paged: true }, ['impact', 'paged', 'who', 'hosts', 'from']],
    // What hangs on a question that is not asked any more is not asked either.
    [{ impact: 'none', paged: true, who: '@ana' }, ['impact', 'hosts', 'from']],
    [{ hosts: '1, 3' }, ['impact', 'hosts', 'many', 'from']],
    [{ hosts: '1, 3x' }, ['impact', 'hosts', 'from']],
    [{ origin: 'other' }, ['impact', 'hosts', 'from']],
  ])('for %j are %j', (values, expected) => {
    expect(askedFields(flow, values as Record<string, unknown>)).toEqual(expected);
  });
});

describe('typedValues', () => {
  it.each<[Parameters<typeof field>[0], FieldValue, unknown]>([
    [{ type: 'duration', allowedValues: ['30m', '60m'] }, 3600, '60m'],
    [{ type: 'duration', allowedValues: [1800] }, 1800, 1800],
    [{ type: 'duration' }, 5400, '90m'],
    [{ type: 'str_list' }, ['a', 'b'], 'a, b'],
    [{ type: 'str_list', allowedValues: ['a', 'b'] }, ['a'], ['a']],
    [{ type: 'int' }, 3, 3],
    [{ type: 'bool' }, false, false],
    [{ type: 'string', visible: false }, 'x', undefined],
  ])('of %j and %j is %j', (more, accepted, typed) => {
    expect(typedValues([field(more)], { it: accepted })['it']).toEqual(typed);
  });
});
