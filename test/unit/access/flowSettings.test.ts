import { describe, expect, it } from 'vitest';
import { readFlowSettings } from '../../../src/access/flowSettings';
import { FLOW } from '../../support/access/world';

const GOOD = {
  broker: 'sym',
  id: 'acme:flow:aws_sso:latest',
  label: 'AWS SSO Access',
  approvers: '#sym-requests',
  targets: [
    {
      id: 'acme:access_target:aws_sso_permission_set:frontend-ssh:latest',
      label: 'FrontEnd SSH',
      accountId: '123456789012',
      permissionSet: 'FrontEndSSHAccess',
      instanceTags: { Department: 'FrontEnd' },
      sessionDuration: '2h',
    },
    {
      id: 'acme:access_target:aws_sso_permission_set:backend-ssh:latest',
      label: 'BackEnd SSH',
      accountId: '123456789012',
      permissionSet: 'BackEndSSHAccess',
      instanceTags: { Department: 'BackEnd' },
    },
  ],
  fields: [
    { name: 'reason', label: 'Why do you need access?', type: 'string' },
    { name: 'duration', label: 'How long', type: 'duration', allowedValues: ['30m', '1h'] },
  ],
};

const [target] = GOOD.targets as unknown as [Record<string, unknown>];
const paths = (setting: unknown) => readFlowSettings(setting).problems.map(({ path }) => path);
const messages = (setting: unknown) =>
  readFlowSettings(setting).problems.map(({ path, message }) => `${path} ${message}`);

