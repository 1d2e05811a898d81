import * as z from 'zod';
import { parseDuration } from './duration';
import type { AccessTarget, Flow, PromptField, PromptFieldType } from './flow';
import { initialValue, singleValue } from './requestForm';

/** One thing that is wrong with the setting. */
export interface FlowProblem {
  /** As in `[0].targets[1].sessionDuration`; empty for the setting as a whole. */
  readonly path: string;
  /** The same, step by step. */
  readonly at: readonly (string | number)[];
  /** What people call the flow: its label, its id, or where it stands. Absent for the setting as a whole. */
  readonly flow?: string;
  /** Where in the flow: `targets[1].sessionDuration`; empty for the flow as a whole. */
  readonly field: string;
  /** What is wrong and what it must be, to follow on `field`: `must be twelve digits`. */
  readonly message: string;
}

export interface FlowSettings {
  readonly flows: readonly Flow[];
  readonly problems: readonly FlowProblem[];
}

/**
 * Reads the value of `jitAccess.flows`. A flow with a problem is left out, and each of its problems is reported where it is; the others
 * stay. Keys that we do not know are problems too: a misspelt `instanceTags` would reach every instance.
 */
export function readFlowSettings(setting: unknown): FlowSettings {
  if (setting === undefined || setting === null) return { flows: [], problems: [] };
  if (!Array.isArray(setting)) {
    return { flows: [], problems: [{ path: '', at: [], field: '', message: 'must be a list of flows' }] };
  }
  const flows: Flow[] = [];
  const problems: FlowProblem[] = [];
  const seen = new Map<string, number>();
  for (const [index, candidate] of (setting as unknown[]).entries()) {
    const parsed = flowSetting.safeParse(candidate, { reportInput: true });
    if (!parsed.success) {
      problems.push(...parsed.error.issues.flatMap(issue => problemsOf(index, candidate, issue)));
      continue;
    }
    const { id } = parsed.data;
    const first = seen.get(id);
    if (first !== undefined) {
      problems.push(problemAt(index, candidate, ['id'], `is used by [${first}] already`));
      continue;
    }
    seen.set(id, index);
    flows.push(toFlow(parsed.data));
  }
  return { flows, problems };
}

const FIELD_TYPES = [
  'string',
  'int',
  'bool',
  'duration',
  'slack_user',
  'slack_user_list',
  'str_list',
  'int_list',
] as const satisfies readonly PromptFieldType[];

const text = z.string('must be text').trim().min(1, 'must not be empty');

const writtenDuration = z
  .string('must be a duration such as "2h"')
  .refine(value => parseDuration(value) !== undefined, 'must be a duration such as "30m", "2h" or "1d"');

const targetSetting = z.strictObject(
  {
    id: text,
    label: text,
    accountId: z
      .string('must be twelve digits, in quotation marks')
      .regex(/^\d{12}$/, 'must be twelve digits'),
    permissionSet: text.optional(),
    requestAs: text.optional(),
    approveAs: text.optional(),
    instanceTags: z.record(z.string(), z.string('must be text'), 'must map tag keys to values').default({}),
    sessionDuration: writtenDuration.optional(),
  },
  'must be an object',
);

const answer = z.union([z.string(), z.number(), z.boolean()], 'must be text, a number, or true or false');

const conditionSetting = z.strictObject(
  {
    field: text,
    equals: z.union(
      [answer, z.array(answer).min(1)],
      'must be a value, or a list of values of which one is enough',
    ),
  },
  'must be an object with "field" and "equals"',
);

