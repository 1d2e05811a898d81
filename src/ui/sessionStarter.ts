import type { CallOptions } from '../base/cancellation';
import type { Clock } from '../base/clock';
import { AppError } from '../base/errors';
import type { Log } from '../base/log';
import type { Instance } from '../access/instance';
import type { GrantLedger } from '../access/ledger';
import type { AwsClients } from '../aws/clients';
import type { CredentialSource } from '../aws/credential';
import type { NodeAccessCredentials } from '../aws/nodeAccess/nodeAccessCredentials';
import type { RoleCredentials } from '../aws/roleCredentials';
import { SessionApi, type StartSessionInput } from '../aws/sessionApi';
import type { CloseReason } from '../ssm/closeReason';
import type { SessionControl } from '../ssm/sessionControl';
import { heirOf, type SessionRole } from './model/roleChoice';

export interface SessionStarterDeps {
  readonly roles: RoleCredentials;
  /** What AWS's node access hands out for its grants. */
  readonly nodeAccess: Pick<NodeAccessCredentials, 'get'>;
  readonly clients: AwsClients;
  readonly ledger: GrantLedger;
  readonly clock: Clock;
  readonly log: Log;
  /** Why the grant of a request is over, for the session's terminal; undefined while it is not. */
  readonly grantEnd: (requestId: string) => CloseReason | undefined;
}

/** Starts sessions at AWS as a role and hands the data channel what it needs of the control plane. */
export class SessionStarter {
  readonly #deps: SessionStarterDeps;

  constructor(deps: SessionStarterDeps) {
    this.#deps = deps;
  }

  /** Throws what `SessionApi.start` throws. */
  async start(
    instance: Instance,
    role: SessionRole,
    input: Omit<StartSessionInput, 'instanceId' | 'reason'>,
    options?: CallOptions,
  ): Promise<SessionControl> {
    const api = new SessionApi({
      credentials: this.#credentialsOf(role, instance),
      region: instance.region,
      clients: this.#deps.clients,
      log: this.#deps.log,
      ...(role.endpointUrl ? { endpointUrl: role.endpointUrl } : {}),
    });
    const reason = this.#reasonFor(role);
    const ticket = await api.start(
      { ...input, instanceId: instance.id, ...(reason ? { reason } : {}) },
      options,
    );
    const requestId = role.grant?.requestId;
    return {
      ticket,
      targetId: instance.id,
      resume: resumeOptions => api.resume(ticket.sessionId, resumeOptions),
      terminate: terminateOptions => api.terminate(ticket.sessionId, terminateOptions),
      signUpgrade: url => api.signUpgrade(url),
      generateDataKey: (keyId, context, keyOptions) => api.generateDataKey(keyId, context, keyOptions),
      explainEnd: () => Promise.resolve(requestId === undefined ? undefined : this.#deps.grantEnd(requestId)),
    };
  }

  #credentialsOf({ credentials, grant }: SessionRole, instance: Instance): CredentialSource {
    const { roles, nodeAccess, ledger, clock } = this.#deps;
    if (credentials.kind === 'role') return () => roles.get(credentials.role);
    return async () => {
      const current = grant && heirOf(grant, ledger.grants, instance, clock.now());
      const ref = current && ledger.request(current.requestId)?.brokerRef;
      if (!ref) throw new AppError('no-grant', `The access to ${instance.id} is over`);
      return await nodeAccess.get(ref);
    };
  }

  /** Joins AWS's own records with the approval: the request's id, then the person's words. */
  #reasonFor(role: SessionRole): string | undefined {
    const request = role.grant && this.#deps.ledger.request(role.grant.requestId);
    if (!request) return undefined;
    const words = request.draft.values['reason'];
    return typeof words === 'string' ? `${request.id} ${words}` : request.id;
  }
}
