import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SsoSession } from '../../../src/access/profile';
import { SsoTokenCache, type SsoToken } from '../../../src/aws/ssoTokenCache';
import { silentLog } from '../../../src/base/log';
import { TempHome } from './support/tempHome';

const SESSION: SsoSession = {
  cacheKey: 'myco',
  label: 'myco',
  startUrl: 'https://myco.awsapps.com/start',
  region: 'us-east-1',
  scopes: ['sso:account:access'],
};
/** `printf myco | sha1sum`: the file that `aws sso login --sso-session myco` writes. */
const FILE = '.aws/sso/cache/8bad28a6fb0a2aff49e9997d9ab0ee0b67fc3ba1.json';

const TOKEN: SsoToken = {
  startUrl: SESSION.startUrl,
  region: 'us-east-1',
  accessToken: 'token-1',
  expiresAt: Date.parse('2026-11-23T09:00:00Z'),
  clientId: 'client',
  clientSecret: 'secret',
  registrationExpiresAt: Date.parse('2027-02-20T09:00:00Z'),
  refreshToken: 'refresh',
};

let home: TempHome;
let cache: SsoTokenCache;

beforeEach(() => {
  home = new TempHome();
  cache = new SsoTokenCache({ env: home.env, log: silentLog });
});
afterEach(() => {
  cache.dispose();
  home.remove();
});

describe('the file', () => {
  it('is named and written as the AWS CLI does', async () => {
    await cache.store(SESSION, TOKEN);
    expect(cache.pathOf(SESSION)).toBe(home.resolve(FILE));
    expect(JSON.parse(readFileSync(home.resolve(FILE), 'utf8'))).toEqual({
      startUrl: 'https://myco.awsapps.com/start',
      region: 'us-east-1',
      accessToken: 'token-1',
      expiresAt: '2026-11-23T09:00:00Z',
      clientId: 'client',
      clientSecret: 'secret',
      registrationExpiresAt: '2027-02-20T09:00:00Z',
      refreshToken: 'refresh',
    });
    expect(await cache.find(SESSION)).toEqual(TOKEN);
  });

  it('is for its owner only, leaves nothing beside it, and mends the folder', async () => {
    await cache.store(SESSION, TOKEN);
    const folder = home.resolve('.aws/sso/cache');
    chmodSync(folder, 0o755);
    chmodSync(home.resolve(FILE), 0o644);
    await cache.store(SESSION, { ...TOKEN, accessToken: 'token-2' });
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(home.resolve(FILE)).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it('names the legacy form after its start URL', () => {
    const legacy = { ...SESSION, cacheKey: SESSION.startUrl };
    // printf https://myco.awsapps.com/start | sha1sum
    expect(cache.pathOf(legacy)).toBe(
      home.resolve('.aws/sso/cache/bc6cfb9c9dadcffebe29167e0404735a6ed0c6a2.json'),
    );
  });

  it('is gone after remove, which may be called twice', async () => {
    await cache.store(SESSION, TOKEN);
    await cache.remove(SESSION);
    await cache.remove(SESSION);
    expect(await cache.find(SESSION)).toBeUndefined();
  });
});

describe('what others wrote', () => {
  it('is read in the old spelling and without a registration', async () => {
    const { startUrl, region, accessToken } = TOKEN;
    await home.write(
      FILE,
      JSON.stringify({ startUrl, region, accessToken, expiresAt: '2026-11-23T09:00:00UTC' }),
    );
    expect(await cache.find(SESSION)).toEqual({ startUrl, region, accessToken, expiresAt: TOKEN.expiresAt });
  });

  it('needs no more than a token and its end, as for the AWS CLI', async () => {
    await home.write(FILE, JSON.stringify({ accessToken: 'token-1', expiresAt: '2026-11-23T09:00:00Z' }));
    expect(await cache.find(SESSION)).toEqual({
      startUrl: SESSION.startUrl,
      region: SESSION.region,
      accessToken: 'token-1',
      expiresAt: TOKEN.expiresAt,
    });
  });

  it('is read with the fraction and the offset that other SDKs write', async () => {
    await home.write(
      FILE,
      JSON.stringify({ ...TOKEN, expiresAt: '2026-11-23T09:00:00.123+00:00', registrationExpiresAt: 'soon' }),
    );
    const { expiresAt, registrationExpiresAt } = (await cache.find(SESSION)) ?? {};
    expect([expiresAt, registrationExpiresAt]).toEqual([TOKEN.expiresAt + 123, undefined]);
  });

  it.each([
    ['no JSON', '{'],
    ['no object', '7'],
    ['no token', JSON.stringify({ startUrl: SESSION.startUrl, expiresAt: '2026-11-23T09:00:00Z' })],
    ['no date', JSON.stringify({ startUrl: SESSION.startUrl, accessToken: 'x', expiresAt: 'soon' })],
  ])('counts as no sign-in, and is logged, when it is %s', async (_what, text) => {
    const warnings: string[] = [];
    const log = { ...silentLog, warn: (message: string) => void warnings.push(message) };
    const logged = new SsoTokenCache({ env: home.env, log });
    await home.write(FILE, text);
    expect(await logged.find(SESSION)).toBeUndefined();
    expect(warnings).toHaveLength(1);
    logged.dispose();
  });

  it('counts as no sign-in when it is for another portal', async () => {
    await cache.store(SESSION, TOKEN);
    expect(await cache.find({ ...SESSION, startUrl: 'https://other.awsapps.com/start' })).toBeUndefined();
    expect(await cache.find({ ...SESSION, startUrl: `${SESSION.startUrl}/#/` })).toEqual(TOKEN);
  });

  it('is noticed', async () => {
    cache.watch();
    const changed = new Promise<void>(resolve => void cache.onDidChange(resolve));
    await home.write(FILE, '{}');
    await changed;
  });
});
