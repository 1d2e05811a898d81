import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { SandboxInstance } from './instance';

/** The article's private database. */
export const DATABASE_HOST = 'mydb.example.us-east-1.rds.amazonaws.com';
export const DATABASE_PORT = 3306;
/** What every web server of the FrontEnd department serves on. */
export const WEB_PORT = 8080;

/** Where something an instance could reach really listens on this machine. */
export interface NetworkRoute {
  readonly host: string;
  readonly port: number;
  readonly target: { readonly host: string; readonly port: number };
}

/**
 * What lies behind the instances: a web page on each FrontEnd one, and a database that only they can name. Everything listens on
 * loopback, on ports that only the agent's routes know.
 */
export class PrivateNetwork {
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #webPorts = new Map<string, number>();
  #databasePort = 0;

  async start(webInstances: readonly SandboxInstance[]): Promise<void> {
    this.#databasePort = await this.#listen(createServer(serveDatabase));
    for (const instance of webInstances) {
      this.#webPorts.set(instance.id, await this.#listen(webServer(instance)));
    }
  }

  routesOf(instance: SandboxInstance): readonly NetworkRoute[] {
    const webPort = this.#webPorts.get(instance.id);
    const loopback = '127.0.0.1';
    const web =
      webPort === undefined
        ? []
        : ['localhost', loopback, instance.privateIp].map(host => ({
            host,
            port: WEB_PORT,
            target: { host: loopback, port: webPort },
          }));
    const database = {
      host: DATABASE_HOST,
      port: DATABASE_PORT,
      target: { host: loopback, port: this.#databasePort },
    };
    return [...web, database];
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(
      this.#servers.splice(0).map(server => new Promise<void>(resolve => server.close(() => resolve()))),
    );
  }

  async #listen(server: Server): Promise<number> {
    server.on('connection', socket => {
      this.#sockets.add(socket);
      // A client that goes away mid-sentence is ordinary here; its close follows.
      socket.on('error', () => socket.destroy());
      socket.once('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    this.#servers.push(server);
    return (server.address() as AddressInfo).port;
  }
}

function webServer(instance: SandboxInstance): Server {
  const name = instance.tags['Name'] ?? instance.id;
  return createHttpServer((request, response) => {
    response.setHeader('x-served-by', instance.id);
    if (request.url !== '/' && request.url !== '/health') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('Not Found\n');
      return;
    }
    if (request.url === '/health') {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ status: 'ok', instance: instance.id }));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(
      `<!doctype html><html lang="en"><title>${name}</title><h1>${name}</h1><p>Served by ${instance.id} at ${instance.privateIp}.</p></html>\n`,
    );
  });
}

/** A greeting in the shape of MySQL's initial handshake (protocol 10), then an echo of what comes. */
function serveDatabase(socket: Socket): void {
  const version = Buffer.from('8.0.36-sandbox\0');
  const payload = Buffer.concat([
    Buffer.from([10]),
    version,
    Buffer.from([1, 0, 0, 0]),
    Buffer.from('sandbox1\0'),
    Buffer.from([0xff, 0xf7, 0x2d, 0x02, 0x00, 0xff, 0xdf, 21]),
    Buffer.alloc(10),
    Buffer.from('sandboxsalt2\0'),
    Buffer.from('mysql_native_password\0'),
  ]);
  const packet = Buffer.alloc(4 + payload.length);
  packet.writeUIntLE(payload.length, 0, 3);
  payload.copy(packet, 4);
  socket.write(packet);
  socket.pipe(socket);
}
