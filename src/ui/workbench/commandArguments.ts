import * as z from 'zod';
import { AppError } from '../../base/errors';
import { instanceWish, wishParts, wishProblems } from '../../access/accessWish';
import { subjectOf } from './commandSubject';

// What commands take from key bindings, tasks and other extensions, as the README says; beside it, what our own code passes.

const id = z.string('must be text').min(1, 'must not be empty').max(512, 'is too long');
const port = (least: number) =>
  z
    .number('must be a number')
    .int('must be a whole number')
    .min(least, `must be ${least} to 65535`)
    .max(65_535, `must be ${least} to 65535`);

/** Whom a command is about: `instance` from outside, the others from our own code. */
const about = { instance: instanceWish.optional(), instanceKey: id.optional(), requestId: id.optional() };

export const requestArguments = z.strictObject(
  { ...wishParts, ...about, flowId: id.optional(), targetId: id.optional() },
  'must be an object',
);
export const shellArguments = z.strictObject(about, 'must be an object');
export const forwardArguments = z
  .strictObject(
    {
      ...about,
      host: z
        .string('must be text')
        .regex(/^[A-Za-z0-9._:-]{1,253}$/, 'must be a host name or an address')
        .optional(),
      port: port(1).optional(),
      localPort: port(0).optional(),
    },
    'must be an object',
  )
  .refine(
    ({ port, host, localPort }) => port !== undefined || (host === undefined && localPort === undefined),
    {
      path: ['port'],
      message: 'is missing',
    },
  );
/** `target`: the id or label of what was granted. */
export const grantArguments = z.strictObject(
  { requestId: id.optional(), instanceKey: id.optional(), target: id.optional() },
  'must be an object',
);
export const sessionArguments = z.strictObject({ sessionId: id.optional() }, 'must be an object');

/** Reads what a command was called with. A row of a tree counts as nothing: it says itself what it is. Throws `argument-invalid`. */
export function commandArguments<T>(command: string, schema: z.ZodType<T>, argument: unknown): T {
  const given = argument === undefined || argument === null || subjectOf(argument) ? {} : argument;
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new AppError('argument-invalid', `jitAccess.${command}: ${wishProblems(parsed.error)}`);
}
