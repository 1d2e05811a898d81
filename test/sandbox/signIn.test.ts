import { createHash, randomBytes } from 'node:crypto';
import {
  CreateTokenCommand,
  CreateTokenWithIAMCommand,
  RegisterClientCommand,
  StartDeviceAuthorizationCommand,
  type SSOOIDCClient,
} from '@aws-sdk/client-sso-oidc';
import {
  GetRoleCredentialsCommand,
  ListAccountRolesCommand,
  ListAccountsCommand,
  LogoutCommand,
} from '@aws-sdk/client-sso';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { fromSSO } from '@aws-sdk/credential-providers';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Contract, postFromElsewhere, refusal } from './support/contract';

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const START_URL = 'https://myco.awsapps.com/start';
const SECOND = 1000;

interface Registered {
  readonly clientId: string;
  readonly clientSecret: string;
}

describe('signing in, by the SDK’s own clients', () => {
  const contract = new Contract();
  let oidc: SSOOIDCClient;

  beforeAll(async () => {
    await contract.start();
    oidc = contract.oidc();
  });
  afterAll(() => contract.stop());

  async function register(scopes?: string[], redirectUris?: string[]): Promise<Registered> {
    const { clientId, clientSecret, clientSecretExpiresAt } = await oidc.send(
      new RegisterClientCommand({ clientName: 'contract test', clientType: 'public', scopes, redirectUris }),
    );
    expect(clientSecretExpiresAt).toBeGreaterThan(contract.clock.now() / 1000 + 80 * 86_400);
    return { clientId: clientId ?? '', clientSecret: clientSecret ?? '' };
  }

  async function startDevice(client: Registered) {
    const started = await oidc.send(new StartDeviceAuthorizationCommand({ ...client, startUrl: START_URL }));
    return { deviceCode: started.deviceCode ?? '', userCode: started.userCode ?? '', started };
  }

  async function poll(client: Registered, deviceCode: string) {
    // The device may be asked again after the interval it was told.
    contract.clock.turn(SECOND);
    return oidc.send(new CreateTokenCommand({ ...client, grantType: DEVICE, deviceCode }));
  }

  async function signIn(user = 'sam@myco.example', scopes = ['sso:account:access']) {
    const client = await register(scopes);
    const { deviceCode, userCode } = await startDevice(client);
    expect((await contract.door('POST', `devices/${userCode}/confirm`, { user })).status).toBe(200);
    return { client, tokens: await poll(client, deviceCode) };
  }

  describe('RegisterClient', () => {
    it('refuses what is not a public client', async () => {
      const call = oidc.send(new RegisterClientCommand({ clientName: 'x', clientType: 'confidential' }));
      expect(await refusal(call)).toMatchObject({ name: 'InvalidClientMetadataException', status: 400 });
    });

    it('refuses a scope it does not know', async () => {
      const call = oidc.send(
        new RegisterClientCommand({ clientName: 'x', clientType: 'public', scopes: ['everything'] }),
      );
      expect(await refusal(call)).toMatchObject({ name: 'InvalidScopeException' });
    });

    it('sends public clients back to loopback only', async () => {
      const call = oidc.send(
        new RegisterClientCommand({
          clientName: 'x',
          clientType: 'public',
          redirectUris: ['https://elsewhere.example/cb'],
        }),
      );
      expect(await refusal(call)).toMatchObject({ name: 'InvalidRedirectUriException' });
    });
  });

  describe('the device grant', () => {
    it('says where to confirm, and for how long', async () => {
      const { started } = await startDevice(await register());
      expect(started.userCode).toMatch(/^[A-Z]{4}-[A-Z]{4}$/);
      expect(started.verificationUri).toBe(`${contract.sandbox.url}/device`);
      expect(started.verificationUriComplete).toBe(
        `${started.verificationUri}?user_code=${started.userCode}`,
      );
      expect(started).toMatchObject({ expiresIn: 600, interval: 1 });
    });

    it('knows only its own start URL', async () => {
      const client = await register();
      const call = oidc.send(
        new StartDeviceAuthorizationCommand({ ...client, startUrl: 'https://other.awsapps.com/start' }),
      );
      expect(await refusal(call)).toMatchObject({ name: 'InvalidRequestException' });
    });

    it('refuses a client it has not registered', async () => {
      const call = oidc.send(
        new StartDeviceAuthorizationCommand({ clientId: 'nobody', clientSecret: 'x', startUrl: START_URL }),
      );
      expect(await refusal(call)).toMatchObject({ name: 'InvalidClientException', status: 401 });
    });

    it('is pending until the person confirms, and then gives tokens once', async () => {
      const client = await register(['sso:account:access']);
      const { deviceCode, userCode } = await startDevice(client);
      expect(await refusal(poll(client, deviceCode))).toMatchObject({
        name: 'AuthorizationPendingException',
      });
      await contract.door('POST', `devices/${userCode}/confirm`);
      const tokens = await poll(client, deviceCode);
      expect(tokens).toMatchObject({ tokenType: 'Bearer', expiresIn: 3600 });
      expect(tokens.refreshToken).toBeTruthy();
      expect(await refusal(poll(client, deviceCode))).toMatchObject({ name: 'InvalidGrantException' });
    });

    it('asks a hasty client to slow down', async () => {
      const client = await register();
      const { deviceCode } = await startDevice(client);
      const ask = () => oidc.send(new CreateTokenCommand({ ...client, grantType: DEVICE, deviceCode }));
      expect(await refusal(ask())).toMatchObject({ name: 'AuthorizationPendingException' });
      expect(await refusal(ask())).toMatchObject({ name: 'SlowDownException' });
    });

    it('tells a denial', async () => {
      const client = await register();
      const { deviceCode, userCode } = await startDevice(client);
      await contract.door('POST', `devices/${userCode}/deny`);
      expect(await refusal(poll(client, deviceCode))).toMatchObject({ name: 'AccessDeniedException' });
    });

    it('lets the code grow too old', async () => {
      const client = await register();
      const { deviceCode, userCode } = await startDevice(client);
      contract.clock.turn(601 * SECOND);
      expect(await refusal(poll(client, deviceCode))).toMatchObject({ name: 'ExpiredTokenException' });
      expect((await contract.door('POST', `devices/${userCode}/confirm`)).status).toBe(409);
    });

    it('does not give one client the tokens of another', async () => {
      const { deviceCode, userCode } = await startDevice(await register());
      await contract.door('POST', `devices/${userCode}/confirm`);
      expect(await refusal(poll(await register(), deviceCode))).toMatchObject({
        name: 'InvalidGrantException',
      });
    });

    it('gives a legacy registration no refresh token', async () => {
      const { tokens } = await signIn('sam@myco.example', []);
      expect(tokens.refreshToken).toBeUndefined();
      expect(tokens.expiresIn).toBe(8 * 3600);
    });
  });

  describe('the refresh grant', () => {
    it('renews, and takes a refresh token once', async () => {
      const { client, tokens } = await signIn();
      const renew = () =>
        oidc.send(
          new CreateTokenCommand({
            ...client,
            grantType: 'refresh_token',
            refreshToken: tokens.refreshToken,
          }),
        );
      const renewed = await renew();
      expect(renewed.accessToken).not.toBe(tokens.accessToken);
      expect(renewed.refreshToken).not.toBe(tokens.refreshToken);
      expect(await refusal(renew())).toMatchObject({ name: 'InvalidGrantException' });
    });

    it('refuses a token of nobody', async () => {
      const call = oidc.send(
        new CreateTokenCommand({ ...(await register()), grantType: 'refresh_token', refreshToken: 'x' }),
      );
      expect(await refusal(call)).toMatchObject({ name: 'InvalidGrantException' });
    });
  });

  describe('the authorization-code grant', () => {
    const redirectUri = 'http://127.0.0.1:4711/oauth/callback';
    const verifier = randomBytes(32).toString('base64url');

    async function ask(client: Registered, decision: string, over: Record<string, string> = {}) {
      const query = new URLSearchParams({
        response_type: 'code',
        client_id: client.clientId,
        redirect_uri: redirectUri,
        state: 'of-mind',
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
        ...over,
      });
      return fetch(`${contract.sandbox.url}/authorize?${query.toString()}`, {
        method: 'POST',
        body: new URLSearchParams({ decision, user: 'ana@myco.example' }),
        redirect: 'manual',
      });
    }

    function redeem(client: Registered, code: string, codeVerifier: string) {
      return oidc.send(
        new CreateTokenCommand({
          ...client,
          grantType: 'authorization_code',
          code,
          codeVerifier,
          redirectUri,
        }),
      );
    }

    const registerForCode = () => register(['sso:account:access'], ['http://127.0.0.1/oauth/callback']);

    it('sends the browser back with a code that serves once', async () => {
      const client = await registerForCode();
      const location = new URL((await ask(client, 'allow')).headers.get('location') ?? '');
      expect(location.origin + location.pathname).toBe(redirectUri);
      expect(location.searchParams.get('state')).toBe('of-mind');
      const code = location.searchParams.get('code') ?? '';
      const { accessToken } = await redeem(client, code, verifier);
      expect(contract.sandbox.tokens.userOf(accessToken ?? '')).toBe('ana@myco.example');
      expect(await refusal(redeem(client, code, verifier))).toMatchObject({ name: 'InvalidGrantException' });
    });

    it('wants the verifier of the challenge', async () => {
      const client = await registerForCode();
      const code = new URL((await ask(client, 'allow')).headers.get('location') ?? '').searchParams.get(
        'code',
      );
      expect(await refusal(redeem(client, code ?? '', 'guess'))).toMatchObject({
        name: 'InvalidGrantException',
      });
    });

    it('sends a denial back', async () => {
      const location = new URL((await ask(await registerForCode(), 'deny')).headers.get('location') ?? '');
      expect(location.searchParams.get('error')).toBe('access_denied');
      expect(location.searchParams.has('code')).toBe(false);
    });

    it('never sends a code to an address that was not registered', async () => {
      const answer = await ask(await registerForCode(), 'allow', { redirect_uri: 'http://127.0.0.1:1/else' });
      expect(answer.status).toBe(400);
      expect(answer.headers.has('location')).toBe(false);
    });
  });

  it('refuses a grant it does not know, as OIDC does', async () => {
    const call = oidc.send(new CreateTokenCommand({ ...(await register()), grantType: 'password' }));
    expect(await refusal(call)).toMatchObject({ name: 'UnsupportedGrantTypeException' });
  });

  it('answers an operation it lacks as an unknown one', async () => {
    const { tokens } = await signIn();
    const client = contract.oidc();
    client.config.credentials = async () => contract.keys('sam@myco.example', 'ViewOnlyAccess');
    const call = client.send(
      new CreateTokenWithIAMCommand({
        clientId: 'x',
        grantType: 'refresh_token',
        refreshToken: tokens.refreshToken,
      }),
    );
    expect(await refusal(call)).toMatchObject({ name: 'UnknownOperationException', status: 404 });
  });

  describe('the confirmation page', () => {
    it('shows the code and takes the answer', async () => {
      const client = await register();
      const { deviceCode, userCode } = await startDevice(client);
      const page = await (await fetch(`${contract.sandbox.url}/device?user_code=${userCode}`)).text();
      expect(page).toContain(`>${userCode}</p>`);
      expect(page).toContain('contract test');
      const answer = await fetch(`${contract.sandbox.url}/device`, {
        method: 'POST',
        body: new URLSearchParams({ user_code: userCode, decision: 'allow', user: 'sam@myco.example' }),
      });
      expect(await answer.text()).toContain('Signed in');
      expect((await poll(client, deviceCode)).accessToken).toBeTruthy();
    });

    it('is not answered from another page', async () => {
      const { userCode } = await startDevice(await register());
      const form = new URLSearchParams({ user_code: userCode, decision: 'allow' });
      const status = await postFromElsewhere(`${contract.sandbox.url}/device`, form.toString());
      expect(status).toBe(403);
      expect(contract.sandbox.tokens.findDeviceByUserCode(userCode)?.verdict.kind).toBe('waiting');
    });

    it('does not let a client’s name into the page as HTML', async () => {
      const { clientId, clientSecret } = await oidc.send(
        new RegisterClientCommand({ clientName: '<img src=x>', clientType: 'public' }),
      );
      const { userCode } = await startDevice({ clientId: clientId ?? '', clientSecret: clientSecret ?? '' });
      const page = await (await fetch(`${contract.sandbox.url}/device?user_code=${userCode}`)).text();
      expect(page).not.toContain('<img');
    });

    it('says when a code is not known', async () => {
      expect((await fetch(`${contract.sandbox.url}/device?user_code=ZZZZ-ZZZZ`)).status).toBe(404);
    });
  });

  describe('the access portal', () => {
    it('lists the accounts and roles of a person', async () => {
      const accessToken = (await signIn()).tokens.accessToken;
      const portal = contract.portal();
      const { accountList } = await portal.send(new ListAccountsCommand({ accessToken }));
      expect(accountList?.map(({ accountId, accountName }) => [accountId, accountName])).toEqual([
        ['123456789012', 'myco-prod'],
        ['210987654321', 'myco-dev'],
      ]);
      const { roleList } = await portal.send(
        new ListAccountRolesCommand({ accessToken, accountId: '123456789012' }),
      );
      expect(roleList?.map(({ roleName }) => roleName)).toContain('ViewOnlyAccess');
      expect(roleList?.map(({ roleName }) => roleName)).not.toContain('FrontEndSSHAccess');
    });

    it('pages', async () => {
      const accessToken = (await signIn()).tokens.accessToken;
      const portal = contract.portal();
      const first = await portal.send(new ListAccountsCommand({ accessToken, maxResults: 1 }));
      expect(first.accountList).toHaveLength(1);
      const second = await portal.send(
        new ListAccountsCommand({ accessToken, maxResults: 1, nextToken: first.nextToken }),
      );
      expect(second.accountList?.map(({ accountId }) => accountId)).toEqual(['210987654321']);
      expect(second.nextToken ?? undefined).toBeUndefined();
    });

    it('hands out role credentials for as long as the permission set says', async () => {
      const accessToken = (await signIn('ana@myco.example')).tokens.accessToken;
      const { roleCredentials } = await contract.portal().send(
        new GetRoleCredentialsCommand({
          accessToken,
          accountId: '123456789012',
          roleName: 'FrontEndSSHAccess',
        }),
      );
      expect(roleCredentials?.accessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
      const expiration = roleCredentials?.expiration ?? 0;
      expect(expiration).toBeGreaterThan(contract.clock.now() + 7100 * SECOND);
      expect(expiration).toBeLessThanOrEqual(contract.clock.now() + 7200 * SECOND);
    });

    it('says No access to a role that is not assigned', async () => {
      const accessToken = (await signIn()).tokens.accessToken;
      const ask = (accountId: string, roleName: string) =>
        refusal(contract.portal().send(new GetRoleCredentialsCommand({ accessToken, accountId, roleName })));
      const noAccess = { name: 'ForbiddenException', message: 'No access', status: 403 };
      expect(await ask('123456789012', 'FrontEndSSHAccess')).toMatchObject(noAccess);
      expect(await ask('123456789012', 'NoSuchRole')).toMatchObject(noAccess);
      expect(await ask('999999999999', 'ViewOnlyAccess')).toMatchObject(noAccess);
    });

    it('refuses a token of nobody, one that is too old, and one that was logged out', async () => {
      const portal = contract.portal();
      const ask = (accessToken: string | undefined) =>
        refusal(portal.send(new ListAccountsCommand({ accessToken })));
      const unauthorized = { name: 'UnauthorizedException', status: 401 };
      expect(await ask('nobody')).toMatchObject(unauthorized);

      const { accessToken, refreshToken } = (await signIn()).tokens;
      await portal.send(new LogoutCommand({ accessToken }));
      expect(await ask(accessToken)).toMatchObject(unauthorized);
      expect(await refusal(portal.send(new LogoutCommand({ accessToken })))).toMatchObject(unauthorized);
      expect(contract.sandbox.tokens.spendRefreshToken(refreshToken ?? '')).toBeUndefined();

      const old = (await signIn()).tokens.accessToken;
      contract.clock.turn(3601 * SECOND);
      expect(await ask(old)).toMatchObject(unauthorized);
    });
  });
});

describe('the whole way, by the SDK’s credential provider', () => {
  it('goes from the config file and the cached token to a caller identity', async () => {
    const contract = await new Contract().start();
    const home = await mkdtemp(join(tmpdir(), 'contract-home-'));
    const before = process.env['HOME'];
    try {
      const env = await contract.sandbox.start();
      const oidc = contract.oidc();
      const { clientId = '', clientSecret = '' } = await oidc.send(
        new RegisterClientCommand({ clientName: 'x', clientType: 'public', scopes: ['sso:account:access'] }),
      );
      const { deviceCode, userCode = '' } = await oidc.send(
        new StartDeviceAuthorizationCommand({ clientId, clientSecret, startUrl: START_URL }),
      );
      await contract.door('POST', `devices/${userCode}/confirm`);
      const { accessToken } = await oidc.send(
        new CreateTokenCommand({ clientId, clientSecret, grantType: DEVICE, deviceCode }),
      );
      const cache = join(home, '.aws', 'sso', 'cache');
      await mkdir(cache, { recursive: true });
      const name = createHash('sha1').update('myco').digest('hex');
      const token = {
        startUrl: START_URL,
        region: 'us-east-1',
        accessToken,
        expiresAt: '2099-01-01T00:00:00Z',
      };
      await writeFile(join(cache, `${name}.json`), JSON.stringify(token));

      process.env['HOME'] = home;
      const credentials = await fromSSO({
        profile: 'myco-viewer',
        configFilepath: env.AWS_CONFIG_FILE,
        filepath: env.AWS_SHARED_CREDENTIALS_FILE,
        clientConfig: { endpoint: contract.sandbox.url, region: 'us-east-1' },
      })();
      const identity = await contract
        .sts({ ...credentials, sessionToken: credentials.sessionToken ?? '' })
        .send(new GetCallerIdentityCommand({}));
      expect(identity.Account).toBe('123456789012');
      expect(identity.Arn).toBe(
        'arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_ViewOnlyAccess_d4e8b1720f6c935a/sam@myco.example',
      );
      expect(identity.UserId).toMatch(/^AROA[A-Z2-7]{17}:sam@myco\.example$/);
    } finally {
      if (before === undefined) delete process.env['HOME'];
      else process.env['HOME'] = before;
      await rm(home, { recursive: true, force: true });
      await contract.stop();
    }
  });
});
