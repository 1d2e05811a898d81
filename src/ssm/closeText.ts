import type { CloseReason } from './closeReason';

/**
 * `channel_closed` has no code, only text for the user, and its wording is not documented. This one place guesses the kind from
 * it; the words themselves are always passed on. No text means that the program on the node ended, or the session was terminated.
 */
const KINDS: readonly (readonly [RegExp, CloseReason['kind']])[] = [
  [/inactiv|idle/i, 'idle-timeout'],
  [/max(imum)?[\s-]*(session )?(duration|time)|duration limit/i, 'max-duration'],
  [/(instance|target|node).*(stopp|terminat|shut)/i, 'target-stopped'],
  [/access.*(revoked|denied)|not authorized/i, 'access-revoked'],
];

export function closeReasonOf(output: string): CloseReason {
  const message = output.trim();
  if (message === '') return { kind: 'remote-exit' };
  const kind = KINDS.find(([pattern]) => pattern.test(message))?.[1] ?? 'service';
  return { kind, message };
}
