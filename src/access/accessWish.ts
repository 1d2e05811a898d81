import * as z from 'zod';
import { AppError } from '../base/errors';
import { parseDuration } from './duration';
import type { Flow, FlowTarget } from './flow';
import { REASON_LENGTH } from './requestForm';

/** What somebody wants to ask for, as a link, a key binding, a task or another extension says it. Everything may be left open. */
export interface AccessWish {
  /** `i-…` or `mi-…`, or an instance key. */
  readonly instance?: string | undefined;
  /** The id or label of a target, and of its flow. */
  readonly target?: string | undefined;
  readonly flow?: string | undefined;
  readonly reason?: string | undefined;
  /** `30m`. */
  readonly duration?: string | undefined;
}

// Neither line breaks nor what steers a terminal or turns text around: a reason is read by approvers.
const PLAIN = /^[^\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]*$/u;
const plain = (most: number) =>
  z
    .string('must be text')
    .trim()
    .min(1, 'must not be empty')
    .max(most, `must have at most ${most} characters`)
    .regex(PLAIN, 'must have no control characters');

const INSTANCE_ID = '(i|mi)-[0-9a-f]{8,17}';

export const instanceWish = z
  .string('must be text')
  .regex(
    new RegExp(`^(\\d{12}/[a-z0-9-]{1,32}/)?${INSTANCE_ID}$`),
    'must be an instance id such as i-0123456789abcdef0',
  );

/** The parts of a wish, for schemas that hold more. */
export const wishParts = {
  instance: instanceWish.optional(),
  target: plain(256).optional(),
  flow: plain(256).optional(),
  reason: plain(REASON_LENGTH.max).optional(),
  duration: z
    .string('must be text')
    .max(16, 'must be a duration such as 30m')
    .refine(text => parseDuration(text) !== undefined, 'must be a duration such as 30m, 1h or 1d')
    .optional(),
};

export const accessWish = z.strictObject(wishParts, 'must be an object');

/** What is wrong, for the reader: `"port" must be a number; "colour" is not known`. */
export function wishProblems(error: z.ZodError): string {
  return error.issues
    .flatMap(issue =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map(key => `${JSON.stringify(key)} is not known`)
        : [
            issue.path.length === 0
              ? issue.message
              : `${JSON.stringify(issue.path.join('.'))} ${issue.message}`,
          ],
    )
    .join('; ');
}

/**
 * The flow and target that a wish means; undefined when it names none. Ids and labels are compared without regard to case. Throws
 * `argument-invalid` when no target, or more than one, has the name.
 */
export function wishedTarget(
  { target, flow }: Pick<AccessWish, 'target' | 'flow'>,
  flows: readonly Flow[],
): FlowTarget | undefined {
  if (target === undefined && flow === undefined) return undefined;
  const inFlows = flow === undefined ? flows : flows.filter(candidate => isNamed(candidate, flow));
  if (flow !== undefined && inFlows.length === 0) {
    throw new AppError('argument-invalid', `the settings have no access flow "${flow}"`);
  }
  const found = inFlows.flatMap(candidate =>
    candidate.targets
      .filter(one => target === undefined || isNamed(one, target))
      .map(one => ({ flow: candidate, target: one })),
  );
  const [first] = found;
  if (target === undefined) return first;
  if (!first)
    throw new AppError('argument-invalid', `no access flow of the settings has a target "${target}"`);
  if (found.length > 1) {
    throw new AppError('argument-invalid', `more than one target is called "${target}"; name its flow too`);
  }
  return first;
}

function isNamed({ id, label }: { readonly id: string; readonly label: string }, name: string): boolean {
  const wanted = name.toLowerCase();
  return id.toLowerCase() === wanted || label.toLowerCase() === wanted;
}
