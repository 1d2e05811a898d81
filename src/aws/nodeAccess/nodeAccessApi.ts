import type { OpsItem, OpsItemSummary, SignalType } from '@aws-sdk/client-ssm';
import type { CallOptions } from '../../base/cancellation';
import { AppError } from '../../base/errors';
import type { AwsClients, ClientScope } from '../clients';
import type { RoleCredential } from '../credential';
import { NODE_ACCESS_CODES, toBrokerFailure } from './nodeAccessErrors';
import type { NodeAccessIdentity, NodeAccessPlace } from './nodeAccessPlace';

/** The type of the OpsItems that access requests are kept as. */
export const ACCESS_REQUEST_TYPE = '/aws/accessrequest';

/** `Pending`, `Approved`, `Rejected`, `Revoked`, `Expired`; kept as AWS writes it. */
export interface AccessTokenAnswer {
  readonly status: string;
  /** Only while it is approved. */
  readonly credential?: RoleCredential;
}

/** How many OpsItems DescribeOpsItems gives at most in one page. */
const PAGE = 50;

/**
 * The calls of just-in-time node access. All throw `AppError`: `broker-forbidden`, `broker-refused` (AWS's words), `broker-unavailable`,
 * `cancelled`, and what the identity's credentials throw (`signed-out`, `role-not-assigned`, …).
 */
export class NodeAccessApi {
  readonly #clients: AwsClients;
  readonly #identity: (place: NodeAccessPlace) => NodeAccessIdentity | Promise<NodeAccessIdentity>;

  constructor(deps: {
    readonly clients: AwsClients;
    /** As whom to ask in a place. May throw `AppError` when nobody is known there. */
    readonly identity: (place: NodeAccessPlace) => NodeAccessIdentity | Promise<NodeAccessIdentity>;
  }) {
    this.#clients = deps.clients;
    this.#identity = deps.identity;
  }

  /** How far AWS's clock is ahead of ours, in milliseconds; see `ServerClock`. */
  get clockOffsetMs(): number | undefined {
    return this.#clients.clockOffsetMs;
  }

