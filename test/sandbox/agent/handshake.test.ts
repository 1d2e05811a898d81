import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { KeyRing } from '../../../src/sandbox/kms/keyRing';
import { GatewayFixture } from './support/gatewayFixture';
import { ManualClock } from './support/manualClock';
import { seal, unseal, type PlainClient } from './support/plainClient';
import { PlainMux } from './support/plainMux';

const KEY = 'arn:aws:kms:us-east-1:123456789012:key/5d7a1f5e-0000-4000-8000-000000000001';
const INSTANCE = 'i-060ee0879f3ec4eb7';

describe('agent: handshake', () => {
  let fixture: GatewayFixture;
  afterEach(() => fixture.dispose());

  it('is the agent’s sequence 0, with SYN', async () => {
    fixture = await GatewayFixture.start();
    const { client } = await fixture.openPort(80);
    await client.handshakeRequest();
    expect(client.messages[0]).toMatchObject({ sequence: 0, flags: 1n, payloadType: 5 });
  });

  it.each([2, 3, 0])('ends the session on action status %s', async status => {
    fixture = await GatewayFixture.start();
    const { client } = await fixture.openPort(80);
    await client.shakeHands('1.2.804.0', status);
    await client.until(() => client.closed !== undefined);
    expect(client.closed?.Output).toContain(`SessionType has status ${status}`);
  });

  it.each(['not json', '[]', '{"ClientVersion":"1.2.804.0","ProcessedClientActions":[]}'])(
    'ends the session on the response %s',
    async response => {
      fixture = await GatewayFixture.start();
      const { client } = await fixture.openPort(80);
      await client.handshakeRequest();
      client.send(6, response);
      await client.until(() => client.closed !== undefined);
      expect(client.closed?.Output).toContain('Handshake failed');
    },
  );

  it('waits 15 seconds for the response', async () => {
    const clock = new ManualClock();
    fixture = await GatewayFixture.start({ clock });
    const { client } = await fixture.openPort(80);
    await client.handshakeRequest();
    clock.advance(14_999);
    client.resize(80, 24);
    await client.until(() => client.unacknowledged.size === 0);
    expect(client.closed).toBeUndefined();
    clock.advance(1);
    await client.until(() => client.closed !== undefined);
    expect(client.closed?.Output).toContain('timed out');
  });

  it('acknowledges and throws away data that comes before it is complete', async () => {
    fixture = await GatewayFixture.start();
    const echo = await fixture.listen(socket => socket.pipe(socket));
    const { client } = await fixture.openPort(echo.port);
    await client.handshakeRequest();
    client.write(Buffer.from([1, 0, 0, 0, 77, 0, 0, 0]));
    await client.until(() => client.unacknowledged.size === 0);
    await client.shakeHands();
    const mux = new PlainMux(client);
    const stream = mux.open();
    mux.write(stream, Buffer.from('x'));
    await mux.received(stream, 1);
    expect(echo.sockets.size).toBe(1);
  });

  it('throws away as many messages after it as the script says, acknowledged', async () => {
    fixture = await GatewayFixture.start();
    const echo = await fixture.listen(socket => socket.pipe(socket));
    const { client } = await fixture.open(
      { sessionType: 'Port', properties: { portNumber: String(echo.port) } },
      { faults: { agent: { discardEarlyMessages: 2 } } },
    );
    await client.shakeHands();
    for (const text of ['one ', 'two ', 'three ', 'four']) client.write(text);
    await client.untilText('four');
    expect(client.text()).toBe('three four');
    await client.until(() => client.unacknowledged.size === 0);
  });
});

