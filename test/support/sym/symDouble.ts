import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenCall {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly requestId: string | undefined;
  readonly body: unknown;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A minimal Sym on loopback for testing the client: the four documented calls, with words of its own where nothing is documented. */
export class SymDouble {
  readonly calls: SeenCall[] = [];
  readonly runs = new Map<string, string>();
  readonly events = new Map<string, { run: string; status: string; error?: string }>();
  token = 'header.payload.signature';
  /** Answers in place of the usual; `hang` never answers. */
  instead: Answer | 'hang' | undefined;
  /** A de-escalation is taken and then refused with this message. */
  refuseDeescalation: string | undefined;
  /** Undocumented words on a run. */
  runMessage: unknown;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<SymDouble> {
    const server = createServer();
    const double = new SymDouble(server);
    server.on('request', (request, response) => {
      double.#serve(request, response).catch((error: unknown) => {
        // Whoever asked has gone.
        if (!request.errored) throw error;
      });
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    return double;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>(resolve => this.#server.close(() => resolve()));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    const header = (name: string) => request.headers[name] as string | undefined;
    const call: SeenCall = {
      method: request.method ?? '',
      path: request.url ?? '',
      authorization: header('authorization'),
      requestId: header('x-sym-request-id'),
      body,
    };
    this.calls.push(call);
    if (this.instead === 'hang') return;
    const answer = this.instead ?? this.#answer(call);
    const raw = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers }).end(raw);
  }

  #answer(call: SeenCall): Answer {
    if (call.authorization !== `Bearer ${this.token}`) {
      return { status: 401, body: { error: true, message: 'Invalid token', status_code: 401 } };
    }
    const body = (call.body ?? {}) as Record<string, unknown>;
    const [, root, version, kind, id] = call.path.split('/');
    if (root !== 'api' || version !== 'v1')
      return { status: 404, body: { error: true, message: 'Not found' } };
    if (call.method === 'POST' && kind === 'events' && id === 'request') {
      const run = randomUUID();
      this.runs.set(run, 'requested');
      return { status: 200, body: { event_id: this.#event(run), run_id: run, request_body: body } };
    }
    if (call.method === 'POST' && kind === 'events' && id === 'deescalate')
      return this.#deescalate(String(body['run_id']));
    if (call.method === 'GET' && kind === 'events' && id) {
      const event = this.events.get(id);
      if (!event)
        return { status: 404, body: { error: true, message: 'No such event', code: 'EventsAPI:NOT_FOUND' } };
      return {
        status: 200,
        body: {
          run_id: event.run,
          name: 'request',
          timestamp: '2022-06-23 19:04:58.730497+00:00',
          status: event.status,
          ...(event.error === undefined ? {} : { error: event.error }),
        },
      };
    }
    if (call.method === 'GET' && kind === 'runs' && id) {
      const status = this.runs.get(id);
      if (!status)
        return { status: 404, body: { error: true, message: 'No such run', code: 'RunsAPI:NOT_FOUND' } };
      return { status: 200, body: { status, run_id: id, message: this.runMessage } };
    }
    return { status: 405, body: { error: true, message: 'Not supported' } };
  }

  #event(run: string, status = 'success', error?: string): string {
    const id = randomUUID();
    this.events.set(id, error === undefined ? { run, status } : { run, status, error });
    return id;
  }

  #deescalate(run: string): Answer {
    if (this.runs.get(run) !== 'escalated') {
      const body = {
        error: true,
        errors: [{ field: 'run_id', message: 'is not escalated' }],
        code: 'DeescalateAPI:INVALID_RUN',
        status_code: 400,
      };
      return { status: 400, body };
    }
    if (this.refuseDeescalation !== undefined) {
      return {
        status: 200,
        body: { event_id: this.#event(run, 'error', this.refuseDeescalation), request_body: {} },
      };
    }
    this.runs.set(run, 'deescalated');
    return { status: 200, body: { event_id: this.#event(run), request_body: { run_id: run } } };
  }
}
