import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AwsClients } from '../../../src/aws/clients';
import { SessionApi } from '../../../src/aws/sessionApi';
import { AppError } from '../../../src/base/errors';
import { silentLog } from '../../../src/base/log';
import { json } from './support/signInServer';
import { JumpingClock } from './support/testClock';
import { fault, startServer, type Answer, type TestServer } from './support/testServer';
import { signatureOf } from './support/verifySignature';

const INSTANCE = 'i-060ee0879f3ec4eb7';
const SESSION = 'sam@myco.example-0123456789abcdef0';

let server: TestServer;
let clients: AwsClients;
let clock: JumpingClock;
let answers: Record<string, Answer>;
let api: SessionApi;
let refusal: AppError | undefined;

const stream = (host = server.url.replace('http', 'ws')) =>
  `${host}/v1/data-channel/${SESSION}?role=publish_subscribe&cell-number=AB+cd/ef==`;
const started = () => ({ body: { SessionId: SESSION, StreamUrl: stream(), TokenValue: 'token' } });

beforeEach(async () => {
  clock = new JumpingClock();
  refusal = undefined;
  answers = {
    StartSession: started,
    ResumeSession: started,
    TerminateSession: () => ({ body: { SessionId: SESSION } }),
  };
  server = await startServer(request => answers[request.operation]?.(request) ?? { status: 500 });
  clients = new AwsClients({ env: { AWS_ENDPOINT_URL: server.url }, log: silentLog, clock });
  api = new SessionApi({
    credentials: () =>
      refusal
        ? Promise.reject(refusal)
        : Promise.resolve({
            accessKeyId: 'ASIA1',
            secretAccessKey: 'secret',
            sessionToken: 'session-token',
            expiresAt: clock.at + 3_600_000,
          }),
    region: 'us-east-1',
    clients,
    log: silentLog,
  });
});
afterEach(async () => {
  clients.dispose();
  await server.close();
});

describe('the address for a program that goes on with the session', () => {
  it.each([
    ['us-east-1', undefined, 'https://ssm.us-east-1.amazonaws.com'],
    ['cn-north-1', undefined, 'https://ssm.cn-north-1.amazonaws.com.cn'],
    ['us-east-1', { fips: true }, 'https://ssm-fips.us-east-1.amazonaws.com'],
    ['us-gov-west-1', { fips: true }, 'https://ssm.us-gov-west-1.amazonaws.com'],
    ['us-east-1', { common: 'http://stack.test/', fips: true }, 'http://stack.test'],
  ])('in %s with %j is %s', async (region, endpoints, address) => {
    const own = new AwsClients({ env: {}, log: silentLog, clock });
    const credentials = () => Promise.reject(new Error('not asked for'));
    const deps = { region, endpoints, credentials, clients: own, log: silentLog };
    expect(await new SessionApi(deps).endpointUrl()).toBe(address);
    own.dispose();
  });
});

describe('starting a session', () => {
  it('asks for what was asked, signed by the role', async () => {
    expect(
      await api.start({
        instanceId: INSTANCE,
        documentName: 'AWS-StartPortForwardingSession',
        parameters: { portNumber: '8080', localPortNumber: '0' },
        reason: 'r-1: look at the logs',
      }),
    ).toEqual({ sessionId: SESSION, streamUrl: stream(), token: 'token' });
    expect(json(server.received[0])).toEqual({
      Target: INSTANCE,
      DocumentName: 'AWS-StartPortForwardingSession',
      Parameters: { portNumber: ['8080'], localPortNumber: ['0'] },
      Reason: 'r-1: look at the logs',
    });
    expect(server.received[0]?.headers.authorization).toContain('Credential=ASIA1/');
  });

  it('leaves out what was left out, and cuts a reason between two characters', async () => {
    await api.start({ instanceId: INSTANCE });
    expect(json(server.received[0])).toEqual({ Target: INSTANCE });
    await api.start({ instanceId: INSTANCE, reason: `${'x'.repeat(254)}🙂🙂` });
    expect(json(server.received[1]).Reason).toBe(`${'x'.repeat(254)}…`);
    await api.start({ instanceId: INSTANCE, reason: 'y'.repeat(256) });
    expect(json(server.received[2]).Reason).toBe('y'.repeat(256));
  });

  it('reads a denial', async () => {
    const principal = 'arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_FrontEndSSHAccess_0123/sam';
    const resource = 'arn:aws:ec2:us-east-1:123456789012:instance/i-05b7516a19f826be9';
    answers.StartSession = () =>
      fault(
        'AccessDeniedException',
        `User: ${principal} is not authorized to perform: ssm:StartSession on resource: ${resource} because no identity-based policy allows the ssm:StartSession action`,
      );
    await expect(api.start({ instanceId: 'i-05b7516a19f826be9' })).rejects.toMatchObject({
      code: 'access-denied',
      details: {
        operation: 'StartSession',
        principal,
        action: 'ssm:StartSession',
        resource,
        reason: 'no identity-based policy allows the ssm:StartSession action',
        requestId: 'request-1',
      },
    });
  });

  it.each([
    ['TargetNotConnected', 'target-not-connected'],
    ['InvalidDocument', 'document-invalid'],
    ['ExpiredTokenException', 'credentials-expired'],
    ['ThrottlingException', 'throttled'],
    ['InternalServerError', 'service-fault'],
  ])('%s is %s', async (type, code) => {
    vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
    answers.StartSession = () => fault(type, 'as AWS says', type === 'InternalServerError' ? 500 : 400);
    await expect(api.start({ instanceId: INSTANCE })).rejects.toMatchObject({ code });
  });

  it('blames a clock that is far off when the SDK could not make up for it', async () => {
    const date = new Date(clock.at + 3_600_000).toUTCString();
    answers.StartSession = () => {
      const reply = fault('InvalidSignatureException', 'Signature not yet current');
      return { ...reply, headers: { ...reply.headers, date } };
    };
    await expect(api.start({ instanceId: INSTANCE })).rejects.toMatchObject({ code: 'clock-skew' });
  });

  it('does not go where it must not, and ends the session it was given', async () => {
    answers.StartSession = () => ({
      body: { SessionId: SESSION, StreamUrl: stream('wss://evil.example'), TokenValue: 'token' },
    });
    await expect(api.start({ instanceId: INSTANCE })).rejects.toMatchObject({ code: 'endpoint-refused' });
    expect(server.operations()).toEqual(['StartSession', 'TerminateSession']);
  });
});

