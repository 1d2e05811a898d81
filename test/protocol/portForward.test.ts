import { createHash, randomBytes } from 'node:crypto';
import { connect, createServer, Server, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/base/clock';
import { AppError } from '../../src/base/errors';
import { silentLog } from '../../src/base/log';
import type { CloseReason } from '../../src/ssm/closeReason';
import { PortForward, type ForwardConnection } from '../../src/ssm/portForward';
import type { SessionControl } from '../../src/ssm/sessionControl';
import { webSocketTransport } from '../../src/ssm/webSocketTransport';
import { GatewayFixture } from '../sandbox/agent/support/gatewayFixture';
import { SandboxControl } from '../support/ssm/sandboxControl';

const deps = { connect: webSocketTransport({ env: {} }), clock: systemClock, log: silentLog };

const portDocument = (port: number, type: string | null) =>
  ({
    name: 'AWS-StartPortForwardingSession',
    sessionType: 'Port',
    properties: { portNumber: String(port), localPortNumber: '0', ...(type ? { type } : {}) },
  }) as const;

function dial(port: number): Socket {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  socket.on('error', () => undefined);
  return socket;
}

/** Everything until the other side ends or cuts the connection. */
function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', chunk => chunks.push(chunk));
  return new Promise(resolve => socket.once('close', () => resolve(Buffer.concat(chunks))));
}

/** The given number of bytes, then the connection is ended from here. */
function readExactly(socket: Socket, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let received = 0;
  return new Promise((resolve, reject) => {
    socket.on('data', chunk => {
      chunks.push(chunk);
      received += chunk.length;
      if (received >= length) resolve(Buffer.concat(chunks));
    });
    socket.once('close', () => reject(new Error(`closed after ${received} of ${length} bytes`)));
  });
}

/** For a hang only: vitest alone gives up after a second. */
const SOON = { timeout: 120_000 };

