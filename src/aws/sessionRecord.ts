import type { CallOptions } from '../base/cancellation';
import type { Log } from '../base/log';
import type { AwsClients } from './clients';
import type { InstanceScope } from './instances';
import { known } from './targetState';

/** What Session Manager has on record of a session that is over, for 30 days. */
export interface SessionRecord {
  /** Epoch milliseconds, on AWS's clock. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** How long it could last at most, as the account's preferences were when it began; undefined without a limit. */
  readonly longestMs: number | undefined;
}

/**
 * Undefined while the session is not over, and where the question is refused to a role, which is no failure. Throws
 * `AppError('cancelled')` only.
 */
export async function sessionRecord(
  deps: { readonly clients: AwsClients; readonly log: Log },
  scope: InstanceScope,
  sessionId: string,
  { signal }: CallOptions = {},
): Promise<SessionRecord | undefined> {
  const { clients, log } = deps;
  return await known(log, `the record of session ${sessionId}`, async () => {
    const { sdk, client } = await clients.ssm(scope);
    const command = new sdk.DescribeSessionsCommand({
      State: 'History',
      Filters: [{ key: 'SessionId', value: sessionId }],
    });
    const { Sessions } = await clients.call('DescribeSessions', send => client.send(command, send), {
      signal,
    });
    const session = Sessions?.find(({ SessionId }) => SessionId === sessionId);
    if (!session?.StartDate || !session.EndDate) return undefined;
    const minutes = Number(session.MaxSessionDuration);
    return {
      startedAt: session.StartDate.getTime(),
      endedAt: session.EndDate.getTime(),
      longestMs: minutes > 0 ? minutes * 60_000 : undefined,
    };
  });
}
