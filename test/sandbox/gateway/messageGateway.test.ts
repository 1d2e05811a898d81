import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { GatewayFixture } from '../agent/support/gatewayFixture';
import { ManualClock } from '../agent/support/manualClock';
import { encodePlain } from '../agent/support/plainFrame';
import { PlainMux } from '../agent/support/plainMux';

/** Resolves with code and reason of the close. */
function closeOf(socket: WebSocket): Promise<[number, string]> {
  return new Promise(resolve => socket.once('close', (code, reason) => resolve([code, reason.toString()])));
}

async function openSocket(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return socket;
}

describe('message gateway: opening', () => {
  let fixture: GatewayFixture;
  afterEach(() => fixture.dispose());

  it('closes 1003 in the service’s words when the token is missing', async () => {
    fixture = await GatewayFixture.start();
    const { id } = fixture.createSession();
    const client = fixture.client();
    await client.open(fixture.url(id), undefined);
    await client.until(() => client.socketClosed !== undefined);
    expect(client.socketClosed).toEqual({
      code: 1003,
      reason: 'request to open data channel does not contain token',
    });
  });

  it.each([
    'not json',
    '[]',
    '{"TokenValue":""}',
    '{"TokenValue":"x"}',
    '{"TokenValue":"x","MessageSchemaVersion":"1.0"}',
  ])('closes 1003 on the first frame %s', async text => {
    fixture = await GatewayFixture.start();
    const socket = await openSocket(fixture.url(fixture.createSession().id));
    const closed = closeOf(socket);
    socket.send(text);
    expect((await closed)[0]).toBe(1003);
  });

  it('closes 1003 when the first frame is binary', async () => {
    fixture = await GatewayFixture.start();
    const { id } = fixture.createSession();
    const socket = await openSocket(fixture.url(id));
    const closed = closeOf(socket);
    socket.send(
      encodePlain({ type: 'input_stream_data', sequence: 0, payloadType: 1, payload: Buffer.from('x') }),
    );
    expect((await closed)[0]).toBe(1003);
    expect(fixture.registry.find(id)?.status).toBe('Connecting');
  });

  it('refuses a wrong token, a used one, one that was replaced, and that of another session', async () => {
    fixture = await GatewayFixture.start();
    const first = fixture.createSession();
    const other = fixture.createSession();
    const refused = async (sessionId: string, token: string) => {
      const client = fixture.client();
      await client.open(fixture.url(sessionId), token);
      await client.until(() => client.socketClosed !== undefined);
      return client.socketClosed?.code;
    };
    expect(await refused(first.id, 'wrong')).toBe(1008);
    expect(await refused(first.id, other.token)).toBe(1008);
    expect(await refused('sam@myco.example-00000000000000000', first.token)).toBe(1008);
    const client = fixture.client();
    await client.open(fixture.url(first.id), first.token);
    await client.untilText('$ ');
    expect(await refused(first.id, first.token)).toBe(1008);
    const replaced = fixture.registry.rotateToken(first.id)!;
    fixture.registry.rotateToken(first.id);
    expect(await refused(first.id, replaced)).toBe(1008);
    expect(fixture.registry.find(first.id)?.status).toBe('Connected');
  });

  it('refuses a token that has waited too long', async () => {
    const clock = new ManualClock();
    fixture = await GatewayFixture.start({ clock });
    const { id, token } = fixture.createSession();
    clock.advance(60_000);
    const client = fixture.client();
    await client.open(fixture.url(id), token);
    await client.until(() => client.socketClosed !== undefined);
    expect(client.socketClosed?.code).toBe(1008);
  });

  it('closes a socket that opens nothing', async () => {
    const clock = new ManualClock();
    fixture = await GatewayFixture.start({ clock });
    const socket = await openSocket(fixture.url(fixture.createSession().id));
    const closed = closeOf(socket);
    clock.advance(15_000);
    expect((await closed)[0]).toBe(1003);
  });

  it('asks before it upgrades, and answers a refusal over HTTP', async () => {
    const asked: string[] = [];
    fixture = await GatewayFixture.start({
      gateway: {
        authorizeUpgrade: async (request, sessionId) => {
          asked.push(`${request.method} ${sessionId}`);
          return { status: 403, contentType: 'application/json', body: '{"message":"no"}' };
        },
      },
    });
    const { id } = fixture.createSession();
    const socket = new WebSocket(fixture.url(id));
    const answer = await new Promise<string>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('unexpected-response', (_, response) => {
        let body = '';
        response.on('data', part => (body += String(part)));
        response.on('end', () =>
          resolve(`${response.statusCode} ${response.headers['content-type']} ${body}`),
        );
      });
    });
    expect(answer).toBe('403 application/json {"message":"no"}');
    expect(asked).toEqual([`GET ${id}`]);
  });

  it('has nothing under other paths', async () => {
    fixture = await GatewayFixture.start();
    const url = fixture.url('x').replace('/v1/data-channel/x', '/v1/control-channel/x');
    await expect(openSocket(url)).rejects.toThrow('404');
  });

  it('ends the session at once when the instance has no agent', async () => {
    fixture = await GatewayFixture.start({ agent: { instances: () => undefined } });
    const { client, sessionId } = await fixture.open();
    await client.until(() => client.closed !== undefined);
    expect(fixture.registry.find(sessionId)).toMatchObject({ status: 'Terminated', endReason: 'instance' });
  });
});