describe('a port forward on the sandbox', () => {
  let fixture: GatewayFixture;
  let forward: PortForward | undefined;
  let controls: SandboxControl[];
  let events: ForwardConnection[];

  beforeEach(() => {
    controls = [];
    events = [];
  });
  afterEach(async () => {
    await forward?.close({ kind: 'user' });
    forward = undefined;
    await fixture.dispose();
  });

  async function open(
    port: number,
    { type = 'LocalPortForwarding', lanes }: { type?: string | null; lanes?: number } = {},
  ): Promise<PortForward> {
    forward = await PortForward.listen({ host: '127.0.0.1', port: 0 });
    forward.onDidConnection(event => events.push(event));
    await forward.start(
      async () => {
        const control = new SandboxControl(fixture, portDocument(port, type));
        controls.push(control);
        return control;
      },
      { ...deps, ...(lanes === undefined ? {} : { lanes }) },
    );
    return forward;
  }

  const echo = () => fixture.listen(socket => socket.pipe(socket));

  it('carries bytes both ways unchanged', async () => {
    fixture = await GatewayFixture.start();
    const { localPort } = await open((await echo()).port);
    const bytes = randomBytes(3_000_000);
    const socket = dial(localPort);
    socket.write(bytes);
    expect((await readExactly(socket, bytes.length)).equals(bytes)).toBe(true);
    socket.destroy();
  });

  it('keeps a line feed at the sizes at which the official client changes it', async () => {
    fixture = await GatewayFixture.start();
    const { localPort } = await open((await echo()).port);
    for (const size of [1, 2, 1016, 1017, 1018, 1023, 1024, 1025, 2032, 2033, 2041, 2048, 2049]) {
      const bytes = Buffer.alloc(size, 0x0a);
      const socket = dial(localPort);
      socket.write(bytes);
      expect((await readExactly(socket, size)).equals(bytes), `${size} bytes`).toBe(true);
      socket.destroy();
    }
  });

  it('carries 200 connections at once, each byte-exact', async () => {
    fixture = await GatewayFixture.start();
    const service = await echo();
    const { localPort } = await open(service.port);
    const results = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const bytes = randomBytes(2000 + index * 97);
        const socket = dial(localPort);
        socket.write(bytes);
        const echoed = await readExactly(socket, bytes.length);
        socket.end();
        return echoed.equals(bytes);
      }),
    );
    expect(results).toEqual(Array.from({ length: 200 }, () => true));
    expect(new Set(events.filter(event => event.kind === 'opened').map(event => event.id)).size).toBe(200);
  });

  it('lets a program that has stopped sending still read its answer', async () => {
    fixture = await GatewayFixture.start();
    const answer = randomBytes(200_000);
    const service = await fixture.listen(socket => {
      socket.once('data', () => socket.end(answer));
    });
    const { localPort } = await open(service.port);
    const socket = dial(localPort);
    socket.end('request');
    expect((await readAll(socket)).equals(answer)).toBe(true);
  });

  it('tells the connection whose destination cannot be reached, and no other', async () => {
    fixture = await GatewayFixture.start();
    const service = await echo();
    fixture.faults.setNext({ agent: { connectToPortErrors: [1] } });
    const { localPort } = await open(service.port);
    const first = dial(localPort);
    first.write('one');
    await readExactly(first, 3);
    const refused = dial(localPort);
    expect((await readAll(refused)).length).toBe(0);
    first.write('two');
    expect((await readExactly(first, 3)).toString()).toBe('two');
    expect(events.filter(event => event.kind === 'failed')).toMatchObject([
      { id: 2, message: 'The instance could not connect to the destination.' },
    ]);
    expect(forward!.stats.connections).toEqual({ active: 1, total: 2, failed: 1 });
    first.destroy();
  });

  it('spreads connections over lanes', async () => {
    fixture = await GatewayFixture.start();
    const service = await echo();
    const { localPort } = await open(service.port, { lanes: 4 });
    const sockets = await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        const socket = dial(localPort);
        socket.write(`hello ${index}`);
        expect((await readExactly(socket, 7)).toString()).toBe(`hello ${index}`);
        return socket;
      }),
    );
    const opened = events.filter(event => event.kind === 'opened').map(event => event.lane);
    expect(opened.sort()).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
    for (const socket of sockets) socket.destroy();
    await forward!.close({ kind: 'user' });
    expect(controls.map(control => control.calls)).toEqual(Array.from({ length: 4 }, () => ['terminate']));
  });

  it('opens lanes again that ended for themselves, when there is a connection for them', async () => {
    fixture = await GatewayFixture.start();
    const { localPort } = await open((await echo()).port, { lanes: 3 });
    const exchange = async () => {
      const socket = dial(localPort);
      socket.write('x');
      await readExactly(socket, 1);
      return socket;
    };
    const held = await exchange();
    const carrying = controls[events[0]!.lane]!;
    for (const control of controls.filter(one => one !== carrying))
      fixture.gateway.endSession(
        control.ticket.sessionId,
        'idle',
        'Your session timed out due to inactivity.',
      );
    await vi.waitFor(() => expect(forward!.stats.lanes).toBe(1), SOON);
    expect(forward!.phase).toBe('connected');
    expect(controls).toHaveLength(3);
    const next = await exchange();
    await vi.waitFor(() => expect(forward!.stats.lanes).toBe(3), SOON);
    expect(controls).toHaveLength(5);
    const last = await exchange();
    expect(events.filter(({ kind }) => kind === 'opened').at(-1)!.lane).toBeGreaterThan(2);
    for (const socket of [held, next, last]) socket.destroy();
    // Why the forward is over is known of the session that ended last.
    for (const control of controls as SessionControl[])
      control.explainEnd = async () => ({ kind: 'service', message: `said of ${control.ticket.sessionId}` });
    const order = [...controls.slice(3), carrying];
    for (const { ticket } of order) {
      fixture.gateway.endSession(ticket.sessionId, 'fault', '');
      await vi.waitFor(
        () => expect(fixture.registry.find(ticket.sessionId)?.status).toBe('Terminated'),
        SOON,
      );
      await vi.waitFor(
        () =>
          expect(forward!.stats.lanes).toBe(order.length - 1 - order.findIndex(one => one.ticket === ticket)),
        SOON,
      );
    }
    expect(await forward!.explainEnd()).toEqual({
      kind: 'service',
      message: `said of ${carrying.ticket.sessionId}`,
    });
  });

  it('goes on with the lanes it has when no further one can be had, and does not ask again at once', async () => {
    fixture = await GatewayFixture.start();
    const service = await echo();
    let refusals = 0;
    forward = await PortForward.listen({ host: '127.0.0.1', port: 0 });
    await forward.start(
      async () => {
        if (controls.length === 2) {
          refusals++;
          throw new AppError('throttled', 'too many sessions');
        }
        const control = new SandboxControl(fixture, portDocument(service.port, 'LocalPortForwarding'));
        controls.push(control);
        return control;
      },
      { ...deps, lanes: 2 },
    );
    fixture.gateway.endSession(controls[0]!.ticket.sessionId, 'idle', '');
    await vi.waitFor(() => expect(forward!.stats.lanes).toBe(1), SOON);
    for (let count = 0; count < 3; count++) {
      const socket = dial(forward.localPort);
      socket.write('x');
      await readExactly(socket, 1);
      socket.destroy();
    }
    expect(forward.phase).toBe('connected');
    expect(refusals).toBe(1);
  });

  it('survives the hourly end of the socket without a byte amiss', async () => {
    fixture = await GatewayFixture.start();
    const service = await echo();
    fixture.faults.setNext({
      // The agent sends again only its oldest message each time it looks, so many lost ones take many looks.
      agent: { resendPollMs: 1 },
      frames: [
        { direction: 'toAgent', frame: 'stream', nth: 700, action: 'closeSocket' },
        { direction: 'toClient', frame: 'stream', nth: 3000, action: 'closeSocket' },
      ],
    });
    const { localPort } = await open(service.port);
    const bytes = randomBytes(8_000_000);
    const socket = dial(localPort);
    socket.write(bytes);
    const echoed = await readExactly(socket, bytes.length);
    expect(createHash('sha256').update(echoed).digest('hex')).toBe(
      createHash('sha256').update(bytes).digest('hex'),
    );
    expect(controls[0]!.calls).toContain('resume');
    socket.destroy();
  });

  it('speaks the basic mode with an old agent, one connection after the other', async () => {
    fixture = await GatewayFixture.start({ agentVersion: '3.0.196.0' });
    const { localPort } = await open((await echo()).port);
    for (const text of ['first\n', 'second\n', '\n']) {
      const socket = dial(localPort);
      socket.write(text);
      expect((await readExactly(socket, text.length)).toString()).toBe(text);
      socket.destroy();
    }
  });

  it('gives each connection of a raw document a session of its own', async () => {
    fixture = await GatewayFixture.start();
    const service = await fixture.listen(socket => {
      socket.write('SSH-2.0-banner\r\n');
      socket.pipe(socket);
    });
    const { localPort } = await open(service.port, { type: null });
    for (const text of ['one', 'two']) {
      const socket = dial(localPort);
      socket.write(text);
      expect((await readExactly(socket, 19)).toString()).toBe(`SSH-2.0-banner\r\n${text}`);
      socket.end();
      await readAll(socket);
    }
    expect(controls.length).toBe(2);
    expect(controls[0]!.calls).toEqual(['terminate']);
  });

  it('gives connections of a raw document that are open at the same time a session each', async () => {
    fixture = await GatewayFixture.start();
    const service = await fixture.listen(socket => {
      socket.write('SSH-2.0-banner\r\n');
      socket.pipe(socket);
    });
    const { localPort } = await open(service.port, { type: null });
    const sockets = ['one', 'two', 'six'].map(text => {
      const socket = dial(localPort);
      socket.write(text);
      return { text, socket };
    });
    for (const { text, socket } of sockets)
      expect((await readExactly(socket, 19)).toString()).toBe(`SSH-2.0-banner\r\n${text}`);
    expect(controls).toHaveLength(3);
    const ends = sockets.map(({ socket }) => readAll(socket));
    for (const { socket } of sockets) socket.end();
    await Promise.all(ends);
    await vi.waitFor(
      () => expect(controls.map(({ calls }) => calls)).toEqual(Array(3).fill(['terminate'])),
      SOON,
    );
    expect(forward!.phase).toBe('connected');
  });

  it('survives an agent that discards what follows the handshake', async () => {
    fixture = await GatewayFixture.start();
    const service = await echo();
    fixture.faults.setNext({ agent: { discardEarlyMessages: 1 } });
    const forwardStarted = open(service.port);
    const { localPort } = await forwardStarted;
    const socket = dial(localPort);
    socket.write('hello');
    expect((await readExactly(socket, 5)).toString()).toBe('hello');
    socket.destroy();
  });

  it('finds a port in use before any session is started', async () => {
    fixture = await GatewayFixture.start();
    const taken = createServer();
    await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    await expect(PortForward.listen({ host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'port-in-use',
    });
    await new Promise(resolve => taken.close(resolve));
    await expect(PortForward.listen({ host: '127.0.0.1', port: 70_000 })).rejects.toMatchObject({
      code: 'port-invalid',
    });
  });

  it('ends when its local port is lost, and leaves no session behind', async () => {
    fixture = await GatewayFixture.start();
    const listen = vi.spyOn(Server.prototype, 'listen');
    const target = await echo();
    const { localPort } = await open(target.port);
    const servers = listen.mock.contexts as Server[];
    const server = servers.find(made => (made.address() as AddressInfo | null)?.port === localPort)!;
    listen.mockRestore();
    const closed = new Promise<CloseReason>(resolve => forward!.onDidClose(resolve));
    // What Node tells of a port that can be accepted from no more.
    server.emit('error', Object.assign(new Error('accept EBADF'), { code: 'EBADF', syscall: 'accept' }));
    expect(await closed).toEqual({ kind: 'local-port-lost', message: 'accept EBADF' });
    await forward!.close({ kind: 'user' });
    expect(controls.map(({ calls }) => calls)).toEqual([['terminate']]);
  });

  it('ends with the session, in the words of the service, and cuts what was open', async () => {
    fixture = await GatewayFixture.start();
    const { localPort } = await open((await echo()).port);
    const closed = new Promise<CloseReason>(resolve => forward!.onDidClose(resolve));
    const socket = dial(localPort);
    socket.write('x');
    await readExactly(socket, 1);
    const cut = new Promise(resolve => socket.once('close', resolve));
    fixture.gateway.endSession(
      controls[0]!.ticket.sessionId,
      'idle',
      'The session timed out due to inactivity.',
    );
    expect(await closed).toEqual({
      kind: 'idle-timeout',
      message: 'The session timed out due to inactivity.',
    });
    await cut;
    await expect(
      new Promise((resolve, reject) => dial(localPort).once('connect', resolve).once('error', reject)),
    ).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
