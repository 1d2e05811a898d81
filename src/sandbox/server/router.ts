import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '../../base/log';
import type { BackDoor } from '../backdoor/backDoor';
import type { CallFaults } from '../backdoor/callFaults';
import { SymFault, type SymOperations } from '../operations/sym';
import type { SymSignIn } from '../operations/symSignIn';
import type { SignInPages } from '../pages/signInPages';
import type { AwsEndpoint } from './awsEndpoint';
import {
  BodyTooLong,
  GARBAGE,
  header,
  json,
  readCall,
  RESET,
  type HttpCall,
  type HttpReply,
  type HttpStream,
} from './http';
import type { RestEndpoint } from './restEndpoint';

export interface RouterDependencies {
  readonly aws: AwsEndpoint;
  readonly rest: RestEndpoint;
  readonly sym: SymOperations;
  readonly symSignIn: SymSignIn;
  readonly callFaults: CallFaults;
  readonly signIn: SignInPages;
  readonly backDoor: BackDoor;
  readonly log: Log;
}

/** Which part of the sandbox answers which path. */
export class Router {
  readonly #deps: RouterDependencies;

  constructor(deps: RouterDependencies) {
    this.#deps = deps;
  }

  async serve(request: IncomingMessage, response: ServerResponse, baseUrl: string): Promise<void> {
    let call: HttpCall;
    try {
      call = await readCall(request, baseUrl);
    } catch (failure) {
      if (!(failure instanceof BodyTooLong)) throw failure;
      send(response, json(413, { message: failure.message }, { connection: 'close' }));
      return;
    }
    const reply = await this.#route(call);
    this.#deps.log.debug(
      `${call.method} ${call.url.pathname} ${header(call, 'x-amz-target') ?? ''} ${'open' in reply ? 'stream' : reply.status}`,
    );
    if ('open' in reply) reply.open(response);
    else send(response, reply);
  }

  dispose(): void {
    this.#deps.backDoor.dispose();
  }

  async #route(call: HttpCall): Promise<HttpReply | HttpStream> {
    const { pathname } = call.url;
    if (pathname === '/_sandbox' || pathname.startsWith('/_sandbox/')) return this.#backDoor(call);
    if (this.#deps.symSignIn.handles(call)) return this.#deps.symSignIn.handle(call);
    if (pathname.startsWith('/api/v1/')) return this.#sym(call);
    if (this.#deps.signIn.handles(call)) return this.#deps.signIn.handle(call);
    if (this.#deps.rest.handles(call)) return this.#deps.rest.handle(call);
    if (pathname === '/' && (call.method === 'POST' || call.url.searchParams.has('Action'))) {
      return this.#deps.aws.handle(call);
    }
    if (pathname === '/') return { status: 302, headers: { location: '/_sandbox/' }, body: '' };
    return json(
      404,
      { __type: 'UnknownOperationException' },
      { 'x-amzn-errortype': 'UnknownOperationException' },
    );
  }

  /**
   * Web pages elsewhere must not press the back door's buttons. What is not a browser sends no such header; a workbench in the
   * browser shows the pages through a proxy of its own, so `Origin` would not tell.
   */
  #backDoor(call: HttpCall): HttpReply | HttpStream | Promise<HttpReply | HttpStream> {
    const site = header(call, 'sec-fetch-site');
    if (call.method !== 'GET' && site !== undefined && site !== 'same-origin' && site !== 'none') {
      return json(403, { message: 'The back door does not answer pages from elsewhere' });
    }
    return this.#deps.backDoor.handle(call);
  }

  async #sym(call: HttpCall): Promise<HttpReply | HttpStream> {
    const requestId = header(call, 'x-sym-request-id') ?? randomUUID();
    const operation = this.#deps.sym.operationOf(call);
    try {
      const fault = operation === undefined ? undefined : await this.#deps.callFaults.meet('sym', operation);
      if (fault?.kind === 'throttle') {
        throw new SymFault(429, 'API:RATE_LIMITED', 'Too many requests', { retryable: true });
      }
      if (fault?.kind === 'garbage') return GARBAGE;
      if (fault?.kind === 'reset') return RESET;
      if (fault !== undefined) {
        throw new SymFault(fault.status, fault.code, fault.message, { retryable: fault.status >= 500 });
      }
      const reply = this.#deps.sym.handle(call);
      return { ...reply, headers: { ...reply.headers, 'x-sym-request-id': requestId } };
    } catch (failure) {
      if (failure instanceof SymFault) return failure.toReply(requestId);
      throw failure;
    }
  }
}

function send(response: ServerResponse, { status, headers, body }: HttpReply): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
