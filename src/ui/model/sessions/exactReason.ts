import type { Clock } from '../../../base/clock';
import type { CloseKind, CloseReason } from '../../../ssm/closeReason';

/** How long the search for the reason may hold up the news of the end. */
const EXPLAIN_WITHIN_MS = 4000;

/** Ends that leave open whether the grant is over, the instance was stopped or its agent is gone. */
const OPEN_KINDS: ReadonlySet<CloseKind> = new Set([
  'service',
  'access-revoked',
  'agent-gone',
  'plugin-exit',
]);

/**
 * The reason of an end, as exact as can be found out: the channel alone often knows only that it is over. `asked` says that an end
 * without words is what the person wanted, as after `exit`. Never rejects.
 */
export async function exactReason(
  reason: CloseReason,
  context: {
    readonly asked: boolean;
    readonly explain: () => Promise<CloseReason | undefined>;
    readonly clock: Clock;
  },
): Promise<CloseReason> {
  const isOpen =
    OPEN_KINDS.has(reason.kind) ||
    (reason.kind === 'remote-exit' && reason.exitCode === undefined && !context.asked);
  if (!isOpen) return reason;
  return new Promise(resolve => {
    const timer = context.clock.schedule(EXPLAIN_WITHIN_MS, () => resolve(reason));
    const done = (found?: CloseReason) => {
      timer.dispose();
      resolve(found ?? reason);
    };
    context.explain().then(done, () => done());
  });
}
