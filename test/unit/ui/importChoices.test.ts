import { describe, expect, it } from 'vitest';
import type { Profile, SsoSession } from '../../../src/access/profile';
import { AppError } from '../../../src/base/errors';
import {
  faultOfPattern,
  faultOfSessionName,
  faultOfStartUrl,
  isRegion,
  NAME_PATTERNS,
  profileNameBy,
  regionChoices,
  roleLines,
  sessionNameFor,
  startUrlOf,
} from '../../../src/ui/model/signIn/importChoices';
import { listPortal } from '../../../src/ui/model/signIn/portalListing';
import { sourceLanguage as l10n } from '../../../src/ui/model/localizer';

const SESSION: SsoSession = {
  cacheKey: 'myco',
  label: 'myco',
  startUrl: 'https://myco.awsapps.com/start',
  region: 'eu-central-1',
  scopes: ['sso:account:access'],
};
const PROD = { accountId: '123456789012', name: 'MyCo Prod' };
const DEV = { accountId: '210987654321', name: 'MyCo Dev' };
const viewer: Profile = {
  name: 'viewer',
  ssoSession: SESSION,
  accountId: PROD.accountId,
  roleName: 'Viewer',
  region: 'eu-west-1',
};

describe('the lines of roles', () => {
  it('stand under their accounts, those with a profile last and marked', () => {
    const lines = roleLines(
      l10n,
      [
        { account: PROD, roles: ['Viewer', 'Zebra', 'Admin'] },
        { account: DEV, roles: ['Viewer'] },
      ],
      SESSION,
      [viewer],
    );
    expect(lines.map(line => [line.kind, line.label])).toEqual([
      ['heading', 'MyCo Dev · 210987654321'],
      ['role', 'Viewer'],
      ['heading', 'MyCo Prod · 123456789012'],
      ['role', 'Admin'],
      ['role', 'Zebra'],
      ['role', 'Viewer'],
    ]);
    expect(lines.at(-1)).toMatchObject({ profileName: 'viewer', description: 'has profile viewer' });
    expect(lines[1]).not.toHaveProperty('profileName');
  });

  it('say which account could not be asked', () => {
    const error = new AppError('throttled', 'slow');
    const [line] = roleLines(l10n, [{ account: DEV, roles: [], error }], SESSION, []);
    expect(line?.label).toMatch(/^MyCo Dev · 210987654321: its roles could not be listed\. AWS asks to slow/);
  });

  it('do not take a role of another portal, or one assumed on top, for the same', () => {
    const elsewhere = { ...viewer, ssoSession: { ...SESSION, startUrl: 'https://other.awsapps.com/start' } };
    const assumed = { ...viewer, roleArn: 'arn:aws:iam::123456789012:role/Viewer' };
    const lines = roleLines(l10n, [{ account: PROD, roles: ['Viewer'] }], SESSION, [elsewhere, assumed]);
    expect(lines[1]).not.toHaveProperty('profileName');
  });
});

describe('names', () => {
  const role = {
    accountId: PROD.accountId,
    accountName: PROD.name,
    roleName: 'View/Only',
    region: 'eu-west-1',
  };

  it.each([
    ['{account}-{role}', 'MyCo-Prod-View/Only'],
    ['{role}-{account}', 'View/Only-MyCo-Prod'],
    ['{accountId}-{role}', '123456789012-View/Only'],
    ['x.{region}.{role}', 'x.eu-west-1.View/Only'],
  ])('by %s is %s', (pattern, name) => expect(profileNameBy(pattern, role)).toBe(name));

  it('fall back to the id of an account without a name', () => {
    expect(profileNameBy('{account}', { accountId: '1', roleName: 'r' })).toBe('1');
  });

  it('of the presets have no fault, and others are told theirs', () => {
    for (const pattern of NAME_PATTERNS) expect(faultOfPattern(l10n, pattern)).toBeUndefined();
    expect(faultOfPattern(l10n, '{who}')).toContain('{who} stands for nothing');
    expect(faultOfPattern(l10n, '{constructor}')).toContain('stands for nothing');
    expect(faultOfPattern(l10n, '{role} x')).toContain('letters, digits');
    expect(faultOfPattern(l10n, '[{role}]')).toContain('letters, digits');
    expect(faultOfPattern(l10n, 'all')).toContain('called the same');
  });
});

describe('a portal that is not in the file', () => {
  it.each([
    ['', 'This needs an answer.'],
    ['myco.awsapps.com/start', 'begins with https://'],
    ['http://myco.awsapps.com/start', 'begins with https://'],
    ['javascript:alert(1)', 'begins with https://'],
  ])('is not at "%s"', (text, fault) => expect(faultOfStartUrl(l10n, text)).toContain(fault));

  it('is at an https address, written without its fragment', () => {
    expect(faultOfStartUrl(l10n, ' https://myco.awsapps.com/start/# ')).toBeUndefined();
    expect(startUrlOf(' https://myco.awsapps.com/start/# ')).toBe('https://myco.awsapps.com/start');
  });

  it('is called after its host, unless that is taken', () => {
    expect(sessionNameFor(SESSION.startUrl, new Set())).toBe('myco');
    expect(sessionNameFor(SESSION.startUrl, new Set(['myco', 'myco-2']))).toBe('myco-3');
    expect(faultOfSessionName(l10n, 'myco', new Set(['myco']))).toContain('already');
    expect(faultOfSessionName(l10n, 'my co]', new Set())).toContain('letters, digits');
    expect(faultOfSessionName(l10n, 'my-co', new Set())).toBeUndefined();
  });
});

describe('regions', () => {
  it('are offered once: those in use, then the sign-in’s, then the rest', () => {
    const west = { ...viewer, region: 'us-west-2' };
    const choices = regionChoices([west, viewer, viewer], SESSION);
    expect(choices.slice(0, 4)).toEqual(['eu-west-1', 'us-west-2', 'eu-central-1', 'us-east-1']);
    expect(new Set(choices).size).toBe(choices.length);
    expect(choices.every(isRegion)).toBe(true);
    expect(isRegion('us-iso-east-1')).toBe(true);
    expect(isRegion('nowhere')).toBe(false);
  });
});

describe('listing the portal', () => {
  const accounts = [PROD, DEV];

  it('keeps what could be listed when one account could not', async () => {
    const error = new AppError('throttled', 'slow');
    const seen: string[] = [];
    const listings = await listPortal(
      {
        listAccounts: () => Promise.resolve(accounts),
        listRoles: (_session, accountId) =>
          accountId === DEV.accountId ? Promise.reject(error) : Promise.resolve(['Viewer']),
      },
      SESSION,
      { onProgress: (done, total) => seen.push(`${done}/${total}`) },
    );
    expect(listings).toContainEqual({ account: PROD, roles: ['Viewer'] });
    expect(listings).toContainEqual({ account: DEV, roles: [], error });
    expect(seen).toEqual(['1/2', '2/2']);
  });

  it.each(['throttled', 'signed-out'] as const)('fails when every account is refused: %s', async code => {
    const portal = {
      listAccounts: () => Promise.resolve(accounts),
      listRoles: () => Promise.reject(new AppError(code, 'no')),
    };
    await expect(listPortal(portal, SESSION)).rejects.toMatchObject({ code });
  });
});