  /** The id of the new request, `oi-…`. Never sent twice: a second one would be a second request to the approvers. */
  async startAccessRequest(
    place: NodeAccessPlace,
    { reason, instanceIds }: { readonly reason: string; readonly instanceIds: readonly string[] },
    options: CallOptions = {},
  ): Promise<string> {
    const { AccessRequestId } = await this.#send(
      place,
      'StartAccessRequest',
      ({ sdk, client }) =>
        send =>
          client.send(
            new sdk.StartAccessRequestCommand({
              Reason: reason,
              Targets: [{ Key: 'InstanceIds', Values: [...instanceIds] }],
            }),
            send,
          ),
      { ...options, maxAttempts: 1 },
    );
    return present('StartAccessRequest', AccessRequestId, 'an id');
  }

  async getAccessToken(
    place: NodeAccessPlace,
    accessRequestId: string,
    options: CallOptions = {},
  ): Promise<AccessTokenAnswer> {
    const { AccessRequestStatus, Credentials } = await this.#send(
      place,
      'GetAccessToken',
      ({ sdk, client }) =>
        send =>
          client.send(new sdk.GetAccessTokenCommand({ AccessRequestId: accessRequestId }), send),
      options,
    );
    const status = present('GetAccessToken', AccessRequestStatus, 'a status');
    const { AccessKeyId, SecretAccessKey, SessionToken, ExpirationTime } = Credentials ?? {};
    if (!AccessKeyId || !SecretAccessKey || !SessionToken || !ExpirationTime) return { status };
    return {
      status,
      credential: {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        sessionToken: SessionToken,
        expiresAt: ExpirationTime.getTime(),
      },
    };
  }

  /** The access requests of a place that stand at one of `statuses`, made after `since`, newest first as AWS gives them. All pages. */
  async describeAccessRequests(
    place: NodeAccessPlace,
    { statuses, since }: { readonly statuses: readonly string[]; readonly since?: number },
    options: CallOptions = {},
  ): Promise<readonly OpsItemSummary[]> {
    const found: OpsItemSummary[] = [];
    let next: string | undefined;
    do {
      const token = next;
      const page = await this.#send(
        place,
        'DescribeOpsItems',
        ({ sdk, client }) =>
          send =>
            client.send(
              new sdk.DescribeOpsItemsCommand({
                OpsItemFilters: [
                  { Key: 'OpsItemType', Values: [ACCESS_REQUEST_TYPE], Operator: 'Equal' },
                  { Key: 'Status', Values: [...statuses], Operator: 'Equal' },
                  ...(since === undefined
                    ? []
                    : [
                        {
                          Key: 'CreatedTime' as const,
                          Values: [new Date(since).toISOString()],
                          Operator: 'GreaterThan' as const,
                        },
                      ]),
                ],
                MaxResults: PAGE,
                ...(token === undefined ? {} : { NextToken: token }),
              }),
              send,
            ),
        options,
      );
      found.push(...(page.OpsItemSummaries ?? []));
      next = page.NextToken || undefined;
    } while (next !== undefined);
    return found;
  }

  async getOpsItem(place: NodeAccessPlace, opsItemId: string, options: CallOptions = {}): Promise<OpsItem> {
    const { OpsItem } = await this.#send(
      place,
      'GetOpsItem',
      ({ sdk, client }) =>
        send =>
          client.send(new sdk.GetOpsItemCommand({ OpsItemId: opsItemId }), send),
      options,
    );
    return present('GetOpsItem', OpsItem, 'an item');
  }

  /** The approver's word, to the automation that waits for it. */
  async signal(
    place: NodeAccessPlace,
    signal: { readonly executionId: string; readonly type: SignalType; readonly comment?: string },
    options: CallOptions = {},
  ): Promise<void> {
    await this.#send(
      place,
      'SendAutomationSignal',
      ({ sdk, client }) =>
        send =>
          client.send(
            new sdk.SendAutomationSignalCommand({
              AutomationExecutionId: signal.executionId,
              SignalType: signal.type,
              ...(signal.comment ? { Payload: { Comment: [signal.comment] } } : {}),
            }),
            send,
          ),
      options,
    );
  }

  /** Stops the automation that waits for approvals: how a requester takes a request back. */
  async stopAutomation(
    place: NodeAccessPlace,
    executionId: string,
    options: CallOptions = {},
  ): Promise<void> {
    await this.#send(
      place,
      'StopAutomationExecution',
      ({ sdk, client }) =>
        send =>
          client.send(
            new sdk.StopAutomationExecutionCommand({ AutomationExecutionId: executionId, Type: 'Cancel' }),
            send,
          ),
      options,
    );
  }

  async #send<T>(
    place: NodeAccessPlace,
    operation: string,
    prepare: (loaded: SsmClient) => (options: { abortSignal?: AbortSignal }) => Promise<T>,
    { signal, maxAttempts }: CallOptions & Pick<ClientScope, 'maxAttempts'>,
  ): Promise<T> {
    try {
      const { credentials, endpoints } = await this.#identity(place);
      const scope = { region: place.region, credentials, endpoints };
      const loaded = await this.#clients.ssm(maxAttempts === undefined ? scope : { ...scope, maxAttempts });
      return await this.#clients.call(operation, prepare(loaded), { signal, codes: NODE_ACCESS_CODES });
    } catch (failure) {
      throw toBrokerFailure(failure);
    }
  }
}

type SsmClient = Awaited<ReturnType<AwsClients['ssm']>>;

function present<T>(operation: string, value: T | undefined, what: string): T {
  if (value === undefined || value === '') {
    throw new AppError('broker-unavailable', `${operation}: AWS answered without ${what}.`, {
      details: { broker: 'aws' },
    });
  }
  return value;
}
