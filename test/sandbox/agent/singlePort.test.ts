import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { GatewayFixture } from './support/gatewayFixture';

/** A service that says which connection this is and then echoes. */
async function numberedEcho(fixture: GatewayFixture) {
  let connections = 0;
  return fixture.listen(socket => {
    socket.write(`#${++connections} `);
    socket.pipe(socket);
  });
}

describe('agent: port session with a single connection', () => {
  let fixture: GatewayFixture;
  afterEach(() => fixture.dispose());

  it.each([
    ['an old agent', '3.0.196.0', '1.2.804.0'],
    ['an old client', '3.3.1142.0', '1.1.69.0'],
  ])(
    'is basic with %s: raw bytes, dialled at once, and again after flag 1',
    async (_, agent, clientVersion) => {
      fixture = await GatewayFixture.start({ agentVersion: agent });
      const echo = await numberedEcho(fixture);
      const { client } = await fixture.openPort(echo.port);
      await client.shakeHands(clientVersion);
      await client.untilText('#1 ');
      client.write('one');
      await client.untilText('#1 one');
      client.flag(1);
      client.write('two');
      await client.untilText('#1 one#2 two');
      expect(client.closed).toBeUndefined();
    },
  );

  it('in basic mode dials again after the target has closed, and tells the client nothing', async () => {
    fixture = await GatewayFixture.start({ agentVersion: '3.0.196.0' });
    let connections = 0;
    const once = await fixture.listen(socket => {
      const number = ++connections;
      socket.once('data', bytes => socket.end(`${number}:${bytes.toString()}`));
    });
    const { client } = await fixture.openPort(once.port);
    await client.shakeHands();
    client.write('a');
    await client.untilText('1:a');
    await client.until(() => once.sockets.size === 0);
    client.write('b');
    await client.untilText('1:a2:b');
    expect(client.messages.filter(({ payloadType }) => payloadType === 10)).toEqual([]);
  });

  it.each(['LocalPortForwarding', ''])('ends the session when the dial fails (type "%s")', async type => {
    fixture = await GatewayFixture.start({ agentVersion: '3.0.196.0' });
    const gone = await fixture.listen(() => {});
    const { port } = gone;
    await gone.stop();
    const { client } = await fixture.openPort(port, { type });
    await client.shakeHands();
    await client.until(() => client.closed !== undefined);
    expect(client.closed?.Output).toMatch(
      new RegExp(`^Unable to connect to specified port: dial tcp 127.0.0.1:${port}: .*ECONNREFUSED`),
    );
  });

  it('in raw mode carries bytes both ways unchanged and ends with its connection', async () => {
    fixture = await GatewayFixture.start();
    const bytes = randomBytes(512 * 1024);
    const server = await fixture.listen(socket => {
      let length = 0;
      socket.on('data', (part: Buffer) => {
        socket.write(part);
        length += part.length;
        if (length === bytes.length) socket.end();
      });
    });
    const { client } = await fixture.open({
      name: 'AWS-StartSSHSession',
      sessionType: 'Port',
      properties: { portNumber: String(server.port) },
    });
    await client.shakeHands();
    client.write(bytes);
    await client.until(() => client.closed !== undefined);
    expect(client.output.equals(bytes)).toBe(true);
  });

  it('refuses a port number that is none', async () => {
    fixture = await GatewayFixture.start();
    const { client } = await fixture.openPort(0);
    await client.shakeHands();
    await client.until(() => client.closed !== undefined);
    expect(client.closed?.Output).toContain('Port number is invalid');
  });
});
