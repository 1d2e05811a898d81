import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { WebSocketFrames } from '../../../src/base/webSocketFrames';

/** Every form of the length field, and every remainder of the four bytes that a mask has. */
const SIZES = [
  0, 1, 2, 3, 4, 5, 7, 8, 124, 125, 126, 127, 1143, 1144, 1145, 1146, 1147, 65_535, 65_536, 200_001,
];

/** What the library makes of our bytes is what counts: it knows nothing of how they were made. */
describe('web socket frames', () => {
  let server: Server;
  let sockets: WebSocketServer;
  let port: number;
  beforeEach(async () => {
    server = createServer();
    sockets = new WebSocketServer({ server, perMessageDeflate: false });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  });
  afterEach(async () => {
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  });

  function collect(socket: WebSocket, count: number): Promise<string[]> {
    const got: string[] = [];
    return new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.on('close', code => reject(new Error(`closed with ${code}`)));
      socket.on('message', (data: Buffer, isBinary) => {
        got.push(isBinary ? data.toString('hex') : data.toString());
        if (got.length === count) resolve(got);
      });
    });
  }

  /** Bytes in hexadecimal, which is quick to compare. */
  const legible = (all: readonly (Buffer | string)[]) =>
    all.map(message => (typeof message === 'string' ? message : message.toString('hex')));

  const messages = () => [...SIZES.map(size => randomBytes(size)), 'text: ünïcode'];

  it('of a client are masked, and read as what was added, in order', async () => {
    const connected = new Promise<WebSocket>(resolve => sockets.once('connection', resolve));
    const raw: Socket = connect({ port, host: '127.0.0.1' });
    raw.write(
      `GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
        `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
    );
    const peer = await connected;
    const frames = new WebSocketFrames('client');
    // Several rounds, so that frames begin at every remainder of four.
    for (let round = 0; round < 5; round++) {
      const all = messages();
      const arrived = collect(peer, all.length);
      for (const message of all) frames.add(message);
      const { length } = frames;
      const bytes = frames.take();
      expect(bytes.length).toBe(length);
      expect(frames.length).toBe(0);
      raw.write(bytes);
      expect(await arrived).toEqual(legible(all));
      peer.removeAllListeners();
    }
    raw.destroy();
  });

  it('of a server are not masked, and read as what was added, in order', async () => {
    const connected = new Promise<Socket>(resolve =>
      sockets.once('connection', (_, request) => resolve(request.socket)),
    );
    const client = new WebSocket(`ws://127.0.0.1:${port}`);
    const under = await connected;
    const all = messages();
    const arrived = collect(client, all.length);
    const frames = new WebSocketFrames('server');
    for (const message of all) frames.add(message);
    under.write(frames.take());
    expect(await arrived).toEqual(legible(all));
    client.removeAllListeners();
    client.terminate();
  });

  it('do not change what was added, and never use one mask twice in a row', () => {
    const frames = new WebSocketFrames('client');
    const message = Buffer.alloc(64, 0x5a);
    const masks = new Set<string>();
    for (let count = 0; count < 500; count++) {
      frames.add(message);
      masks.add(frames.take().subarray(2, 6).toString('hex'));
    }
    expect(message.equals(Buffer.alloc(64, 0x5a))).toBe(true);
    expect(masks.size).toBeGreaterThan(490);
  });
});
