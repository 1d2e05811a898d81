import { createServer, STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Certified } from './certificates';

/** An HTTP proxy on loopback that knows CONNECT only, and leads every name to 127.0.0.1. */
export class ConnectProxy {
  /** What it was asked to connect to, `host:port`. */
  readonly targets: string[] = [];
  /** The `Proxy-Authorization` of each of them. */
  readonly authorizations: (string | undefined)[] = [];
  /** When set, no connection is made: this is its answer to every CONNECT. */
  refusal: { readonly status: number; readonly body: string } | undefined;
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();

  private constructor(private readonly identity: Certified | undefined) {
    this.#server = identity
      ? createTlsServer({ cert: identity.certificate, key: identity.key })
      : createServer();
    this.#server.on('connect', (request: IncomingMessage, socket: Duplex) => this.#connect(request, socket));
  }

  /** With an identity it is an `https:` proxy: the way to itself is encrypted too. */
  static async start(identity?: Certified): Promise<ConnectProxy> {
    const proxy = new ConnectProxy(identity);
    await new Promise<void>(resolve => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `${this.identity ? 'https' : 'http'}://127.0.0.1:${port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.closeAllConnections();
    await new Promise(resolve => this.#server.close(resolve));
  }

  #connect({ url = '', headers }: IncomingMessage, socket: Duplex): void {
    this.targets.push(url);
    this.authorizations.push(headers['proxy-authorization']);
    if (this.refusal) {
      const { status, body } = this.refusal;
      socket.on('error', () => undefined);
      socket.end(
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: text/xml\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
      return;
    }
    const upstream = connect(Number(url.split(':').at(-1)), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    for (const end of [socket, upstream]) {
      this.#sockets.add(end);
      end.on('error', () => undefined);
      end.on('close', () => {
        socket.destroy();
        upstream.destroy();
      });
    }
  }
}