describe('a session', () => {
  it('is resumed with a fresh token', async () => {
    expect(await api.resume(SESSION)).toMatchObject({ sessionId: SESSION, token: 'token' });
    expect(json(server.received[0])).toEqual({ SessionId: SESSION });
  });

  it('is over when AWS has no token for it, or does not know it', async () => {
    answers.ResumeSession = () => ({ body: { SessionId: SESSION } });
    expect(await api.resume(SESSION)).toBeUndefined();
    answers.ResumeSession = () => fault('DoesNotExistException', 'gone');
    expect(await api.resume(SESSION)).toBeUndefined();
    answers.ResumeSession = () => fault('AccessDeniedException', 'no');
    await expect(api.resume(SESSION)).rejects.toMatchObject({ code: 'access-denied' });
  });

  it('is terminated, also when it is over already', async () => {
    await api.terminate(SESSION);
    answers.TerminateSession = () => fault('DoesNotExistException', 'gone');
    await api.terminate(SESSION);
    expect(server.operations()).toEqual(['TerminateSession', 'TerminateSession']);
  });

  it('is terminated with the credentials at hand when there are no new ones', async () => {
    await api.start({ instanceId: INSTANCE });
    refusal = new AppError('role-not-assigned', 'No access');
    await api.terminate(SESSION);
    await expect(api.resume(SESSION)).rejects.toMatchObject({ code: 'role-not-assigned' });
    clock.at += 3_600_000;
    await expect(api.terminate(SESSION)).rejects.toMatchObject({ code: 'role-not-assigned' });
    expect(server.operations()).toEqual(['StartSession', 'TerminateSession']);
  });

  it('gets a data key for its encryption', async () => {
    answers.GenerateDataKey = () => ({
      headers: { 'content-type': 'application/x-amz-json-1.1' },
      body: {
        KeyId: 'k',
        Plaintext: Buffer.alloc(64, 1).toString('base64'),
        CiphertextBlob: Buffer.from('c').toString('base64'),
      },
    });
    const context = { 'aws:ssm:SessionId': SESSION, 'aws:ssm:TargetId': INSTANCE };
    const key = await api.generateDataKey('arn:aws:kms:us-east-1:1:key/k', context);
    expect(Buffer.from(key.plaintext)).toEqual(Buffer.alloc(64, 1));
    expect(Buffer.from(key.ciphertext).toString()).toBe('c');
    expect(json(server.received[0])).toEqual({
      KeyId: 'arn:aws:kms:us-east-1:1:key/k',
      NumberOfBytes: 64,
      EncryptionContext: context,
    });
    answers.GenerateDataKey = () => fault('AccessDeniedException', 'no');
    await expect(api.generateDataKey('k', {})).rejects.toMatchObject({ code: 'kms-denied' });
  });
});

describe('the signature of the upgrade', () => {
  it('is what AWS works out from the request', async () => {
    const signed = await api.signUpgrade(stream());
    expect(Object.keys(signed).sort()).toEqual(['authorization', 'x-amz-date', 'x-amz-security-token']);
    expect(signed['x-amz-date']).toBe('20261123T080000Z');
    expect(signed['x-amz-security-token']).toBe('session-token');
    const url = new URL(stream());
    const expected = signatureOf(
      url,
      { host: url.host, 'x-amz-date': signed['x-amz-date'] ?? '', 'x-amz-security-token': 'session-token' },
      { secret: 'secret', region: 'us-east-1', service: 'ssmmessages' },
    );
    expect(signed.authorization).toBe(
      `AWS4-HMAC-SHA256 Credential=ASIA1/20261123/us-east-1/ssmmessages/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=${expected}`,
    );
  });

  it("goes by AWS's clock once that is known", async () => {
    answers.StartSession = () => ({
      ...started(),
      headers: { date: new Date(clock.at + 600_000).toUTCString() },
    });
    await api.start({ instanceId: INSTANCE });
    expect((await api.signUpgrade(stream()))['x-amz-date']).toMatch(/^20261123T0810/);
  });

  it('is left to a URL that carries its own', async () => {
    expect(await api.signUpgrade(`${stream()}&X-Amz-Signature=abc`)).toEqual({});
  });

  it('is given to nobody else', async () => {
    await expect(api.signUpgrade(stream('wss://evil.example'))).rejects.toMatchObject({
      code: 'endpoint-refused',
    });
  });
});
