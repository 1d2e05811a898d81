import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { GatewayFixture } from './support/gatewayFixture';
import { ManualClock } from './support/manualClock';
import type { PlainClient } from './support/plainClient';
import { PlainMux } from './support/plainMux';

/** Messages of 1024 bytes that fill smux's 4 MiB. */
const BUCKET_MESSAGES = 4_096;
const DATABASE = 'mydb.example.us-east-1.rds.amazonaws.com';

function flags(client: PlainClient): number[] {
  return client.messages
    .filter(({ payloadType }) => payloadType === 10)
    .map(({ payload }) => payload.readUInt32BE());
}

describe('agent: port forward with smux', () => {
  let fixture: GatewayFixture;
  afterEach(() => fixture.dispose());

  it('carries several connections of half a megabyte each, byte for byte', async () => {
    fixture = await GatewayFixture.start();
    const echo = await fixture.listen(socket => socket.pipe(socket));
    const { client } = await fixture.openPort(echo.port);
    const request = await client.shakeHands();
    expect(request).toEqual({
      AgentVersion: '3.3.1142.0',
      RequestedClientActions: [
        {
          ActionType: 'SessionType',
          ActionParameters: {
            SessionType: 'Port',
            Properties: { portNumber: String(echo.port), localPortNumber: '0', type: 'LocalPortForwarding' },
          },
        },
      ],
    });
    const mux = new PlainMux(client);
    const sent = Array.from({ length: 4 }, () => ({ stream: mux.open(), bytes: randomBytes(512 * 1024) }));
    for (const { stream, bytes } of sent) mux.write(stream, bytes);
    for (const { stream, bytes } of sent) {
      expect((await mux.received(stream, bytes.length)).equals(bytes)).toBe(true);
    }
    expect(Math.max(...client.messages.map(({ payload }) => payload.length))).toBe(1024);
  });

  it('answers a failed dial with flag 3 and FIN on that stream alone', async () => {
    fixture = await GatewayFixture.start();
    const closed = await fixture.listen(() => {});
    const { port } = closed;
    await closed.stop();
    const { client } = await fixture.openPort(port);
    await client.shakeHands();
    const mux = new PlainMux(client);
    const refused = mux.open();
    await client.until(() => refused.ended);
    expect(flags(client)).toEqual([3]);
    expect(client.closed).toBeUndefined();
  });

  it('refuses the connections that the script names and no other', async () => {
    fixture = await GatewayFixture.start();
    const echo = await fixture.listen(socket => socket.pipe(socket));
    const { client } = await fixture.openPort(
      echo.port,
      {},
      { faults: { agent: { connectToPortErrors: [1] } } },
    );
    await client.shakeHands();
    const mux = new PlainMux(client);
    const [first, second, third] = [mux.open(), mux.open(), mux.open()];
    for (const stream of [first, second, third]) mux.write(stream, Buffer.from('hello'));
    await client.until(() => second.ended);
    expect((await mux.received(first, 5)).toString()).toBe('hello');
    expect((await mux.received(third, 5)).toString()).toBe('hello');
    expect([flags(client), second.received]).toEqual([[3], []]);
  });

  it('sends FIN after the last byte when the target closes, and flushes before it closes for a FIN', async () => {
    fixture = await GatewayFixture.start();
    let upload = Buffer.alloc(0);
    let uploadEnded!: () => void;
    const ended = new Promise<void>(resolve => (uploadEnded = resolve));
    const target = await fixture.listen(socket => {
      socket.on('data', (bytes: Buffer) => {
        upload = Buffer.concat([upload, bytes]);
        if (upload.toString() === 'bye') socket.end(Buffer.alloc(100_000, 7));
      });
      socket.on('end', () => {
        socket.end();
        uploadEnded();
      });
    });
    const { client } = await fixture.openPort(target.port);
    await client.shakeHands();
    const mux = new PlainMux(client);
    const download = mux.open();
    mux.write(download, Buffer.from('bye'));
    await client.until(() => download.ended);
    expect(Buffer.concat(download.received).equals(Buffer.alloc(100_000, 7))).toBe(true);

    await ended;
    upload = Buffer.alloc(0);
    const second = new Promise<void>(resolve => (uploadEnded = resolve));
    const stream = mux.open();
    const bytes = randomBytes(300_000);
    mux.write(stream, bytes);
    mux.end(stream);
    await second;
    expect(upload.equals(bytes)).toBe(true);
    await client.until(() => stream.ended);
  });

  it('reaches a private host that has a route, and ends the session for one that does not resolve', async () => {
    const database = await GatewayFixture.start();
    const greeter = await database.listen(socket => socket.end('5.7.38'));
    fixture = await GatewayFixture.start({
      routes: [{ host: DATABASE, port: 3306, target: { host: '127.0.0.1', port: greeter.port } }],
    });
    const { client } = await fixture.openPort(3306, { host: DATABASE });
    await client.shakeHands();
    const mux = new PlainMux(client);
    const stream = mux.open();
    await client.until(() => stream.ended);
    expect(Buffer.concat(stream.received).toString()).toBe('5.7.38');

    const otherPort = await fixture.openPort(3307, { host: DATABASE });
    await otherPort.client.shakeHands();
    const refused = new PlainMux(otherPort.client).open();
    await otherPort.client.until(() => refused.ended);
    expect(flags(otherPort.client)).toEqual([3]);

    const unknown = await fixture.openPort(3306, { host: 'nowhere.example' });
    await unknown.client.shakeHands();
    await unknown.client.until(() => unknown.client.closed !== undefined);
    expect(unknown.client.closed?.Output).toContain('nowhere.example');
    await database.dispose();
  });

  it.each([
    ['169.254.169.254', '3.3.1142.0', true],
    ['169.254.169.253', '3.3.1142.0', true],
    ['localhost', '3.3.1142.0', false],
    ['127.0.0.1', '3.3.4851.0', true],
    ['169.254.170.2', '3.3.4851.0', true],
  ])('host %s with agent %s is forbidden: %s', async (host, version, forbidden) => {
    fixture = await GatewayFixture.start({ agentVersion: version });
    const echo = await fixture.listen(socket => socket.pipe(socket));
    const { client } = await fixture.openPort(echo.port, { host });
    await client.shakeHands();
    if (forbidden) {
      await client.until(() => client.closed !== undefined);
      expect(client.closed?.Output).toBe(`Forwarding to IP address ${host} is forbidden.`);
    } else {
      const mux = new PlainMux(client);
      const stream = mux.open();
      mux.write(stream, Buffer.from('ok'));
      expect((await mux.received(stream, 2)).toString()).toBe('ok');
    }
  });

  it('stops taking messages when a slow target has filled the bucket, and goes on when it reads', async () => {
    fixture = await GatewayFixture.start();
    let slow!: Socket;
    const target = await fixture.listen(socket => {
      slow = socket;
      socket.pause();
    });
    const { client } = await fixture.openPort(target.port);
    await client.shakeHands();
    const mux = new PlainMux(client);
    const stream = mux.open();
    const bytes = randomBytes(14 * 1024 * 1024);
    mux.write(stream, bytes);
    // Acknowledgements stop while much is still unacknowledged.
    const sent = client.unacknowledged.size;
    const acknowledged = () => sent - client.unacknowledged.size;
    await client.until(() => acknowledged() > BUCKET_MESSAGES);
    let before = -1;
    while (before !== acknowledged()) {
      before = acknowledged();
      await Promise.race([client.until(() => acknowledged() > before), quiet(client)]);
    }
    expect(client.unacknowledged.size).toBeGreaterThan(1_000);
    const received: Buffer[] = [];
    let length = 0;
    const all = new Promise<void>(resolve =>
      slow.on('data', (part: Buffer) => {
        received.push(part);
        length += part.length;
        if (length >= bytes.length) resolve();
      }),
    );
    slow.resume();
    await all;
    expect(Buffer.concat(received).equals(bytes)).toBe(true);
  });

  it('drops data for streams that are not there, takes NOPs, and ends with the mux session on nonsense', async () => {
    fixture = await GatewayFixture.start();
    const echo = await fixture.listen(socket => socket.pipe(socket));
    const { client } = await fixture.openPort(echo.port);
    await client.shakeHands();
    const mux = new PlainMux(client);
    mux.frame(2, 99, Buffer.from('lost'));
    mux.frame(3, 0);
    const stream = mux.open();
    mux.write(stream, Buffer.from('kept'));
    expect((await mux.received(stream, 4)).toString()).toBe('kept');
    client.write(Buffer.from([2, 0, 0, 0, 0, 0, 0, 0]));
    await client.until(() => client.closed !== undefined);
    expect(client.closed?.Output).toBe('');
  });

  it('sends NOPs to a client that says it is old, and ends after 30 s without a word from it', async () => {
    const clock = new ManualClock();
    fixture = await GatewayFixture.start({ clock });
    const echo = await fixture.listen(socket => socket.pipe(socket));
    const { client } = await fixture.openPort(echo.port);
    await client.shakeHands('1.2.0.0');
    const mux = new PlainMux(client);
    clock.advance(10_000);
    await client.until(() => mux.nops === 1);
    clock.advance(10_000);
    await client.until(() => mux.nops === 2);
    clock.advance(10_000);
    await client.until(() => client.closed !== undefined);
  });

  it('keeps quiet towards a modern client', async () => {
    const clock = new ManualClock();
    fixture = await GatewayFixture.start({ clock });
    const echo = await fixture.listen(socket => socket.pipe(socket));
    const { client } = await fixture.openPort(echo.port);
    await client.shakeHands();
    const mux = new PlainMux(client);
    clock.advance(60_000);
    const stream = mux.open();
    mux.write(stream, Buffer.from('x'));
    await mux.received(stream, 1);
    expect(mux.nops).toBe(0);
  });

  it('closes its connections when the session ends', async () => {
    fixture = await GatewayFixture.start();
    let targetClosed!: () => void;
    const closed = new Promise<void>(resolve => (targetClosed = resolve));
    const target = await fixture.listen(socket =>
      socket
        .on('end', () => socket.end())
        .on('close', () => targetClosed())
        .resume(),
    );
    const { client } = await fixture.openPort(target.port);
    await client.shakeHands();
    const mux = new PlainMux(client);
    mux.write(mux.open(), Buffer.from('x'));
    await client.until(() => client.unacknowledged.size === 0 && target.sockets.size === 1);
    client.flag(2);
    await closed;
  });
});

/** Resolves when the client has sent everything twice over without an answer in between. */
async function quiet(client: PlainClient): Promise<void> {
  const rounds = client.resends + 2;
  await client.until(() => client.resends >= rounds);
}
