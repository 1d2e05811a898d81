import { afterEach, describe, expect, it } from 'vitest';
import { callerIdentity } from '../../../src/aws/callerIdentity';
import { AwsClients } from '../../../src/aws/clients';
import { InstanceDirectory } from '../../../src/aws/instances';
import { OidcClient } from '../../../src/aws/oidcClient';
import { SessionApi } from '../../../src/aws/sessionApi';
import { silentLog } from '../../../src/base/log';
import { describeInstancesXml } from './support/awsXml';
import { JumpingClock } from './support/testClock';
import { startServer, type Reply, type TestServer } from './support/testServer';

const PAGE: Reply = {
  headers: { 'content-type': 'text/html' },
  body: '<!doctype html><html><head><title>\n Guest  Wi-Fi </title></head><body>Welcome</body></html>',
};
const PAGE_DETAILS = { answeredBy: 'page', title: 'Guest Wi-Fi', status: '200' };

let server: TestServer | undefined;
let clients: AwsClients | undefined;

afterEach(async () => {
  clients?.dispose();
  await server?.close();
});

const credential = {
  accessKeyId: 'AKIA',
  secretAccessKey: 's',
  sessionToken: 't',
  expiresAt: Number.MAX_SAFE_INTEGER,
};

async function answering(reply: (operation: string) => Reply) {
  const opened = await startServer(({ operation }) => reply(operation));
  server = opened;
  const made = new AwsClients({
    env: { AWS_ENDPOINT_URL: opened.url },
    log: silentLog,
    clock: new JumpingClock(),
  });
  clients = made;
  const scope = { region: 'us-east-1', credentials: () => Promise.resolve(credential) };
  const session = {
    cacheKey: 'myco',
    label: 'myco',
    startUrl: 'https://myco.awsapps.com/start',
    region: 'us-east-1',
    scopes: ['sso:account:access'],
  };
  return {
    server: opened,
    calls: {
      'EC2 (query, XML)': () => new InstanceDirectory({ clients: made, log: silentLog }).list(scope),
      'STS (query, XML)': () => callerIdentity(made, scope),
      'SSM (JSON)': () =>
        new SessionApi({ ...scope, clients: made, log: silentLog }).start({ instanceId: 'i-0a' }),
      'KMS (JSON)': () =>
        new SessionApi({ ...scope, clients: made, log: silentLog }).generateDataKey('k', {}),
      'OIDC (REST)': () => new OidcClient(session, made).register(),
      'portal (REST)': async () => {
        const { sdk, client } = await made.sso({ region: 'us-east-1' });
        const command = new sdk.ListAccountsCommand({ accessToken: 'token' });
        return await made.call('ListAccounts', send => client.send(command, send));
      },
    } as const,
  };
}

const SERVICES = [
  'EC2 (query, XML)',
  'STS (query, XML)',
  'SSM (JSON)',
  'KMS (JSON)',
  'OIDC (REST)',
  'portal (REST)',
] as const;

describe.each(SERVICES)('in place of %s', service => {
  it('a guest network’s page with status 200 is a failure that names it', async () => {
    const { calls } = await answering(() => PAGE);
    await expect(calls[service]()).rejects.toMatchObject({ code: 'network', details: PAGE_DETAILS });
  });

  it('a page is told by its beginning where its type says something else', async () => {
    const { calls } = await answering(() => ({ ...PAGE, headers: { 'content-type': 'text/xml' } }));
    await expect(calls[service]()).rejects.toMatchObject({ code: 'network', details: PAGE_DETAILS });
  });

  it('something that is no page and no answer of AWS’s is a failure too', async () => {
    const { calls } = await answering(() => ({ headers: { 'content-type': 'text/plain' }, body: 'OK' }));
    await expect(calls[service]()).rejects.toMatchObject({
      code: 'network',
      details: { answeredBy: 'other', status: '200' },
    });
  });

  it('a redirect is not followed, and named by where it leads', async () => {
    const { server: asked, calls } = await answering(() => ({
      status: 302,
      headers: { location: 'http://login.guest.example/?from=aws', 'content-type': 'text/html' },
      body: '',
    }));
    await expect(calls[service]()).rejects.toMatchObject({
      code: 'network',
      details: { answeredBy: 'redirect', title: 'login.guest.example' },
    });
    expect(asked.received.length).toBeLessThanOrEqual(2);
  });

  it('a proxy that wants to know who asks says so', async () => {
    const { calls } = await answering(() => ({ ...PAGE, status: 407 }));
    await expect(calls[service]()).rejects.toMatchObject({
      code: 'network',
      details: { answeredBy: 'proxy', status: '407' },
    });
  });
});

describe('an answer of AWS', () => {
  it('is read as ever, whatever its type says', async () => {
    const xml = describeInstancesXml([{ owner: '123456789012', instances: [{ id: 'i-0a' }] }]);
    const { calls } = await answering(operation =>
      operation === 'DescribeInstances'
        ? {
            body: `<?xml version="1.0" encoding="UTF-8"?>\n${xml}`,
            headers: { 'content-type': 'application/octet-stream' },
          }
        : { body: { InstanceInformationList: [] }, headers: { 'content-type': 'application/octet-stream' } },
    );
    await expect(calls['EC2 (query, XML)']()).resolves.toMatchObject({
      instances: [{ id: 'i-0a' }],
      problems: [],
    });
  });

  it('may be empty where the service has nothing to say', async () => {
    const { server: asked } = await answering(() => ({ body: '' }));
    const { sdk, client } = await clients!.sso({ region: 'us-east-1' });
    await client.send(new sdk.LogoutCommand({ accessToken: 'token' }));
    expect(asked.received).toHaveLength(1);
  });

  it('is not the page of a server of AWS’s that fails: that is tried again', async () => {
    let failures = 0;
    const { server: asked, calls } = await answering(() => {
      failures += 1;
      return failures === 1
        ? { ...PAGE, status: 503 }
        : {
            body: '<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account></GetCallerIdentityResult></GetCallerIdentityResponse>',
          };
    });
    await expect(calls['STS (query, XML)']()).resolves.toMatchObject({ accountId: '1' });
    expect(asked.received).toHaveLength(2);
  });

  it('tells the clock only when it is one', async () => {
    const { calls } = await answering(() => ({
      ...PAGE,
      headers: { 'content-type': 'text/html', date: new Date(0).toUTCString() },
    }));
    await expect(calls['STS (query, XML)']()).rejects.toMatchObject({ code: 'network' });
    expect(clients?.clockOffsetMs).toBeUndefined();
  });
});
