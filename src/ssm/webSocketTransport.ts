import type { IncomingMessage } from 'node:http';
import WebSocket from 'ws';
import { AppError, isAppError, messageOf } from '../base/errors';
import { Outbound } from '../base/outbound';
import { SparePieces } from '../base/sparePieces';
import { WebSocketFrames } from '../base/webSocketFrames';
import type { Transport, TransportFactory, TransportListener, TransportRequest } from './transport';

export interface WebSocketOptions {
  /** The way out of this machine: proxies and certificate authorities. Default: as `env` says. */
  readonly outbound?: Pick<Outbound, 'agent'>;
  /** Default: of the process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const CONNECT_WITHIN_MS = 15_000;
/** Far above any message; a longer one is an error of the service. */
const LONGEST_FRAME_BYTES = 4 * 1024 * 1024;
/** After a polite close the peer has this long to answer it. */
const CLOSE_WITHIN_MS = 2000;
/** Gathered frames beyond this leave at once, so that the other end can begin. */
const BATCH_BYTES = 64 * 1024;
/** Room for the acknowledgements of all messages that are read at a time. */
const SPARE_BYTES = 32 * 1024;
type Socket = IncomingMessage['socket'];

const PING_PAYLOAD = Buffer.from('keepalive');

/** Web sockets to the message gateway. No sub-protocol and no compression, as the service expects. */
export function webSocketTransport(options: WebSocketOptions = {}): TransportFactory {
  const outbound = options.outbound ?? new Outbound({ env: options.env ?? process.env });
  return async (request, listener, { signal } = {}) => {
    const agent = await outbound.agent();
    if (signal?.aborted) throw new AppError('cancelled', 'Cancelled', { cause: signal.reason });
    const webSocket = new WebSocket(request.url, {
      headers: request.headers,
      perMessageDeflate: false,
      handshakeTimeout: CONNECT_WITHIN_MS,
      maxPayload: LONGEST_FRAME_BYTES,
      skipUTF8Validation: true,
      ...(agent === undefined ? {} : { agent }),
    });
    const socket = await opened(webSocket, request, signal);
    return new WebSocketTransport(webSocket, socket, listener);
  };
}

/** Waits for the upgrade and gives the socket under it. */
function opened(
  webSocket: WebSocket,
  { url }: TransportRequest,
  signal: AbortSignal | undefined,
): Promise<Socket> {
  const host = new URL(url).host;
  return new Promise((resolve, reject) => {
    let socket: Socket | undefined;
    const fail = (error: AppError) => {
      signal?.removeEventListener('abort', onAbort);
      webSocket.removeAllListeners();
      // Terminating a socket that never opened reports one more error.
      webSocket.on('error', () => undefined);
      webSocket.terminate();
      reject(error);
    };
    const onAbort = () => fail(new AppError('cancelled', 'Cancelled', { cause: signal?.reason }));
    signal?.addEventListener('abort', onAbort, { once: true });
    webSocket.on('upgrade', (response: IncomingMessage) => (socket = response.socket));
    webSocket.on('unexpected-response', (_, response: IncomingMessage) => {
      const status = response.statusCode ?? 0;
      response.resume();
      const denied = status === 401 || status === 403;
      fail(
        new AppError(
          denied ? 'access-denied' : 'network',
          `${host} answered the web socket with HTTP ${status}`,
          {
            details: { host, status: String(status) },
          },
        ),
      );
    });
    webSocket.on('error', cause =>
      fail(
        isAppError(cause)
          ? cause
          : new AppError('network', `No web socket to ${host}: ${messageOf(cause)}`, {
              cause,
              details: { host, ...systemCode(cause) },
            }),
      ),
    );
    webSocket.on('open', () => {
      signal?.removeEventListener('abort', onAbort);
      webSocket.removeAllListeners();
      if (socket === undefined) reject(new AppError('internal', 'A web socket opened without an upgrade'));
      else resolve(socket);
    });
  });
}

/** Node's code of a failure, such as `SELF_SIGNED_CERT_IN_CHAIN`. */
function systemCode({ code }: NodeJS.ErrnoException): { readonly systemCode?: string } {
  return code === undefined ? {} : { systemCode: code };
}

class WebSocketTransport implements Transport {
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;
  readonly #spares = new SparePieces(SPARE_BYTES);
  readonly #gathered = new WebSocketFrames('client', this.#spares);
  readonly #onTurnEnd = () => this.#flush();
  #listener: TransportListener | undefined;

  constructor(webSocket: WebSocket, socket: Socket, listener: TransportListener) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#listener = listener;
    webSocket.on('message', (data: Buffer, isBinary: boolean) => {
      // The service sends binary frames only.
      if (isBinary) this.#listener?.onFrame(data);
    });
    webSocket.on('pong', () => this.#listener?.onPong());
    webSocket.on('error', error => this.#close({ message: messageOf(error) }));
    webSocket.on('close', (code, reason) =>
      this.#close({ code, message: reason.toString('utf8') || 'The connection was closed.' }),
    );
    socket.on('drain', () => this.#listener?.onDrain());
  }

  get bufferedBytes(): number {
    return this.#webSocket.bufferedAmount + this.#gathered.length;
  }

  send(frame: Uint8Array | string): void {
    if (this.#webSocket.readyState !== WebSocket.OPEN) return;
    // Frames of one turn leave in one write, past the library: there is an acknowledgement for every message received.
    if (this.#gathered.length === 0) process.nextTick(this.#onTurnEnd);
    this.#gathered.add(frame);
    if (this.#gathered.length >= BATCH_BYTES) this.#flush();
  }

  ping(): void {
    if (this.#webSocket.readyState === WebSocket.OPEN) this.#webSocket.ping(PING_PAYLOAD);
  }

  setReading(reading: boolean): void {
    if (reading) this.#webSocket.resume();
    else this.#webSocket.pause();
  }

  dispose(): void {
    this.#listener = undefined;
    if (this.#webSocket.readyState === WebSocket.CLOSED) return;
    this.#flush();
    this.#webSocket.resume();
    this.#webSocket.close(1000);
    const timer = setTimeout(() => this.#webSocket.terminate(), CLOSE_WITHIN_MS);
    timer.unref();
    this.#webSocket.once('close', () => clearTimeout(timer));
  }

  #close(why: { code?: number; message: string }): void {
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.onClose(why);
  }

  #flush(): void {
    if (this.#gathered.length === 0) return;
    const frames = this.#gathered.take();
    const done = () => this.#spares.giveBack(frames);
    // Once the closing handshake has begun nothing may follow.
    if (this.#webSocket.readyState === WebSocket.OPEN) this.#socket.write(frames, done);
    else done();
  }
}
