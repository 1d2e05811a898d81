import type { Log } from '../../base/log';
import type { CallCounts } from '../backdoor/callCounts';
import type { CallFaults } from '../backdoor/callFaults';
import { AwsFault } from '../errors/awsFault';
import type { OidcOperations } from '../operations/oidc';
import { OidcFault } from '../operations/oidc';
import type { PortalOperations } from '../operations/portal';
import { restJsonFault } from './awsReplies';
import { GARBAGE, RESET, type HttpCall, type HttpReply, type HttpStream } from './http';

type Handler = (call: HttpCall) => HttpReply;

interface Route {
  readonly service: 'oidc' | 'portal';
  readonly operation: string;
  readonly handle: Handler;
}

/** The two REST-JSON services, by method and path. */
export class RestEndpoint {
  readonly #routes: ReadonlyMap<string, Route>;
  readonly #faults: CallFaults;
  readonly #counts: CallCounts;
  readonly #log: Log;

  constructor(deps: {
    oidc: OidcOperations;
    portal: PortalOperations;
    faults: CallFaults;
    counts: CallCounts;
    log: Log;
  }) {
    const { oidc, portal } = deps;
    this.#faults = deps.faults;
    this.#counts = deps.counts;
    this.#log = deps.log;
    const route = (service: Route['service'], operation: string, handle: Handler): Route => ({
      service,
      operation,
      handle,
    });
    this.#routes = new Map([
      ['POST /client/register', route('oidc', 'RegisterClient', call => oidc.registerClient(call))],
      [
        'POST /device_authorization',
        route('oidc', 'StartDeviceAuthorization', call => oidc.startDeviceAuthorization(call)),
      ],
      ['POST /token', route('oidc', 'CreateToken', call => oidc.createToken(call))],
      ['GET /assignment/accounts', route('portal', 'ListAccounts', call => portal.listAccounts(call))],
      ['GET /assignment/roles', route('portal', 'ListAccountRoles', call => portal.listAccountRoles(call))],
      [
        'GET /federation/credentials',
        route('portal', 'GetRoleCredentials', call => portal.getRoleCredentials(call)),
      ],
      ['POST /logout', route('portal', 'Logout', call => portal.logout(call))],
    ]);
  }

  handles(call: HttpCall): boolean {
    return this.#routes.has(`${call.method} ${call.url.pathname}`) && !call.url.searchParams.has('aws_iam');
  }

  async handle(call: HttpCall): Promise<HttpReply | HttpStream> {
    const route = this.#routes.get(`${call.method} ${call.url.pathname}`);
    try {
      if (route === undefined) throw new AwsFault('UnknownOperationException', '', { status: 404 });
      this.#counts.note(route.service, route.operation);
      const fault = await this.#faults.meet(route.service, route.operation);
      if (fault?.kind === 'throttle') throw throttled(route.service);
      if (fault?.kind === 'garbage') return GARBAGE;
      if (fault?.kind === 'reset') return RESET;
      if (fault !== undefined) throw new AwsFault(fault.code, fault.message, { status: fault.status });
      return route.handle(call);
    } catch (failure) {
      if (failure instanceof AwsFault) return restJsonFault(failure);
      this.#log.error(`${call.method} ${call.url.pathname} failed`, failure);
      return restJsonFault(
        new AwsFault('InternalServerException', 'An internal error occurred in the sandbox', { status: 500 }),
      );
    }
  }
}

function throttled(service: Route['service']): AwsFault {
  return service === 'oidc'
    ? new OidcFault('SlowDownException', 'slow_down', 'Slow down to prevent throttling')
    : new AwsFault('TooManyRequestsException', 'Rate exceeded', { status: 429 });
}
