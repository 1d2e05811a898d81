import { throwIfCancelled, type CallOptions } from '../../base/cancellation';
import type { Clock } from '../../base/clock';
import { AppError } from '../../base/errors';
import type { Log } from '../../base/log';
import type { Instance } from '../../access/instance';
import type { GrantLedger } from '../../access/ledger';
import type { AwsClients } from '../../aws/clients';
import type { CredentialSource } from '../../aws/credential';
import type { NodeAccessCredentials } from '../../aws/nodeAccess/nodeAccessCredentials';
import type { RoleCredentials } from '../../aws/roleCredentials';
import { SessionApi, type StartSessionInput } from '../../aws/sessionApi';
import type { CloseReason } from '../../ssm/closeReason';
import { officialPluginCommand, type OfficialPlugin, type PluginCommand } from '../../ssm/officialPlugin';
import type { SessionControl } from '../../ssm/sessionControl';
import type { EndFinder } from './endFinder';
import { heirOf, type SessionRole } from '../model/sessions/roleChoice';

export interface SessionStarterDeps {
  readonly roles: Pick<RoleCredentials, 'get'>;
  /** What AWS's node access hands out for its grants. */
  readonly nodeAccess: Pick<NodeAccessCredentials, 'get'>;
  readonly clients: AwsClients;
  readonly ledger: Pick<GrantLedger, 'request' | 'grants'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Why the grant of a request is over, for the session's terminal; undefined while it is not. */
  readonly grantEnd: (requestId: string) => CloseReason | undefined;
  readonly ends: Pick<EndFinder, 'ofSession'>;
}

/** A started session: for our own client as it stands, or to be handed over to the official one. */
export interface StartedControl extends SessionControl {
  explainEnd(options?: CallOptions): Promise<CloseReason | undefined>;
  /** How to start the plugin on it. Throws what the credentials' source throws. */
  handOver(plugin: OfficialPlugin): Promise<PluginCommand>;
}

/** Starts sessions at AWS as a role and hands the data channel what it needs of the control plane. */
export class SessionStarter {
  readonly #deps: SessionStarterDeps;

  constructor(deps: SessionStarterDeps) {
    this.#deps = deps;
  }

  /** Throws what `SessionApi.start` throws. A session that came about although it was cancelled is ended again. */
  async start(
    instance: Instance,
    role: SessionRole,
    input: Omit<StartSessionInput, 'instanceId' | 'reason'>,
    options: CallOptions = {},
  ): Promise<StartedControl> {
    throwIfCancelled(options.signal);
    const credentials = this.credentialsOf(role, instance);
    const api = new SessionApi({
      credentials,
      region: instance.region,
      clients: this.#deps.clients,
      log: this.#deps.log,
      ...(role.endpoints ? { endpoints: role.endpoints } : {}),
    });
    const reason = this.#reasonFor(role);
    const request = { ...input, instanceId: instance.id, ...(reason ? { reason } : {}) };
    // Never given up half-way: AWS might have started it, and nobody would know the name by which to end it.
    const ticket = await api.start(request);
    if (options.signal?.aborted) {
      await api.terminate(ticket.sessionId);
      throw new AppError('cancelled', 'Cancelled', { cause: options.signal.reason });
    }
    return {
      ticket,
      targetId: instance.id,
      resume: resumeOptions => api.resume(ticket.sessionId, resumeOptions),
      terminate: terminateOptions => api.terminate(ticket.sessionId, terminateOptions),
      signUpgrade: url => api.signUpgrade(url),
      generateDataKey: (keyId, context, keyOptions) => api.generateDataKey(keyId, context, keyOptions),
      explainEnd: endOptions => this.#explainEnd(ticket.sessionId, instance, role, endOptions),
      handOver: async plugin => {
        const command = officialPluginCommand(plugin, {
          ticket,
          region: instance.region,
          profile: role.profileName ?? '',
          request: toApiRequest(request),
          endpointUrl: await api.endpointUrl(),
        });
        if (role.profileName !== undefined) return command;
        // Without a profile it can only have the keys of this hour, and cannot resume once they have run out.
        const { accessKeyId, secretAccessKey, sessionToken } = await credentials();
        return {
          ...command,
          env: {
            ...command.env,
            AWS_ACCESS_KEY_ID: accessKeyId,
            AWS_SECRET_ACCESS_KEY: secretAccessKey,
            ...(sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: sessionToken }),
          },
        };
      },
    };
  }

  /** Current credentials of a role, for sessions on one instance. */
  credentialsOf({ credentials, grant }: SessionRole, instance: Instance): CredentialSource {
    const { roles, nodeAccess, ledger, clock } = this.#deps;
    if (credentials.kind === 'role') return refused => roles.get(credentials.role, { refused });
    return async refused => {
      const current = grant && heirOf(grant, ledger.grants, instance, clock.now());
      const ref = current && ledger.request(current.requestId)?.brokerRef;
      if (!ref) throw new AppError('no-grant', `The access to ${instance.id} is over`);
      return await nodeAccess.get(ref, { refused });
    };
  }

  /** The grant first: where it is over, nothing else matters, and AWS need not be asked. */
  async #explainEnd(
    sessionId: string,
    instance: Instance,
    role: SessionRole,
    options: CallOptions = {},
  ): Promise<CloseReason | undefined> {
    const { grantEnd, ends } = this.#deps;
    const ended = role.grant && grantEnd(role.grant.requestId);
    return ended ?? (await ends.ofSession(sessionId, instance, role, options));
  }

  /** Joins AWS's own records with the approval: the request's id, then the person's words. */
  #reasonFor(role: SessionRole): string | undefined {
    const request = role.grant && this.#deps.ledger.request(role.grant.requestId);
    if (!request) return undefined;
    const words = request.draft.values['reason'];
    return typeof words === 'string' ? `${request.id} ${words}` : request.id;
  }
}

/** StartSession's request as the API words it. The reason is left out: the plugin has no use for it, and command lines can be read. */
function toApiRequest({ instanceId, documentName, parameters }: StartSessionInput) {
  return {
    Target: instanceId,
    ...(documentName === undefined ? {} : { DocumentName: documentName }),
    ...(parameters === undefined
      ? {}
      : {
          Parameters: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]])),
        }),
  };
}