describe('agent: encrypted session', () => {
  let fixture: GatewayFixture;
  let ring: KeyRing;
  afterEach(() => fixture.dispose());

  async function start(agentVersion = '3.3.1142.0'): Promise<void> {
    ring = new KeyRing([KEY]);
    fixture = await GatewayFixture.start({
      agentVersion,
      agent: { decryptDataKey: (blob, context) => ring.decrypt(blob, context)?.plaintext },
    });
  }

  /** Answers with a data key made for `context`; resolves when the challenge has come or the session has ended. */
  async function offerKey(
    client: PlainClient,
    context: Record<string, string>,
    acknowledge: boolean,
  ): Promise<void> {
    const { plaintext, ciphertext } = ring.generateDataKey(KEY, context, 64);
    client.keys = { decrypt: Buffer.from(plaintext.slice(0, 32)), encrypt: Buffer.from(plaintext.slice(32)) };
    const action = (ActionType: string, ActionResult: unknown) => ({
      ActionType,
      ActionStatus: 1,
      ActionResult,
      Error: '',
    });
    client.send(
      6,
      JSON.stringify({
        ClientVersion: '1.2.804.0',
        ProcessedClientActions: [
          action('KMSEncryption', {
            KMSCipherTextKey: Buffer.from(ciphertext).toString('base64'),
            KMSCipherTextHash: null,
            ChallengeAcknowledgement: acknowledge,
          }),
          action('SessionType', null),
        ],
        Errors: [],
      }),
    );
    await client.until(
      () => client.closed !== undefined || client.messages.some(({ payloadType }) => payloadType === 8),
    );
  }

  async function answerChallenge(client: PlainClient): Promise<void> {
    const { Challenge } = JSON.parse((await client.message(8)).payload.toString()) as { Challenge: string };
    const challenge = unseal(client.keys!.decrypt, Buffer.from(Challenge, 'base64'));
    expect(challenge).toHaveLength(64);
    client.send(9, JSON.stringify({ Challenge: seal(client.keys!.encrypt, challenge).toString('base64') }));
    await client.message(7);
  }

  it.each([
    ['new agent, challenge acknowledged', '3.3.1142.0', true],
    ['new agent, challenge passed over as the official client does', '3.3.1142.0', false],
    ['agent from before the challenge', '3.3.807.0', false],
  ])('runs a shell under the key of the preferences: %s', async (_, agentVersion, acknowledge) => {
    await start(agentVersion);
    const { client, sessionId } = await fixture.open({}, { preferences: { kmsKeyId: KEY } });
    const request = await client.handshakeRequest();
    const parameters = request.RequestedClientActions.find(
      ({ ActionType }) => ActionType === 'KMSEncryption',
    )!.ActionParameters as { KMSKeyId: string; Challenge?: string };
    expect(parameters.KMSKeyId).toBe(KEY);
    expect(parameters.Challenge === undefined).toBe(agentVersion === '3.3.807.0');
    await offerKey(
      client,
      {
        'aws:ssm:SessionId': sessionId,
        'aws:ssm:TargetId': INSTANCE,
        ...(acknowledge ? { 'aws:ssm:RandomChallenge': parameters.Challenge! } : {}),
      },
      acknowledge,
    );
    await answerChallenge(client);
    client.resize(99, 33);
    client.write('stty size\r');
    await client.untilText('33 99');
    const onTheWire = client.frames.filter(({ payloadType }) => payloadType === 1);
    expect(onTheWire.some(({ payload }) => payload.includes('33 99'))).toBe(false);
  });

  it('encrypts separated output and the exit code', async () => {
    await start();
    const { client, sessionId } = await fixture.open(
      {
        sessionType: 'NonInteractiveCommands',
        properties: { command: 'echo out; echo err >&2; exit 3', separateOutputStream: 'True' },
      },
      { faults: { agent: { kms: { keyId: KEY, challenge: false } } } },
    );
    await client.handshakeRequest();
    await offerKey(client, { 'aws:ssm:SessionId': sessionId, 'aws:ssm:TargetId': INSTANCE }, false);
    await answerChallenge(client);
    await client.until(() => client.closed !== undefined);
    const texts = client.messages
      .filter(({ payloadType }) => [1, 11, 12].includes(payloadType))
      .map(({ payload }) => payload.toString());
    expect(texts.sort()).toEqual(['EXIT_CODE: 3', 'err\n', 'out\n']);
  });

  it('ends the session when the key was made for another context', async () => {
    await start();
    const { client, sessionId } = await fixture.open({}, { preferences: { kmsKeyId: KEY } });
    await client.handshakeRequest();
    await offerKey(
      client,
      { 'aws:ssm:SessionId': sessionId, 'aws:ssm:TargetId': 'i-0ffffffffffffffff' },
      false,
    );
    expect(client.closed?.Output).toContain('data key');
  });

  it('ends the session when the script requires the challenge and the client passes it over', async () => {
    await start();
    const { client, sessionId } = await fixture.open(
      {},
      { faults: { agent: { kms: { keyId: KEY, requireChallenge: true } } } },
    );
    await client.handshakeRequest();
    await offerKey(client, { 'aws:ssm:SessionId': sessionId, 'aws:ssm:TargetId': INSTANCE }, false);
    expect(client.closed?.Output).toContain('challenge');
  });

  it('ends the session when the challenge is answered wrongly', async () => {
    await start();
    const { client, sessionId } = await fixture.open({}, { preferences: { kmsKeyId: KEY } });
    await client.handshakeRequest();
    await offerKey(client, { 'aws:ssm:SessionId': sessionId, 'aws:ssm:TargetId': INSTANCE }, false);
    client.send(
      9,
      JSON.stringify({ Challenge: seal(client.keys!.encrypt, randomBytes(64)).toString('base64') }),
    );
    await client.until(() => client.closed !== undefined);
    expect(client.closed?.Output).toContain('challenge');
  });

  it('never encrypts a port session', async () => {
    await start();
    const { client } = await fixture.open(
      { sessionType: 'Port', properties: { portNumber: '1' } },
      { preferences: { kmsKeyId: KEY } },
    );
    const request = await client.handshakeRequest();
    expect(request.RequestedClientActions.map(({ ActionType }) => ActionType)).toEqual(['SessionType']);
  });
});
