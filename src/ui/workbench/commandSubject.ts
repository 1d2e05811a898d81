import { instanceKey } from '../../access/instance';

// Commands are run from tree rows, from the palette (no argument), from keybindings and tasks (plain objects), and from our own
// code. What they are run on is read here, once, and never trusted to be of any shape.

/** The instance that a command was run on, by its `instanceKey`. */
export function instanceKeyOf(argument: unknown): string | undefined {
  const subject = subjectOf(argument);
  if (subject?.['kind'] === 'instance') {
    const instance = subject['instance'];
    return isInstanceLike(instance) ? instanceKey(instance) : undefined;
  }
  // A favourite that is not listed now.
  if (subject?.['kind'] === 'missing') return stringIn(subject, 'key');
  return stringIn(argument, 'instanceKey');
}

/** The request (and so the grant) that a command was run on. */
export function requestIdOf(argument: unknown): string | undefined {
  return stringIn(subjectOf(argument), 'requestId') ?? stringIn(argument, 'requestId');
}

export function sessionIdOf(argument: unknown): string | undefined {
  return stringIn(subjectOf(argument), 'sessionId') ?? stringIn(argument, 'sessionId');
}

/** The sign-in that a command was run on, by its cache key. */
export function ssoSessionKeyOf(argument: unknown): string | undefined {
  const listing = subjectOf(argument)?.['session'];
  const session = isRecord(listing) ? listing['session'] : undefined;
  return stringIn(session, 'cacheKey') ?? stringIn(argument, 'ssoSession');
}

/** The profile that a command was run on, by name: itself, or the one that a problem is about. */
export function profileNameOf(argument: unknown): string | undefined {
  const subject = subjectOf(argument);
  const error = subject?.['error'];
  return (
    stringIn(subject?.['profile'], 'name') ??
    stringIn(isRecord(error) ? error['details'] : undefined, 'profile') ??
    stringIn(argument, 'profile')
  );
}

/** Where in the AWS files a problem stands, when the command was run on one. `line` counts from 1. */
export function configPlaceOf(
  argument: unknown,
): { readonly path: string; readonly line: number } | undefined {
  const problem = subjectOf(argument)?.['problem'];
  const path = stringIn(problem, 'path');
  if (!isRecord(problem) || path === undefined) return undefined;
  const line = problem['line'];
  return { path, line: typeof line === 'number' && line > 0 ? line : 1 };
}

export interface TargetChoice {
  readonly flowId: string;
  readonly targetId: string;
}

/** The flow and target that a request was asked for. */
export function targetOf(argument: unknown): TargetChoice | undefined {
  const flowId = stringIn(argument, 'flowId');
  const targetId = stringIn(argument, 'targetId');
  return flowId && targetId ? { flowId, targetId } : undefined;
}

export function stringIn(value: unknown, key: string): string | undefined {
  const found = isRecord(value) ? value[key] : undefined;
  return typeof found === 'string' && found !== '' ? found : undefined;
}

export function subjectOf(argument: unknown): Record<string, unknown> | undefined {
  const subject = isRecord(argument) ? argument['subject'] : undefined;
  return isRecord(subject) ? subject : undefined;
}

function isInstanceLike(value: unknown): value is { id: string; accountId: string; region: string } {
  return ['id', 'accountId', 'region'].every(key => stringIn(value, key) !== undefined);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
