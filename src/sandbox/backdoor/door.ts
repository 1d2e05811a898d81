import * as z from 'zod';
import type { Door } from '../pages/indexPage';
import type { HttpCall, HttpReply, HttpStream } from '../server/http';
import { USERS } from '../world/organization';

export type DoorReply = HttpReply | HttpStream;

/** One call of the back door: `path` may hold one `{parameter}`. */
export interface BackDoorRoute extends Door {
  readonly handle: (call: HttpCall, parameter: string) => DoorReply;
}

/** A mistake of the caller, told as 400 or another status. */
export class BadCall extends Error {
  readonly status: number;

  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}

/** `path` is what follows `/_sandbox/`. */
export function door(
  method: string,
  path: string,
  about: string,
  handle: BackDoorRoute['handle'],
): BackDoorRoute {
  return { method, path: `/_sandbox/${path}`, about, handle };
}

/** The JSON of a call; nothing is an empty object. Throws `BadCall`. */
export function bodyOf(call: HttpCall): unknown {
  if (call.body.length === 0) return {};
  try {
    return JSON.parse(call.body.toString('utf8'));
  } catch {
    throw new BadCall('The body is not JSON');
  }
}

/** The JSON of a call in this shape. Throws `BadCall`. */
export function read<T extends z.ZodType>(shape: T, call: HttpCall): z.infer<T> {
  const result = shape.safeParse(bodyOf(call));
  if (result.success) return result.data;
  throw new BadCall(z.prettifyError(result.error));
}

/** Throws `BadCall` for somebody who is not of this world. */
export function knownUser(email: string): string {
  if (!USERS.some(user => user.email === email)) throw new BadCall(`There is no user ${email}`);
  return email;
}