const fieldSetting = z
  .strictObject(
    {
      name: text,
      label: text.optional(),
      type: z.enum(FIELD_TYPES, `must be one of ${FIELD_TYPES.join(', ')}`),
      required: z.boolean('must be true or false').default(true),
      visible: z.boolean('must be true or false').default(true),
      default: z
        .union([z.string(), z.number(), z.boolean()], 'must be text, a number, or true or false')
        .optional(),
      allowedValues: z
        .array(z.union([z.string(), z.number()], 'must be text or a number'), 'must be a list')
        .min(1, 'must not be empty')
        .optional(),
      when: conditionSetting.optional(),
    },
    'must be an object',
  )
  .superRefine((field, context) => {
    const complain = (path: PropertyKey[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    if (RESERVED.has(field.name)) complain(['name'], `"${field.name}" is filled in from the target`);
    if (field.name === 'duration' && field.type !== 'duration') complain(['type'], 'must be "duration"');
    const question = toField({ ...field, allowedValues: undefined, default: undefined });
    for (const [index, value] of (field.allowedValues ?? []).entries()) {
      if (initialValue({ ...question, default: value }) === undefined) {
        complain(['allowedValues', index], `does not fit the type ${field.type}`);
      }
    }
    if (field.default !== undefined && initialValue(toField(field)) === undefined) {
      complain(['default'], `does not fit the type ${field.type}, or is not among the allowed values`);
    }
    if (!field.visible && field.required && field.default === undefined) {
      complain(['default'], 'is needed, since nobody can fill in a hidden field');
    }
  });

/** Sym fills these from the strategy's target. */
const RESERVED: ReadonlySet<string> = new Set(['target_id', 'target_srn', 'target']);

/** One flow of `jitAccess.flows`, as written. The JSON schema of the setting in `package.json` says the same. */
export const flowSetting = z
  .strictObject(
    {
      broker: z.enum(['sym', 'aws'], 'must be "sym" or "aws"'),
      id: text,
      label: text,
      approvers: text.optional(),
      breakGlass: z.boolean('must be true or false').default(false),
      targets: z.array(targetSetting, 'must be a list of targets').min(1, 'must name at least one target'),
      fields: z.array(fieldSetting, 'must be a list of fields').default([]),
    },
    'must be an object',
  )
  .superRefine((flow, context) => {
    const unique = (list: 'targets' | 'fields', key: 'id' | 'name', values: readonly string[]) => {
      for (const [index, value] of values.entries()) {
        const first = values.indexOf(value);
        if (first < index) {
          const message = `is used by ${list}[${first}] already`;
          context.addIssue({ code: 'custom', path: [list, index, key], message });
        }
      }
    };
    unique(
      'targets',
      'id',
      flow.targets.map(target => target.id),
    );
    unique(
      'fields',
      'name',
      flow.fields.map(field => field.name),
    );
    for (const [index, field] of flow.fields.entries()) {
      for (const { path, message } of conditionProblems(field, flow.fields.slice(0, index))) {
        context.addIssue({ code: 'custom', path: ['fields', index, 'when', ...path], message });
      }
    }
    if (flow.broker === 'aws') {
      const complain = (path: PropertyKey[], message: string) =>
        context.addIssue({ code: 'custom', path, message });
      const reason = flow.fields.find(field => field.name === 'reason');
      // StartAccessRequest takes a reason and nothing else; for how long is for the account's approval policies to say.
      if (reason?.type !== 'string' || !reason.required || reason.when) {
        complain(['fields'], 'must hold a required field "reason" of the type string');
      }
      const duration = flow.fields.findIndex(field => field.name === 'duration');
      if (duration >= 0) complain(['fields', duration, 'name'], 'is decided by AWS, and cannot be asked for');
      for (const [index, target] of flow.targets.entries()) {
        if (target.permissionSet === undefined) continue;
        complain(['targets', index, 'permissionSet'], 'does not apply: AWS hands out credentials of its own');
      }
      return;
    }
    for (const [index, target] of flow.targets.entries()) {
      // Sym's targets reach AWS through Identity Center: without the permission set we could not take up what was granted.
      for (const key of ['requestAs', 'approveAs'] as const) {
        if (target[key] === undefined) continue;
        const message = 'does not apply: Sym is asked by its own token';
        context.addIssue({ code: 'custom', path: ['targets', index, key], message });
      }
      if (target.permissionSet === undefined) {
        context.addIssue({ code: 'custom', path: ['targets', index, 'permissionSet'], message: 'is needed' });
      }
    }
  });

/** A condition asks about a question before its own, so that no two can wait for each other. */
function conditionProblems(
  field: FieldSetting,
  before: readonly FieldSetting[],
): readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] {
  if (!field.when) return [];
  const other = before.find(({ name }) => name === field.when?.field);
  if (!other) return [{ path: ['field'], message: 'must name a field further up in the list' }];
  const question = toField(other);
  const { equals } = field.when;
  if (!Array.isArray(equals)) {
    const fits = singleValue(question, equals) !== undefined;
    return fits ? [] : [{ path: ['equals'], message: `is never the answer to "${other.name}"` }];
  }
  return equals.flatMap((value, index) =>
    singleValue(question, value) === undefined
      ? [{ path: ['equals', index], message: `is never the answer to "${other.name}"` }]
      : [],
  );
}

type TargetSetting = z.infer<typeof targetSetting>;
type FieldSetting = z.infer<typeof fieldSetting>;

function toFlow(setting: z.infer<typeof flowSetting>): Flow {
  return {
    id: setting.id,
    broker: setting.broker,
    label: setting.label,
    targets: setting.targets.map(toTarget),
    // Whoever reviews the use of a flow for emergencies must find why it was used.
    fields: setting.fields.map(field =>
      toField({ ...field, required: field.required || (setting.breakGlass && field.name === 'reason') }),
    ),
    breakGlass: setting.breakGlass,
    ...(setting.approvers === undefined ? {} : { approvers: setting.approvers }),
  };
}

function toTarget(setting: TargetSetting): AccessTarget {
  const session = setting.sessionDuration === undefined ? undefined : parseDuration(setting.sessionDuration);
  return {
    id: setting.id,
    label: setting.label,
    accountId: setting.accountId,
    instanceTags: setting.instanceTags,
    ...(setting.permissionSet === undefined ? {} : { permissionSet: setting.permissionSet }),
    ...(setting.requestAs === undefined ? {} : { requestAs: setting.requestAs }),
    ...(setting.approveAs === undefined ? {} : { approveAs: setting.approveAs }),
    ...(session === undefined ? {} : { sessionDurationMs: session * 1000 }),
  };
}

function toField(setting: FieldSetting): PromptField {
  return {
    name: setting.name,
    label: setting.label ?? setting.name,
    type: setting.type,
    required: setting.required,
    visible: setting.visible,
    ...(setting.default === undefined ? {} : { default: setting.default }),
    ...(setting.allowedValues === undefined ? {} : { allowedValues: setting.allowedValues }),
    ...(setting.when === undefined
      ? {}
      : { when: { field: setting.when.field, equals: [setting.when.equals].flat() } }),
  };
}

function problemsOf(index: number, flow: unknown, issue: z.core.$ZodIssue): readonly FlowProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(key => problemAt(index, flow, [...issue.path, key], 'is not a key we know'));
  }
  const missing = issue.code !== 'custom' && issue.input === undefined;
  return [problemAt(index, flow, issue.path, missing ? 'is missing' : issue.message)];
}

function problemAt(index: number, flow: unknown, path: readonly PropertyKey[], message: string): FlowProblem {
  const steps = path.map(part => (typeof part === 'number' ? part : String(part)));
  const at = [index, ...steps];
  return { path: writePath(at), at, flow: nameOf(flow) ?? `[${index}]`, field: writePath(steps), message };
}

function nameOf(flow: unknown): string | undefined {
  const { label, id } = typeof flow === 'object' && flow !== null ? (flow as Record<string, unknown>) : {};
  return [label, id].find(name => typeof name === 'string' && name.trim() !== '') as string | undefined;
}

function writePath(path: readonly (string | number)[]): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      return index === 0 ? part : `.${part}`;
    })
    .join('');
}
