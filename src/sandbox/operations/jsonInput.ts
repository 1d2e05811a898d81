import type * as z from 'zod';
import { AwsFault } from '../errors/awsFault';

/** Reads the input of a JSON operation. Throws `ValidationException`, worded after AWS's. */
export function readInput<T extends z.ZodType>(shape: T, input: unknown): z.infer<T> {
  const read = shape.safeParse(input);
  if (read.success) return read.data;
  const problems = read.error.issues.map(
    issue =>
      `Value at '${camel(issue.path)}' failed to satisfy constraint: ${issue.message.replace(/^Invalid input: /, 'Member ')}`,
  );
  const count = problems.length;
  throw new AwsFault(
    'ValidationException',
    `${count} validation error${count === 1 ? '' : 's'} detected: ${problems.join('; ')}`,
  );
}

function camel(path: readonly PropertyKey[]): string {
  return path.map(part => String(part).replace(/^./, letter => letter.toLowerCase())).join('.');
}
