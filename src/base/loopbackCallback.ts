import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { throwIfCancelled, type CallOptions } from './cancellation';
import type { Clock } from './clock';
import { AppError } from './errors';

/** As long as a device code is good for: a browser that has not come back by then will not, and no port stays open for it. */
const PATIENCE_MS = 10 * 60_000;

export interface CallbackAsk {
  /** Where the browser comes back to: `/callback`. */
  readonly path: string;
  /** Tried in this order; 0 takes any free one. */
  readonly ports: readonly number[];
  /** What the answer must carry: any page could send a browser here, and only the one we opened knows it (RFC 6749, 10.12). */
  readonly state: string;
  readonly clock: Clock;
}

/** Waiting for a browser to come back from a sign-in page with an authorization code. */
export interface LoopbackCallback {
  readonly port: number;
  /** Rejects with `sign-in-denied`, `sign-in-expired`, `sign-in-failed` or `cancelled`. */
  readonly code: Promise<string>;
  close(): void;
}

/**
 * Waits on 127.0.0.1 for the redirect of an authorization code grant (RFC 8252, 7.3). Requests that do not carry the state are answered and
 * ignored. Throws `sign-in-failed` when none of the ports is free, and `cancelled`.
 */
export async function listenForCallback(
  { path, ports, state, clock }: CallbackAsk,
  { signal }: CallOptions = {},
): Promise<LoopbackCallback> {
  throwIfCancelled(signal);
  let settle!: Settle;
  const code = new Promise<string>((resolve, reject) => (settle = { resolve, reject }));
  // The caller may leave before it waits for the code.
  code.catch(() => undefined);
  const server = createServer((request, response) => answer(request, response, path, state, settle));
  await listenOnFirstFree(server, ports);
  const onAbort = () => settle.reject(new AppError('cancelled', 'Cancelled', { cause: signal?.reason }));
  signal?.addEventListener('abort', onAbort, { once: true });
  const patience = clock.schedule(PATIENCE_MS, () =>
    settle.reject(new AppError('sign-in-expired', 'The browser did not come back in time.')),
  );
  return {
    port: (server.address() as { readonly port: number }).port,
    code,
    close() {
      signal?.removeEventListener('abort', onAbort);
      patience.dispose();
      server.close();
      server.closeIdleConnections();
    },
  };
}

interface Settle {
  readonly resolve: (code: string) => void;
  readonly reject: (failure: AppError) => void;
}

async function listenOnFirstFree(server: Server, ports: readonly number[]): Promise<void> {
  let problem: unknown;
  for (const port of ports) {
    try {
      await new Promise<void>((resolve, reject) => {
        const onListening = () => {
          server.off('error', onError);
          resolve();
        };
        const onError = (failure: Error) => {
          server.off('listening', onListening);
          reject(failure);
        };
        server.once('listening', onListening);
        server.once('error', onError);
        server.listen(port, '127.0.0.1');
      });
      return;
    } catch (failure) {
      problem = failure;
    }
  }
  throw new AppError('sign-in-failed', 'No local port to come back to.', { cause: problem });
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  state: string,
  settle: Settle,
): void {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const reply = (status: number, text: string) => {
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
    response.end(text);
  };
  if (url.pathname !== path) return reply(404, 'Not found');
  if (url.searchParams.get('state') !== state)
    return reply(400, 'This is not the answer that was waited for.');
  const code = url.searchParams.get('code');
  if (code) {
    reply(200, 'You are signed in. This page can be closed; go back to the editor.');
    settle.resolve(code);
    return;
  }
  const error = url.searchParams.get('error') ?? 'no code';
  reply(200, 'You are not signed in. This page can be closed.');
  const description = url.searchParams.get('error_description') ?? error;
  const errorCode = error === 'access_denied' ? 'sign-in-denied' : 'sign-in-failed';
  settle.reject(
    new AppError(errorCode, `The sign-in page answered: ${description}`, { details: { oauthError: error } }),
  );
}