describe('message gateway: living', () => {
  let fixture: GatewayFixture;
  afterEach(() => fixture.dispose());

  it('keeps a forward’s connections over a killed socket, byte for byte', async () => {
    fixture = await GatewayFixture.start();
    const echo = await fixture.listen(socket => socket.pipe(socket));
    // The agent repeats one message per poll; what was under way when the socket died need not take its usual 100 ms each.
    const { client, sessionId } = await fixture.openPort(
      echo.port,
      {},
      { faults: { agent: { resendPollMs: 1 } } },
    );
    await client.shakeHands();
    const mux = new PlainMux(client);
    const stream = mux.open();
    const bytes = randomBytes(512 * 1024);
    mux.write(stream, bytes.subarray(0, 200_000));
    await mux.received(stream, 20_000);
    client.cut();
    await client.until(() => client.socketClosed !== undefined);
    mux.write(stream, bytes.subarray(200_000));
    await fixture.reopen(client, sessionId);
    expect((await mux.received(stream, bytes.length)).equals(bytes)).toBe(true);
    expect(client.messages.filter(({ payloadType }) => payloadType === 5)).toHaveLength(1);
  });

  it('sends a shell’s output of the time without a socket after the next one opens', async () => {
    fixture = await GatewayFixture.start();
    let peer!: Socket;
    const listener = await fixture.listen(socket => (peer = socket));
    const { client, sessionId } = await fixture.open();
    const wire = `exec 3<>/dev/tcp/127.0.0.1/${listener.port}; echo re""ady`;
    client.write(`${wire}; read word <&3; echo "while $word"; echo printed >&3\r`);
    await client.untilText('ready\r\n');
    client.cut();
    await client.until(() => client.socketClosed !== undefined);
    const printed = new Promise(resolve => peer.once('data', resolve));
    peer.write('away\n');
    await printed;
    await fixture.reopen(client, sessionId);
    await client.untilText('while away\r\n');
  });

  it('closes the older socket when a newer one of the same session opens', async () => {
    fixture = await GatewayFixture.start();
    const { client, sessionId } = await fixture.open();
    await client.untilText('$ ');
    const newer = fixture.client();
    await newer.open(fixture.url(sessionId), fixture.registry.rotateToken(sessionId));
    await client.until(() => client.socketClosed !== undefined);
    expect(client.socketClosed?.code).toBe(1000);
    expect(fixture.registry.find(sessionId)?.status).toBe('Connected');
    newer.sendRaw(
      encodePlain({ type: 'input_stream_data', sequence: 0, payloadType: 1, payload: Buffer.from('\r') }),
    );
    await newer.until(() => newer.frames.some(({ type }) => type === 'acknowledge'));
  });

  it('closes a socket with 1000 "Bye" at the end of its life; the session lives on', async () => {
    const clock = new ManualClock();
    fixture = await GatewayFixture.start({ clock });
    const { client, sessionId } = await fixture.open({}, { preferences: { idleTimeoutMs: 100 * 60_000 } });
    await client.untilText('$ ');
    clock.advance(60 * 60_000 - 1);
    expect(client.socketClosed).toBeUndefined();
    clock.advance(1);
    await client.until(() => client.socketClosed !== undefined);
    expect(client.socketClosed).toEqual({ code: 1000, reason: 'Bye' });
    await fixture.reopen(client, sessionId);
    client.write('echo a""gain\r');
    await client.untilText('again\r\n');
  });

  it('takes the life of a socket from its settings', async () => {
    const clock = new ManualClock();
    fixture = await GatewayFixture.start({ clock, gateway: { socketLifeMs: 5_000 } });
    const { client } = await fixture.open();
    await client.untilText('$ ');
    clock.advance(5_000);
    await client.until(() => client.socketClosed !== undefined);
    expect(client.socketClosed?.reason).toBe('Bye');
  });

  it('shows the client neither agent_session_state nor publication messages', async () => {
    fixture = await GatewayFixture.start();
    const { client, sessionId } = await fixture.open();
    await client.untilText('$ ');
    await fixture.reopen(client, sessionId);
    client.write('exit\r');
    await client.until(() => client.closed !== undefined);
    expect(new Set(client.frames.map(({ type }) => type))).toEqual(
      new Set(['output_stream_data', 'acknowledge', 'channel_closed']),
    );
  });
});

