import { afterEach, describe, expect, it } from 'vitest';
import { GatewayFixture } from './support/gatewayFixture';
import type { PlainClient } from './support/plainClient';

function textOf(client: PlainClient, payloadType: number): string {
  return client.messages
    .filter(message => message.payloadType === payloadType)
    .map(({ payload }) => payload.toString())
    .join('');
}

describe('agent: non-interactive command', () => {
  let fixture: GatewayFixture;
  afterEach(() => fixture.dispose());

  async function run(properties: Record<string, string>, clientVersion?: string): Promise<PlainClient> {
    const { client } = await fixture.open({
      name: 'AWS-StartNonInteractiveCommand',
      sessionType: 'NonInteractiveCommands',
      properties,
    });
    await client.shakeHands(clientVersion);
    return client;
  }

  it('shakes hands without properties, runs on pipes and ends with channel_closed', async () => {
    fixture = await GatewayFixture.start();
    const { client } = await fixture.open({
      sessionType: 'NonInteractiveCommands',
      properties: { command: 'test -t 1 || echo pipe; echo oops >&2; exit 7' },
    });
    const request = await client.shakeHands();
    expect(request.RequestedClientActions[0]?.ActionParameters).toEqual({
      SessionType: 'NonInteractiveCommands',
      Properties: null,
    });
    await client.until(() => client.closed !== undefined);
    expect(textOf(client, 1).split('\n').sort()).toEqual(['', 'oops', 'pipe']);
    expect([textOf(client, 11), textOf(client, 12)]).toEqual(['', '']);
  });

  it('separates the streams and reports the exit code last', async () => {
    fixture = await GatewayFixture.start();
    const client = await run({
      command: 'seq 1 50000; echo oops >&2; exit 7',
      separateOutputStream: 'True',
      stdoutSeparatorPrefix: '',
      stderrSeparatorPrefix: 'ERR:',
    });
    await client.until(() => client.closed !== undefined);
    expect(textOf(client, 1)).toBe(Array.from({ length: 50_000 }, (_, at) => `${at + 1}\n`).join(''));
    expect(textOf(client, 11)).toBe('ERR:oops\n');
    expect(textOf(client, 12)).toBe('EXIT_CODE: 7');
    expect(client.messages.at(-1)?.payloadType).toBe(12);
  });

  it('reports 128 plus the signal for a command that Ctrl-C ended', async () => {
    fixture = await GatewayFixture.start();
    const client = await run({ command: 'echo ready; exec sleep 600', separateOutputStream: 'True' });
    await client.until(() => textOf(client, 1) === 'ready\n');
    client.write('ignored');
    client.write('\x03');
    await client.until(() => client.closed !== undefined);
    expect(textOf(client, 12)).toBe('EXIT_CODE: 130');
  });

  it('asks a client from before separated output to update', async () => {
    fixture = await GatewayFixture.start();
    const client = await run({ command: 'true', separateOutputStream: 'True' }, '1.2.295.0');
    const { CustomerMessage } = JSON.parse((await client.message(7)).payload.toString()) as {
      CustomerMessage: string;
    };
    expect(CustomerMessage).toContain('1.2.312.0');
  });

  it('says nothing to a modern one', async () => {
    fixture = await GatewayFixture.start();
    const client = await run({ command: 'true', separateOutputStream: 'True' });
    const complete = JSON.parse((await client.message(7)).payload.toString()) as Record<string, unknown>;
    expect(complete['CustomerMessage']).toBe('');
    expect(Number.isInteger(complete['HandshakeTimeToComplete'])).toBe(true);
  });

  it('kills the command when the service ends the session', async () => {
    fixture = await GatewayFixture.start();
    const client = await run({ command: 'trap "" TERM HUP INT; echo pid $$; sleep 600; sleep 600' });
    await client.untilText(/pid \d+\n/);
    const pid = Number(/pid (\d+)/.exec(client.text())?.[1]);
    client.flag(2);
    await client.until(() => client.closed !== undefined);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});