describe('readFlowSettings', () => {
  it('reads the flow of the article', () => {
    expect(readFlowSettings([GOOD])).toEqual({ flows: [FLOW], problems: [] });
  });

  it.each([undefined, null, []])('reads %j as no flows', setting => {
    expect(readFlowSettings(setting)).toEqual({ flows: [], problems: [] });
  });

  it('asks for the reason of an emergency, whatever the setting says', () => {
    const [reason, ...others] = GOOD.fields;
    const setting = { ...GOOD, fields: [{ ...reason, required: false }, ...others] };
    const required = (value: object) => readFlowSettings([value]).flows[0]?.fields[0]?.required;
    expect(required(setting)).toBe(false);
    expect(required({ ...setting, breakGlass: true })).toBe(true);
  });

  it.each([{}, 'x', 5])('refuses %j as a whole', setting => {
    expect(readFlowSettings(setting)).toEqual({
      flows: [],
      problems: [{ path: '', at: [], field: '', message: 'must be a list of flows' }],
    });
  });

  it('keeps the good flows beside a bad one, in their order', () => {
    const other = { ...GOOD, id: 'acme:flow:other:latest' };
    const result = readFlowSettings([GOOD, { ...GOOD, broker: 'tem' }, other, 7]);
    expect(result.flows.map(({ id }) => id)).toEqual([GOOD.id, other.id]);
    expect(result.problems.map(({ path }) => path)).toEqual(['[1].broker', '[3]']);
  });

  it('reports every problem of a flow, each where it is', () => {
    const bad = {
      broker: 'sym',
      id: '',
      targets: [
        { ...target, accountId: 123456789012, sessionDuration: '2 hours' },
        { id: 'b', label: 'B', accountId: '12' },
      ],
      fields: [{ name: 'reason', type: 'text' }, { type: 'string' }],
    };
    expect(messages([GOOD, bad])).toEqual([
      '[1].id must not be empty',
      '[1].label is missing',
      '[1].targets[0].accountId must be twelve digits, in quotation marks',
      '[1].targets[0].sessionDuration must be a duration such as "30m", "2h" or "1d"',
      '[1].targets[1].accountId must be twelve digits',
      expect.stringContaining('[1].fields[0].type must be one of string, int'),
      '[1].fields[1].name is missing',
    ]);
  });

  it('refuses a key it does not know, lest a misspelt condition reach every instance', () => {
    const { instanceTags: tags, ...rest } = target;
    expect(messages([{ ...GOOD, targets: [{ ...rest, instanceTag: tags }] }])).toEqual([
      '[0].targets[0].instanceTag is not a key we know',
    ]);
    expect(paths([{ ...GOOD, label2: 1 }])).toEqual(['[0].label2']);
  });

  it('refuses one name for two things', () => {
    expect(messages([GOOD, GOOD])).toEqual(['[1].id is used by [0] already']);
    expect(messages([{ ...GOOD, targets: [target, target] }])).toEqual([
      '[0].targets[1].id is used by targets[0] already',
    ]);
    expect(paths([{ ...GOOD, fields: [GOOD.fields[0], GOOD.fields[0]] }])).toEqual(['[0].fields[1].name']);
  });

  it.each([
    ['a reserved name', { name: 'target_id', type: 'string' }, 'name'],
    ['a duration that is none', { name: 'duration', type: 'string' }, 'type'],
    [
      'an allowed value of another type',
      { name: 'n', type: 'int', allowedValues: [1, 'two'] },
      'allowedValues[1]',
    ],
    [
      'an allowed duration that is none',
      { name: 'duration', type: 'duration', allowedValues: ['30m', 'x'] },
      'allowedValues[1]',
    ],
    ['no allowed value at all', { name: 'n', type: 'int', allowedValues: [] }, 'allowedValues'],
    ['a default of another type', { name: 'n', type: 'int', default: 'two' }, 'default'],
    [
      'a default that is not allowed',
      { name: 'duration', type: 'duration', allowedValues: ['30m'], default: '1h' },
      'default',
    ],
    ['a hidden required field without a default', { name: 'n', type: 'int', visible: false }, 'default'],
  ])('refuses %s', (_name, field, path) => {
    expect(paths([{ ...GOOD, fields: [field] }])).toEqual([`[0].fields[0].${path}`]);
  });

  it('needs a target, and of Sym’s targets the permission set', () => {
    const { permissionSet: _set, ...rest } = target;
    expect(messages([{ ...GOOD, targets: [] }])).toEqual(['[0].targets must name at least one target']);
    expect(messages([{ ...GOOD, targets: [rest] }])).toEqual(['[0].targets[0].permissionSet is needed']);
  });

  it('keeps a flow of AWS’s node access to what can be asked there', () => {
    const { permissionSet: _set, ...rest } = target;
    const [reason, duration] = GOOD.fields;
    const flow = { ...GOOD, broker: 'aws', targets: [rest], fields: [reason] };
    expect(messages([flow])).toEqual([]);
    expect(paths([{ ...flow, targets: [target] }])).toEqual(['[0].targets[0].permissionSet']);
    expect(paths([{ ...flow, fields: [reason, duration] }])).toEqual(['[0].fields[1].name']);
    expect(paths([{ ...flow, fields: [] }])).toEqual(['[0].fields']);
    const asking = { ...rest, requestAs: 'NodeAccessRequester' };
    expect(readFlowSettings([{ ...flow, targets: [asking] }]).flows[0]?.targets[0]).toMatchObject({
      requestAs: 'NodeAccessRequester',
    });
    expect(paths([{ ...GOOD, targets: [{ ...target, requestAs: 'X' }] }])).toEqual([
      '[0].targets[0].requestAs',
    ]);
    expect(paths([{ ...flow, fields: [{ ...reason, required: false }] }])).toEqual(['[0].fields']);
  });

  it('fills in what the provider’s schema says of fields', () => {
    const [flow] = readFlowSettings([
      { ...GOOD, fields: [{ name: 'ticket', type: 'string', required: false }] },
    ]).flows;
    expect(flow?.fields).toEqual([
      { name: 'ticket', label: 'ticket', type: 'string', required: false, visible: true },
    ]);
    const { fields: _fields, ...bare } = GOOD;
    expect(readFlowSettings([bare]).flows[0]?.fields).toEqual([]);
  });

  describe('a condition', () => {
    const impact = { name: 'impact', type: 'string', allowedValues: ['none', 'outage'] };
    const withFields = (...fields: unknown[]) => [{ ...GOOD, fields }];

    it('is read as a list of answers of which one is enough', () => {
      const one = { name: 'a', type: 'string', when: { field: 'impact', equals: 'outage' } };
      const two = { name: 'b', type: 'bool', when: { field: 'impact', equals: ['none', 'outage'] } };
      const { flows, problems } = readFlowSettings(withFields(impact, one, two));
      expect(problems).toEqual([]);
      expect(flows[0]?.fields.map(({ when }) => when)).toEqual([
        undefined,
        { field: 'impact', equals: ['outage'] },
        { field: 'impact', equals: ['none', 'outage'] },
      ]);
    });

    it('asks about an earlier field, with an answer that field can have', () => {
      const later = { name: 'a', type: 'string', when: { field: 'impact', equals: 'outage' } };
      expect(messages(withFields(later, impact))).toEqual([
        '[0].fields[0].when.field must name a field further up in the list',
      ]);
      const itself = { name: 'a', type: 'string', when: { field: 'a', equals: 'x' } };
      expect(paths(withFields(itself))).toEqual(['[0].fields[0].when.field']);
      const never = { name: 'a', type: 'string', when: { field: 'impact', equals: ['none', 'flood'] } };
      expect(messages(withFields(impact, never))).toEqual([
        '[0].fields[1].when.equals[1] is never the answer to "impact"',
      ]);
    });

    it.each([
      {},
      'impact',
      { field: 'impact' },
      { field: 'impact', equals: [] },
      { field: 'impact', is: 'none' },
    ])('of another shape is a problem: %j', when => {
      expect(readFlowSettings(withFields(impact, { name: 'a', type: 'bool', when })).flows).toEqual([]);
    });

    it('cannot hide the reason that AWS needs', () => {
      const aws = {
        ...GOOD,
        broker: 'aws',
        targets: [{ id: 'nodes', label: 'Nodes', accountId: '123456789012' }],
        fields: [impact, { name: 'reason', type: 'string', when: { field: 'impact', equals: 'none' } }],
      };
      expect(messages([aws])).toEqual(['[0].fields must hold a required field "reason" of the type string']);
    });
  });
});

describe('a problem of the flows', () => {
  it('names the flow as people do, the field in it, and where it stands', () => {
    const [one, two, three] = readFlowSettings([
      { ...GOOD, targets: [{ ...GOOD.targets[0], sessionDuration: 'two hours' }] },
      { ...GOOD, label: '', id: 'acme:flow:other:latest' },
      7,
    ]).problems;
    expect(one).toMatchObject({
      flow: GOOD.label,
      field: 'targets[0].sessionDuration',
      at: [0, 'targets', 0, 'sessionDuration'],
      path: '[0].targets[0].sessionDuration',
    });
    expect(two).toMatchObject({ flow: 'acme:flow:other:latest', field: 'label', at: [1, 'label'] });
    expect(three).toMatchObject({ flow: '[2]', field: '', at: [2] });
  });
});
