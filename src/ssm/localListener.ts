import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { AppError, isAppError, messageOf } from '../base/errors';
import { Emitter } from '../base/events';
import type { Disposable } from '../base/lifecycle';
import type { LocalSocket } from './localConnection';

export interface ListenAddress {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
}

export interface AcceptedSocket {
  readonly socket: LocalSocket;
  /** `address:port` of who connected. */
  readonly from: string;
}

/** A listening TCP port on this machine. */
export class LocalListener implements Disposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #didAccept = new Emitter<AcceptedSocket>();
  readonly #didFail = new Emitter<Error>();
  readonly host: string;
  readonly port: number;

  /** Sockets come paused and half-open: the local program may stop sending and still read. */
  readonly onDidAccept = this.#didAccept.event;
  /** The port was lost; nothing is accepted any more. */
  readonly onDidFail = this.#didFail.event;

  private constructor(server: Server) {
    const address = server.address() as AddressInfo;
    this.#server = server;
    this.host = address.address;
    this.port = address.port;
    server.on('connection', socket => this.#onConnection(socket));
    server.on('error', error => this.#didFail.fire(error));
  }

  /** Throws `AppError('port-in-use')` or `('port-invalid')`. */
  static listen({ host, port }: ListenAddress): Promise<LocalListener> {
    if (!Number.isInteger(port) || port < 0 || port > 65_535)
      return Promise.reject(new AppError('port-invalid', `${port} is not a port number`));
    return new Promise((resolve, reject) => {
      const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true });
      server.once('error', error => reject(listenError(error, host, port)));
      server.listen({ host, port, exclusive: true }, () => {
        server.removeAllListeners('error');
        resolve(new LocalListener(server));
      });
    });
  }

  /**
   * The first port from the given one upwards that can be bound this moment, or any free one where its neighbours are all taken.
   * Throws `AppError('port-invalid')`.
   */
  static async freePort({ host, port }: ListenAddress): Promise<number> {
    for (let candidate = port; candidate <= Math.min(port + NEIGHBOURS, 65_535); candidate += 1) {
      const found = await tryPort({ host, port: candidate });
      if (found !== undefined) return found;
    }
    return (await tryPort({ host, port: 0 })) ?? 0;
  }

  /** Stops accepting. What has been accepted lives on. */
  stop(): void {
    this.#server.close();
  }

  /** Stops accepting; resolves when the port is free again. */
  close(): Promise<void> {
    return new Promise(resolve => this.#server.close(() => resolve()));
  }

  /** Stops accepting and closes what has been accepted. */
  dispose(): void {
    this.stop();
    for (const socket of this.#sockets) socket.destroy();
  }

  #onConnection(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    const { remoteAddress, remotePort } = socket;
    this.#didAccept.fire({ socket, from: `${remoteAddress ?? 'unknown'}:${remotePort ?? 0}` });
  }
}

/** How far from the port that was wanted a free one is looked for. */
const NEIGHBOURS = 50;

/** Binds and lets go again. Undefined when the port is in use. */
async function tryPort(address: ListenAddress): Promise<number | undefined> {
  try {
    const listener = await LocalListener.listen(address);
    await listener.close();
    return listener.port;
  } catch (thrown) {
    if (isAppError(thrown, 'port-in-use')) return undefined;
    throw thrown;
  }
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): AppError {
  const details = { host, port: String(port) };
  switch (error.code) {
    case 'EADDRINUSE':
      return new AppError('port-in-use', `Port ${port} on ${host} is in use`, { cause: error, details });
    case 'EACCES':
      return new AppError('port-invalid', `Port ${port} may not be used by this user`, {
        cause: error,
        details,
      });
    default:
      return new AppError('port-invalid', messageOf(error), { cause: error, details });
  }
}
