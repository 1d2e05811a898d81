import { createServer, type IncomingHttpHeaders } from 'node:http';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The operation, as each protocol names it: `StartSession`, `DescribeInstances`, else `POST /token`. */
  readonly operation: string;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Objects are sent as JSON, text as it is. */
  readonly body?: unknown;
}

export type Answer = (request: Received) => Reply | Promise<Reply>;

/** An AWS endpoint on loopback that says what the test says, and keeps what it was asked. */
export interface TestServer {
  readonly url: string;
  readonly received: readonly Received[];
  operations(): string[];
  close(): Promise<void>;
}

export async function startServer(answer: Answer): Promise<TestServer> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://127.0.0.1');
      const body = Buffer.concat(chunks).toString();
      const method = request.method ?? '';
      const entry: Received = {
        method,
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        body,
        operation: operationOf(method, url.pathname, String(request.headers['x-amz-target'] ?? ''), body),
      };
      received.push(entry);
      void Promise.resolve(answer(entry)).then(reply => {
        const text = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body ?? {});
        response.writeHead(reply.status ?? 200, {
          'content-type': text.startsWith('<') ? 'text/xml' : 'application/json',
          'x-amzn-requestid': `request-${received.length}`,
          ...reply.headers,
        });
        response.end(text);
      });
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    operations: () => received.map(one => one.operation),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** An error as the JSON protocols send it. */
export function fault(type: string, message: string, status = 400, more: object = {}): Reply {
  return {
    status,
    headers: { 'x-amzn-errortype': type },
    body: { __type: type, message, Message: message, ...more },
  };
}

function operationOf(method: string, path: string, target: string, body: string): string {
  if (target) return target.split('.')[1] ?? target;
  const action = new URLSearchParams(body).get('Action');
  return action ?? `${method} ${path}`;
}
