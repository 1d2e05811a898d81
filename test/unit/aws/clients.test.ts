import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { callerIdentity } from '../../../src/aws/callerIdentity';
import type { Endpoints } from '../../../src/access/profile';
import { AwsClients } from '../../../src/aws/clients';
import { silentLog } from '../../../src/base/log';
import { JumpingClock } from './support/testClock';
import { lines, TempHome } from './support/tempHome';
import { startServer, type TestServer } from './support/testServer';

const IDENTITY = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
  <Arn>arn:aws:sts::123456789012:assumed-role/R/sam</Arn><UserId>AROA:sam</UserId><Account>123456789012</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>`;

const scope = {
  region: 'us-east-1',
  credentials: () =>
    Promise.resolve({
      accessKeyId: 'AKIA',
      secretAccessKey: 's',
      sessionToken: 't',
      expiresAt: Number.MAX_SAFE_INTEGER,
    }),
};

const signedAt = (compact: string) =>
  Date.parse(compact.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, '$1-$2-$3:$4:$5'));

let server: TestServer;
let other: TestServer;
let clock: JumpingClock;
const opened: AwsClients[] = [];
const withEnv = (env: Record<string, string>) => {
  const clients = new AwsClients({ env, log: silentLog, clock, userAgent: 'jit-access-ec2/9.9.9' });
  opened.push(clients);
  return clients;
};

beforeEach(async () => {
  clock = new JumpingClock();
  const date = new Date(clock.at + 90_000).toUTCString();
  server = await startServer(() => ({ body: IDENTITY, headers: { date } }));
  other = await startServer(() => ({ body: IDENTITY }));
});
afterEach(async () => {
  for (const clients of opened.splice(0)) clients.dispose();
  await server.close();
  await other.close();
});

/** The host that a call would go to. */
async function hostOf(clients: AwsClients, endpoints?: Endpoints): Promise<string | undefined> {
  const { sdk, client } = await clients.sts({ ...scope, endpoints });
  let host: string | undefined;
  client.middlewareStack.add(
    () => args => {
      host = (args.request as { hostname: string }).hostname;
      throw new Error('far enough');
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
  await expect(client.send(new sdk.GetCallerIdentityCommand({}))).rejects.toThrow('far enough');
  return host;
}

describe('the endpoint', () => {
  it.each([
    ['the common variable', () => ({ AWS_ENDPOINT_URL: server.url }), undefined],
    [
      'the variable of the service before the common one',
      () => ({ AWS_ENDPOINT_URL_STS: server.url, AWS_ENDPOINT_URL: other.url }),
      undefined,
    ],
    [
      'the variable before the profile',
      () => ({ AWS_ENDPOINT_URL: server.url }),
      () => ({ common: other.url }),
    ],
    ['the profile', () => ({}), () => ({ common: server.url })],
    [
      'the profile for the service before the profile for all',
      () => ({}),
      () => ({ common: other.url, byService: { sts: server.url, ec2: other.url } }),
    ],
    [
      'the common variable before the profile for the service',
      () => ({ AWS_ENDPOINT_URL: server.url }),
      () => ({ byService: { sts: other.url } }),
    ],
    [
      'the profile for all where it says nothing of the service',
      () => ({}),
      () => ({ common: server.url, byService: { ec2: other.url } }),
    ],
  ])('is %s', async (_what, env, profile) => {
    const clients = withEnv(env());
    expect(await callerIdentity(clients, { ...scope, endpoints: profile?.() })).toEqual({
      accountId: '123456789012',
      arn: 'arn:aws:sts::123456789012:assumed-role/R/sam',
      userId: 'AROA:sam',
    });
    expect(server.operations()).toEqual(['GetCallerIdentity']);
    expect(other.received).toEqual([]);
  });

  it("is AWS's own where all is to be ignored, or nothing is set", () => {
    const clients = withEnv({ AWS_ENDPOINT_URL: server.url, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' });
    expect(clients.addresses.configured('STS', { common: other.url })).toBeUndefined();
    expect(withEnv({ AWS_ENDPOINT_URL: '' }).addresses.configured('SSO OIDC')).toBeUndefined();
    expect(withEnv({}).addresses.configured('SSO OIDC', { byService: { sso_oidc: 'http://y' } })).toBe(
      'http://y',
    );
    expect(withEnv({ AWS_ENDPOINT_URL_SSO_OIDC: 'http://x' }).addresses.configured('SSO OIDC')).toBe(
      'http://x',
    );
  });

  it.each([
    ['of the profile', {}, { fips: true }, 'sts-fips.us-east-1.amazonaws.com'],
    ['of the environment', { AWS_USE_FIPS_ENDPOINT: 'true' }, {}, 'sts-fips.us-east-1.amazonaws.com'],
    ['for IPv6', {}, { dualStack: true }, 'sts.us-east-1.api.aws'],
    [
      'of the environment before the profile',
      { AWS_USE_FIPS_ENDPOINT: 'false', AWS_USE_DUALSTACK_ENDPOINT: 'TRUE' },
      { fips: true },
      'sts.us-east-1.api.aws',
    ],
  ])('is that variant of AWS’s own which is wanted, %s', async (_of, env, endpoints, host) => {
    expect(await hostOf(withEnv(env), endpoints)).toBe(host);
  });

  it('is the configured one as it stands, whatever variant is wanted', async () => {
    const endpoints = { common: 'http://stack.test', fips: true, dualStack: true };
    expect(await hostOf(withEnv({ AWS_USE_FIPS_ENDPOINT: 'true' }), endpoints)).toBe('stack.test');
  });

  it("is never the default profile's, which the SDK by itself would take", async () => {
    const home = new TempHome();
    vi.stubEnv(
      'AWS_CONFIG_FILE',
      await home.write(
        'config',
        lines('[default]', `endpoint_url = ${other.url}`, 'use_fips_endpoint = true'),
      ),
    );
    vi.stubEnv('AWS_ENDPOINT_URL', '');
    expect(await hostOf(withEnv({}))).toBe('sts.us-east-1.amazonaws.com');
    home.remove();
  });

  it('needs a region that can be one', async () => {
    await expect(withEnv({}).sts({ ...scope, region: 'evil.example/#' })).rejects.toMatchObject({
      code: 'config-invalid',
    });
  });
});

describe('every client', () => {
  it('says who it is', async () => {
    await callerIdentity(withEnv({ AWS_ENDPOINT_URL: server.url }), scope);
    expect(server.received[0]?.headers['user-agent']).toContain('jit-access-ec2/9.9.9');
  });

  it("measures AWS's clock against ours, from refusals too", async () => {
    const clients = withEnv({ AWS_ENDPOINT_URL: server.url });
    expect(clients.clockOffsetMs).toBeUndefined();
    await callerIdentity(clients, scope);
    expect(clients.clockOffsetMs).toBeCloseTo(90_500, -3);
    await server.close();
    const date = new Date(clock.at - 30_000).toUTCString();
    server = await startServer(() => ({
      status: 403,
      body: '<ErrorResponse><Error><Code>AccessDenied</Code><Message>User: arn:x is not authorized to perform: sts:X on resource: *</Message></Error></ErrorResponse>',
      headers: { date },
    }));
    const refused = withEnv({ AWS_ENDPOINT_URL: server.url });
    await expect(callerIdentity(refused, scope)).rejects.toMatchObject({
      code: 'access-denied',
      details: { action: 'sts:X', operation: 'GetCallerIdentity', status: '403' },
    });
    expect(refused.clockOffsetMs).toBeCloseTo(-29_500, -3);
  });

  it("signs by AWS's clock once it is known to differ", async () => {
    clock.at = Date.now();
    await server.close();
    server = await startServer(() => ({
      body: IDENTITY,
      headers: { date: new Date(Date.now() + 3_600_000).toUTCString() },
    }));
    const clients = withEnv({ AWS_ENDPOINT_URL: server.url });
    await callerIdentity(clients, scope);
    await callerIdentity(clients, scope);
    const [before, after] = server.received.map(
      one => signedAt(String(one.headers['x-amz-date'])) - clock.at,
    );
    expect(before).toBeLessThan(60_000);
    expect(after).toBeGreaterThan(3_500_000);
  });

  it('is stopped by the signal', async () => {
    const abort = new AbortController();
    await server.close();
    server = await startServer(() => {
      abort.abort();
      return new Promise(() => undefined);
    });
    const clients = withEnv({ AWS_ENDPOINT_URL: server.url });
    await expect(callerIdentity(clients, scope, { signal: abort.signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  it('logs calls without their content', async () => {
    const logged: string[] = [];
    const clients = new AwsClients({
      env: { AWS_ENDPOINT_URL: server.url },
      log: { ...silentLog, debug: (message, ...more) => void logged.push([message, ...more].join(' ')) },
      clock,
    });
    opened.push(clients);
    await callerIdentity(clients, scope);
    expect(logged).toEqual(['STSClient.GetCallerIdentityCommand answered 200 after 0 ms']);
  });
});