describe('message gateway: ending', () => {
  let fixture: GatewayFixture;
  afterEach(() => fixture.dispose());

  it('sends channel_closed with its fields when the session is terminated, then closes', async () => {
    fixture = await GatewayFixture.start();
    const { client, sessionId } = await fixture.open();
    await client.untilText('$ ');
    fixture.registry.terminate(sessionId, 'user');
    await client.until(() => client.socketClosed !== undefined);
    expect(client.closed).toEqual({
      MessageId: expect.any(String) as string,
      CreatedDate: expect.any(String) as string,
      DestinationId: sessionId,
      SessionId: sessionId,
      MessageType: 'channel_closed',
      SchemaVersion: 1,
      Output: '',
    });
    expect(client.socketClosed?.code).toBe(1000);
    expect(fixture.registry.rotateToken(sessionId)).toBeUndefined();
  });

  it('ends an idle session after its time; pings and acknowledgements do not count', async () => {
    const clock = new ManualClock();
    fixture = await GatewayFixture.start({ clock });
    const { client, sessionId } = await fixture.open();
    await client.untilText('$ ');
    clock.advance(19 * 60_000);
    client.write('\r');
    await client.untilText(/\$ [^$]*\$ /);
    await client.until(() => client.unacknowledged.size === 0);
    clock.advance(19 * 60_000);
    client.ping();
    client.acknowledge(client.frames.find(({ type }) => type === 'output_stream_data')!);
    clock.advance(60_000 - 1);
    expect(fixture.registry.find(sessionId)?.status).toBe('Connected');
    clock.advance(1);
    await client.until(() => client.closed !== undefined);
    expect(client.closed?.Output).toBe('Your session timed out due to inactivity and has been terminated.');
    expect(fixture.registry.find(sessionId)?.endReason).toBe('idle');
  });

  it('ends an idle session whose client has gone', async () => {
    const clock = new ManualClock();
    fixture = await GatewayFixture.start({ clock });
    const { client, sessionId } = await fixture.open({}, { preferences: { idleTimeoutMs: 60_000 } });
    await client.untilText('$ ');
    client.cut();
    await client.until(() => client.socketClosed !== undefined);
    clock.advance(60_000);
    expect(fixture.registry.find(sessionId)?.status).toBe('Terminated');
  });

  it('ends a session at its maximum duration, however busy', async () => {
    const clock = new ManualClock();
    fixture = await GatewayFixture.start({ clock });
    const { client, sessionId } = await fixture.open(
      {},
      { preferences: { maxDurationMs: 60_000, idleTimeoutMs: 61_000 } },
    );
    await client.untilText('$ ');
    clock.advance(59_999);
    expect(fixture.registry.find(sessionId)?.status).toBe('Connected');
    clock.advance(1);
    await client.until(() => client.closed !== undefined);
    expect(client.closed?.Output).toBe('');
    expect(fixture.registry.find(sessionId)?.endReason).toBe('max-duration');
  });

  it('ends a session with a text of one’s own, once', async () => {
    fixture = await GatewayFixture.start();
    const { client, sessionId } = await fixture.open();
    await client.untilText('$ ');
    expect(fixture.gateway.endSession(sessionId, 'instance', 'The instance was stopped.')).toBe(true);
    expect(fixture.gateway.endSession(sessionId, 'instance', 'again')).toBe(false);
    await client.until(() => client.closed !== undefined);
    expect(client.closed?.Output).toBe('The instance was stopped.');
  });

  it('breaks sockets on demand and says whether there was one', async () => {
    fixture = await GatewayFixture.start();
    const { client, sessionId } = await fixture.open();
    await client.untilText('$ ');
    expect(fixture.gateway.breakSocket(sessionId)).toBe(true);
    await client.until(() => client.socketClosed !== undefined);
    expect(client.socketClosed?.code).toBe(1006);
    expect(fixture.gateway.breakSocket('nobody')).toBe(false);
  });

  it('disposes of everything: sockets, sessions, agents', async () => {
    fixture = await GatewayFixture.start();
    const target = await fixture.listen(socket => socket.resume().on('end', () => socket.end()));
    const { client } = await fixture.openPort(target.port);
    await client.shakeHands();
    const mux = new PlainMux(client);
    mux.write(mux.open(), Buffer.from('x'));
    await client.until(() => target.sockets.size === 1);
    await fixture.gateway.dispose();
    await client.until(() => client.socketClosed !== undefined && target.sockets.size === 0);
  });
});
