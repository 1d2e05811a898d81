import { GenerateDataKeyCommand } from '@aws-sdk/client-kms';
import { ResumeSessionCommand, StartSessionCommand, TerminateSessionCommand } from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DATABASE_HOST } from '../../src/sandbox/world/privateNetwork';
import { PlainClient } from './agent/support/plainClient';
import { PlainMux } from './agent/support/plainMux';
import { Contract, WEB_1 } from './support/contract';

const SAM = 'sam@myco.example';

describe('a session from the API call to the bytes', () => {
  let contract: Contract;
  let client: PlainClient;

  beforeEach(async () => {
    contract = await new Contract().start();
    client = new PlainClient();
  });
  afterEach(async () => {
    client.dispose();
    await contract.stop();
  });

  const ssm = () => contract.ssm(contract.keys(SAM, 'FrontEndSSHAccess'));

  async function start(input: object = {}): Promise<string> {
    const { SessionId, StreamUrl, TokenValue } = await ssm().send(
      new StartSessionCommand({ Target: WEB_1, ...input }),
    );
    await client.open(StreamUrl ?? '', TokenValue);
    return SessionId ?? '';
  }

  it('runs a shell on the instance', async () => {
    const id = await start();
    client.resize(80, 24);
    client.write('echo $((6 * 7))-$(hostname)\r');
    await client.untilText('42-ip-10-0-1-17.ec2.internal');
    expect(contract.sandbox.registry.find(id)?.status).toBe('Connected');
    await ssm().send(new TerminateSessionCommand({ SessionId: id }));
    await client.until(() => client.closed !== undefined);
  });

  it('goes on after a resume', async () => {
    const id = await start();
    client.write('KEPT=still-here\r');
    await client.untilText('KEPT=still-here');
    expect((await contract.door('POST', `sessions/${id}/break`)).status).toBe(200);
    await client.until(() => client.socketClosed !== undefined);
    const { StreamUrl, TokenValue } = await ssm().send(new ResumeSessionCommand({ SessionId: id }));
    await client.open(StreamUrl ?? '', TokenValue);
    client.write('echo now-$KEPT\r');
    await client.untilText('now-still-here');
  });

  it('reaches the web page of the instance', async () => {
    await start({ DocumentName: 'AWS-StartPortForwardingSession', Parameters: { portNumber: ['8080'] } });
    await client.shakeHands();
    const mux = new PlainMux(client);
    const stream = mux.open();
    mux.write(stream, Buffer.from('GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'));
    await client.until(() => stream.ended);
    expect((await mux.received(stream, 0)).toString()).toContain(`"instance":"${WEB_1}"`);
  });

  it('reaches the private database by a name only the instance knows', async () => {
    await start({
      DocumentName: 'AWS-StartPortForwardingSessionToRemoteHost',
      Parameters: { host: [DATABASE_HOST], portNumber: ['3306'] },
    });
    await client.shakeHands();
    const mux = new PlainMux(client);
    const stream = mux.open();
    const greeting = await mux.received(stream, 5);
    expect(greeting.readUIntLE(0, 3)).toBeGreaterThan(30);
    expect(greeting[4]).toBe(10);
  });

  it('ends when the instance stops, and tells the client', async () => {
    await start();
    await contract.door('POST', `instances/${WEB_1}`, { state: 'stopped' });
    await client.until(() => client.closed !== undefined);
    await contract.door('POST', `instances/${WEB_1}`, { state: 'running' });
  });

  it('asks for a data key where the account encrypts sessions', async () => {
    await contract.door('POST', 'settings', { encryptSessions: true });
    const id = await start();
    const { RequestedClientActions } = await client.handshakeRequest();
    const action = RequestedClientActions.find(({ ActionType }) => ActionType === 'KMSEncryption');
    const KeyId = String(action?.ActionParameters['KMSKeyId']);
    expect(KeyId).toBe(contract.sandbox.registry.find(id)?.document.preferences.kmsKeyId);
    const kms = contract.kms(contract.keys(SAM, 'FrontEndSSHAccess'));
    const { Plaintext } = await kms.send(
      new GenerateDataKeyCommand({
        KeyId,
        NumberOfBytes: 64,
        EncryptionContext: { 'aws:ssm:SessionId': id, 'aws:ssm:TargetId': WEB_1 },
      }),
    );
    expect(Plaintext).toHaveLength(64);
  });
});
