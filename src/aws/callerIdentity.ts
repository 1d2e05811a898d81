import type { CallOptions } from '../base/cancellation';
import type { Endpoints } from '../access/profile';
import type { AwsClients } from './clients';
import type { CredentialSource } from './credential';

export interface CallerIdentity {
  readonly accountId: string;
  readonly arn: string;
  /** `aws:userid` of IAM policies. */
  readonly userId: string;
}

/** Asks STS who these credentials are. No permission is needed for it. Throws `AppError`. */
export async function callerIdentity(
  clients: AwsClients,
  scope: {
    readonly credentials: CredentialSource;
    readonly region: string;
    readonly endpoints?: Endpoints | undefined;
  },
  { signal }: CallOptions = {},
): Promise<CallerIdentity> {
  const { sdk, client } = await clients.sts(scope);
  const command = new sdk.GetCallerIdentityCommand({});
  const { Account, Arn, UserId } = await clients.call(
    'GetCallerIdentity',
    send => client.send(command, send),
    { signal },
  );
  return { accountId: Account ?? '', arn: Arn ?? '', userId: UserId ?? '' };
}
