import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import type { TransportClose, TransportListener } from '../../../src/ssm/transport';
import { webSocketTransport } from '../../../src/ssm/webSocketTransport';

/** A listener that remembers, and waits. */
class Ear implements TransportListener {
  readonly frames: Buffer[] = [];
  readonly closes: TransportClose[] = [];
  pongs = 0;
  drains = 0;
  readonly #waiters = new Set<() => void>();

  onFrame(frame: Uint8Array): void {
    this.frames.push(Buffer.from(frame));
    this.#changed();
  }
  onPong(): void {
    this.pongs++;
    this.#changed();
  }
  onDrain(): void {
    this.drains++;
    this.#changed();
  }
  onClose(why: TransportClose): void {
    this.closes.push(why);
    this.#changed();
  }
  until(holds: () => boolean): Promise<void> {
    return new Promise(resolve => {
      const check = () => {
        if (!holds()) return;
        this.#waiters.delete(check);
        resolve();
      };
      this.#waiters.add(check);
      check();
    });
  }
  #changed(): void {
    for (const waiter of [...this.#waiters]) waiter();
  }
}

describe('web socket transport', () => {
  let server: Server;
  let sockets: WebSocketServer;
  let url: string;
  let requests: IncomingMessage[];
  let client: Promise<WebSocket>;

  beforeEach(async () => {
    requests = [];
    server = createServer();
    sockets = new WebSocketServer({ noServer: true });
    client = new Promise(resolve => sockets.on('connection', resolve));
    server.on('upgrade', (request, socket, head) => {
      requests.push(request);
      if (request.url === '/refused') {
        socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
        return;
      }
      sockets.handleUpgrade(request, socket, head, webSocket => sockets.emit('connection', webSocket));
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/stream?role=publish_subscribe`;
  });
  afterEach(async () => {
    for (const webSocket of sockets.clients) webSocket.terminate();
    await new Promise(resolve => server.close(resolve));
  });

  const open = async (ear = new Ear(), env: Record<string, string> = {}) => ({
    ear,
    transport: await webSocketTransport({ env })(
      { url, headers: { 'X-Amz-Date': 'now', Authorization: 'signed' } },
      ear,
    ),
  });

  it('sends the signed headers, asks for no sub-protocol and no compression, and uses the URL as it is', async () => {
    const { transport } = await open();
    expect(requests[0]!.url).toBe('/stream?role=publish_subscribe');
    expect(requests[0]!.headers).toMatchObject({ 'x-amz-date': 'now', authorization: 'signed' });
    expect(requests[0]!.headers['sec-websocket-protocol']).toBeUndefined();
    expect(requests[0]!.headers['sec-websocket-extensions']).toBeUndefined();
    transport.dispose();
  });

  it('carries text out and binary both ways, in order', async () => {
    const { ear, transport } = await open();
    const peer = await client;
    const got: (string | Buffer)[] = [];
    const all = new Promise<void>(resolve =>
      peer.on('message', (data: Buffer, isBinary) => {
        got.push(isBinary ? data : data.toString());
        if (got.length === 3) resolve();
      }),
    );
    transport.send('{"open":true}');
    transport.send(Buffer.from([1, 2]));
    transport.send(Buffer.alloc(3000, 7));
    await all;
    expect(got).toEqual(['{"open":true}', Buffer.from([1, 2]), Buffer.alloc(3000, 7)]);
    peer.send('text is not for us');
    peer.send(Buffer.from([9]));
    await ear.until(() => ear.frames.length > 0);
    expect(ear.frames).toEqual([Buffer.from([9])]);
    transport.dispose();
  });

  it('neither changes a frame it was given, as it may have to be sent again, nor is changed by it', async () => {
    const { transport } = await open();
    const peer = await client;
    const frame = Buffer.alloc(1144, 0x5a);
    const arrived = new Promise<Buffer>(resolve => peer.on('message', (data: Buffer) => resolve(data)));
    transport.send(frame);
    expect(frame.equals(Buffer.alloc(1144, 0x5a))).toBe(true);
    frame.fill(0);
    expect((await arrived).equals(Buffer.alloc(1144, 0x5a))).toBe(true);
    transport.dispose();
  });

  it('pings and hears the answer', async () => {
    const { ear, transport } = await open();
    const pinged = new Promise<string>(resolve =>
      sockets.clients.forEach(peer => peer.on('ping', (data: Buffer) => resolve(data.toString()))),
    );
    transport.ping();
    expect(await pinged).toBe('keepalive');
    await ear.until(() => ear.pongs === 1);
    transport.dispose();
  });

  it('tells once that the peer closed, with code and words', async () => {
    const { ear } = await open();
    (await client).close(1000, 'Bye');
    await ear.until(() => ear.closes.length > 0);
    expect(ear.closes).toEqual([{ code: 1000, message: 'Bye' }]);
  });

  it('tells once that the connection was cut', async () => {
    const { ear } = await open();
    (await client).terminate();
    await ear.until(() => ear.closes.length > 0);
    expect(ear.closes).toHaveLength(1);
    expect(ear.closes[0]!.code).toBe(1006);
  });

  it('says nothing after it was disposed, and lets what was sent arrive', async () => {
    const { ear, transport } = await open();
    const peer = await client;
    const last = new Promise<string>(resolve =>
      peer.on('message', (data: Buffer) => resolve(data.toString())),
    );
    const closed = new Promise<number>(resolve => peer.on('close', resolve));
    transport.send(Buffer.from('last words'));
    transport.dispose();
    transport.dispose();
    expect(await last).toBe('last words');
    expect(await closed).toBe(1000);
    expect(ear.closes).toEqual([]);
  });

  it('stops reading and goes on, with nothing lost', async () => {
    const { ear, transport } = await open();
    const peer = await client;
    transport.setReading(false);
    for (let index = 0; index < 2000; index++) peer.send(Buffer.alloc(4096, index & 0xff));
    for (let count = 0; count < 100; count++) await new Promise(resolve => setImmediate(resolve));
    expect(peer.bufferedAmount).toBeGreaterThan(0);
    expect(ear.frames.length).toBeLessThan(200);
    transport.setReading(true);
    await ear.until(() => ear.frames.length === 2000);
    expect(ear.frames.every((frame, index) => frame[0] === (index & 0xff))).toBe(true);
    transport.dispose();
  });

  it('counts what has not left, and tells when it has', async () => {
    const { ear, transport } = await open();
    const peer = await client;
    peer.pause();
    for (let index = 0; index < 4000; index++) transport.send(Buffer.alloc(4096));
    expect(transport.bufferedBytes).toBeGreaterThan(4 * 2 ** 20);
    peer.resume();
    await ear.until(() => ear.drains > 0);
    expect(transport.bufferedBytes).toBe(0);
    transport.dispose();
  });

  it.each([
    ['403', '/refused', 'access-denied'],
    ['nobody there', ':1/', 'network'],
  ])('fails with a code: %s', async (_, path, code) => {
    const target = path.startsWith(':') ? `ws://127.0.0.1${path}` : new URL(path, url).href;
    await expect(
      webSocketTransport({ env: {} })({ url: target, headers: {} }, new Ear()),
    ).rejects.toMatchObject({ code });
  });

  it('can be cancelled while it connects', async () => {
    const abort = new AbortController();
    const silent = createServer().on('upgrade', (_, socket) => {
      socket.on('error', () => socket.destroy()).on('end', () => socket.destroy());
      socket.resume();
      abort.abort();
    });
    await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve));
    const target = `ws://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
    await expect(
      webSocketTransport({ env: {} })({ url: target, headers: {} }, new Ear(), { signal: abort.signal }),
    ).rejects.toMatchObject({ code: 'cancelled' });
    await new Promise(resolve => silent.close(resolve));
  });

  it('says which CA bundle cannot be read', async () => {
    await expect(
      webSocketTransport({ env: { AWS_CA_BUNDLE: '/nowhere/ca.pem' } })({ url, headers: {} }, new Ear()),
    ).rejects.toMatchObject({ code: 'config-invalid', details: { path: '/nowhere/ca.pem' } });
  });

  it('goes through the proxy of the environment by CONNECT, and around it where NO_PROXY says so', async () => {
    const targets: string[] = [];
    const proxy = createServer().on('connect', (request: IncomingMessage, socket) => {
      targets.push(request.url ?? '');
      const [host, port] = (request.url ?? '').split(':');
      const upstream = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      upstream.on('error', () => socket.destroy());
      socket.on('error', () => upstream.destroy());
    });
    await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve));
    const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const through = await open(new Ear(), { HTTP_PROXY: proxyUrl });
    expect(targets).toEqual([new URL(url).host]);
    const peer = await client;
    peer.send(Buffer.from('hello'));
    await through.ear.until(() => through.ear.frames.length === 1);
    through.transport.dispose();
    const around = await open(new Ear(), { HTTP_PROXY: proxyUrl, NO_PROXY: '127.0.0.1' });
    expect(targets).toHaveLength(1);
    around.transport.dispose();
    proxy.closeAllConnections();
    await new Promise(resolve => proxy.close(resolve));
  });
});
