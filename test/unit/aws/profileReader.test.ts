import { describe, expect, it } from 'vitest';
import { readProfiles } from '../../../src/aws/profileReader';
import { lines } from './support/tempHome';

const SESSION = lines(
  '[sso-session myco]',
  'sso_start_url = https://myco.awsapps.com/start',
  'sso_region = us-east-1',
  'sso_registration_scopes = sso:account:access, other:scope',
);

async function read(config: string, credentials?: string) {
  const reading = await readProfiles(
    { path: '/aws/config', text: config },
    { path: '/aws/credentials', text: credentials },
  );
  return { ...reading, profile: (name: string) => reading.profiles.find(one => one.name === name) };
}

describe('profiles', () => {
  it('reads a profile on an sso-session', async () => {
    const { profile, ssoSessions, problems } = await read(
      lines(
        '[profile frontend-ssh]',
        'sso_session = myco',
        'sso_account_id = 123456789012',
        'sso_role_name = FrontEndSSHAccess',
        'region = us-east-1 ; where the fleet is',
      ) + SESSION,
    );
    expect(problems).toEqual([]);
    const session = {
      cacheKey: 'myco',
      label: 'myco',
      startUrl: 'https://myco.awsapps.com/start',
      region: 'us-east-1',
      scopes: ['sso:account:access', 'other:scope'],
    };
    expect(ssoSessions).toEqual([session]);
    expect(profile('frontend-ssh')).toEqual({
      name: 'frontend-ssh',
      ssoSession: session,
      accountId: '123456789012',
      roleName: 'FrontEndSSHAccess',
      region: 'us-east-1',
      credentialKind: 'sso',
    });
  });

  it('reads the legacy form, whose sign-in is kept under its start URL and shared by profiles', async () => {
    const legacy = (name: string) =>
      lines(
        `[profile ${name}]`,
        'sso_start_url = https://old.awsapps.com/start',
        'sso_region = eu-west-1',
        'sso_account_id = 123456789012',
        'sso_role_name = Viewer',
      );
    const { profile, ssoSessions, problems } = await read(legacy('a') + legacy('b'));
    expect(problems).toEqual([]);
    expect(ssoSessions).toHaveLength(1);
    expect(profile('b')?.ssoSession).toEqual({
      cacheKey: 'https://old.awsapps.com/start',
      label: 'old.awsapps.com',
      startUrl: 'https://old.awsapps.com/start',
      region: 'eu-west-1',
      scopes: [],
    });
  });

  it('finds the sign-in below a chain of roles', async () => {
    const { profile, assumeRoles, problems } = await read(
      lines(
        '[profile top]',
        'role_arn = arn:aws:iam::210987654321:role/Deep',
        'source_profile = middle',
        'external_id = x1',
        'duration_seconds = 900',
        '[profile middle]',
        'role_arn = arn:aws:iam::123456789012:role/Middle',
        'source_profile = base',
        '[profile base]',
        'sso_session = myco',
        'sso_account_id = 123456789012',
        'sso_role_name = Viewer',
      ) + SESSION,
    );
    expect(problems).toEqual([]);
    expect(profile('top')).toMatchObject({
      accountId: '210987654321',
      roleArn: 'arn:aws:iam::210987654321:role/Deep',
      sourceProfile: 'middle',
      credentialKind: 'role',
      ssoSession: { cacheKey: 'myco' },
    });
    expect(assumeRoles.get('top')).toEqual({
      roleArn: 'arn:aws:iam::210987654321:role/Deep',
      externalId: 'x1',
      durationSeconds: 900,
    });
  });

  it('takes keys, processes and mere settings for what they are', async () => {
    const { profile, problems } = await read(
      lines(
        '[default]',
        'region = eu-west-1',
        '[profile process]',
        'credential_process = /bin/creds',
        '[profile keys]',
        'region = us-east-1',
      ),
      lines('[keys]', 'aws_access_key_id = AKIA', 'aws_secret_access_key = s'),
    );
    expect(problems).toEqual([]);
    expect(profile('default')).toEqual({ name: 'default', region: 'eu-west-1' });
    expect(profile('process')?.credentialKind).toBe('process');
    expect(profile('keys')).toEqual({ name: 'keys', region: 'us-east-1', credentialKind: 'keys' });
  });

  it('reads the endpoints of single services, beside the one for all', async () => {
    const { profile, problems } = await read(
      lines(
        '[profile dev]',
        'region = us-east-1',
        'services = local',
        'endpoint_url = http://127.0.0.1:1',
        '[services local]',
        'ec2 =',
        '  endpoint_url = http://127.0.0.1:2',
        'sso_oidc =',
        '  endpoint_url = http://127.0.0.1:3',
        'dynamodb =',
        '  max_attempts = 3',
      ),
    );
    expect(problems).toEqual([]);
    expect(profile('dev')?.endpoints).toEqual({
      common: 'http://127.0.0.1:1',
      byService: { ec2: 'http://127.0.0.1:2', sso_oidc: 'http://127.0.0.1:3' },
    });
  });

  it.each(['true', 'True'])('reads none where a profile ignores them (%s)', async ignored => {
    const { profile, problems } = await read(
      lines(
        '[profile dev]',
        'services = gone',
        'endpoint_url = http://127.0.0.1:1',
        `ignore_configured_endpoint_urls = ${ignored}`,
      ),
    );
    expect(problems).toEqual([]);
    expect(profile('dev')).toEqual({ name: 'dev' });
  });

  it('reads which of AWS’s own addresses a profile wants, and hands that to the session of its profiles', async () => {
    const sso = ['sso_session = corp', 'sso_account_id = 123456789012', 'sso_role_name = Viewer'];
    const { profile, ssoSessions, problems } = await read(
      lines(
        '[sso-session corp]',
        'sso_start_url = https://corp.awsapps.com/start',
        'sso_region = us-gov-west-1',
        '[profile gov]',
        ...sso,
        'use_fips_endpoint = true',
        'ignore_configured_endpoint_urls = true',
        '[profile six]',
        'use_dualstack_endpoint = True',
        'use_fips_endpoint = false',
        '[profile odd]',
        'use_fips_endpoint = yes',
      ),
    );
    expect(profile('gov')?.endpoints).toEqual({ fips: true });
    expect(ssoSessions[0]?.endpoints).toEqual({ fips: true });
    expect(profile('six')?.endpoints).toEqual({ fips: false, dualStack: true });
    expect(profile('odd')).toBeUndefined();
    expect(problems).toMatchObject([
      { section: 'profile odd', message: 'use_fips_endpoint is "yes", which is neither true nor false.' },
    ]);
  });

  it('shows a services section that cannot be used where it stands, and at the profiles that name it', async () => {
    const { profile, problems } = await read(
      lines(
        '[profile fine]',
        'region = us-east-1',
        '[profile dev]',
        'services = local',
        '[profile other]',
        'services = missing',
        '[services local]',
        'ec2 =',
        '  endpoint_url = localhost:4566',
      ),
    );
    expect(problems.map(({ line, message }) => [line, message])).toEqual([
      [
        3,
        '[services local] cannot be used: endpoint_url of ec2 is "localhost:4566", which is not an http or https URL.',
      ],
      [5, 'services names "missing", but there is no [services missing].'],
      [7, 'endpoint_url of ec2 is "localhost:4566", which is not an http or https URL.'],
    ]);
    expect(profile('fine')).toEqual({ name: 'fine', region: 'us-east-1' });
  });

  it('gives a session the endpoint its profiles agree on, and none when they do not', async () => {
    const on = (name: string, endpoint: string) =>
      lines(
        `[profile ${name}]`,
        'sso_session = myco',
        'sso_account_id = 123456789012',
        'sso_role_name = Viewer',
        `endpoint_url = ${endpoint}`,
      );
    const agreed = await read(SESSION + on('a', 'http://127.0.0.1:1') + on('b', 'http://127.0.0.1:1'));
    expect(agreed.ssoSessions[0]?.endpoints).toEqual({ common: 'http://127.0.0.1:1' });
    expect(agreed.profile('a')?.ssoSession?.endpoints).toEqual({ common: 'http://127.0.0.1:1' });
    const apart = await read(SESSION + on('a', 'http://127.0.0.1:1') + on('b', 'http://127.0.0.1:2'));
    expect(apart.ssoSessions[0]?.endpoints).toBeUndefined();
    expect(apart.profile('b')?.endpoints).toEqual({ common: 'http://127.0.0.1:2' });
  });
});

describe('broken sections', () => {
  const GOOD = lines(
    '[profile good]',
    'sso_session = myco',
    'sso_account_id = 123456789012',
    'sso_role_name = Viewer',
  );

  it.each([
    ['an unknown session', ['[profile bad]', 'sso_session = nope'], 1, 'no [sso-session nope]'],
    [
      'a short account',
      ['[profile bad]', 'sso_session = myco', 'sso_account_id = 1', 'sso_role_name = V'],
      1,
      'twelve',
    ],
    [
      'a role without account',
      ['[profile bad]', 'sso_session = myco', 'sso_role_name = V'],
      1,
      'sso_account_id is missing',
    ],
    [
      'a session without region',
      ['[sso-session bad]', 'sso_start_url = https://x.example/start'],
      1,
      'sso_region is missing',
    ],
    [
      'a start URL that is none',
      ['[sso-session bad]', 'sso_start_url = myco', 'sso_region = x'],
      1,
      'not an http',
    ],
    [
      'a legacy profile without region',
      [
        '[profile bad]',
        'sso_start_url = https://x.example',
        'sso_account_id = 123456789012',
        'sso_role_name = V',
      ],
      1,
      'sso_region is missing',
    ],
    [
      'a session contradicted',
      ['[profile bad]', 'sso_session = myco', 'sso_region = eu-west-1'],
      1,
      'but [sso-session myco] says "us-east-1"',
    ],
    [
      'a missing source',
      ['[profile bad]', 'role_arn = arn:aws:iam::123456789012:role/R', 'source_profile = gone'],
      1,
      '"gone", which is in neither file',
    ],
    [
      'a role without source',
      ['[profile bad]', 'role_arn = arn:aws:iam::123456789012:role/R'],
      1,
      'needs a source_profile',
    ],
    [
      'a role that is none',
      ['[profile bad]', 'role_arn = R', 'source_profile = good'],
      1,
      'not the ARN of a role',
    ],
    ['an endpoint that is none', ['[profile bad]', 'endpoint_url = localhost:4566'], 1, 'endpoint_url is'],
    ['a name the SDK drops', ['[profile bad name]', 'region = x'], 1, 'not read by the AWS SDK'],
    ['a profile written as in the other file', ['[bad]', 'region = x'], 1, 'is written [profile bad]'],
    ['a header without its bracket', ['[profile bad', 'region = x'], 1, 'not closed'],
    ['a line that is nothing', ['[profile fine]', 'region us-east-1'], 2, 'neither a [section] nor'],
    ['a name that would reach into objects', ['[profile __proto__]', 'region = x'], 1, 'not a possible name'],
  ])('reports %s with its line, and hides nothing else', async (_what, section, line, words) => {
    const before = SESSION + GOOD;
    const { problems, profiles } = await read(before + lines(...section));
    expect(profiles.map(one => one.name)).toEqual(expect.arrayContaining(['good']));
    expect(profiles.map(one => one.name)).not.toContain('bad');
    const offset = before.split('\n').length - 1;
    expect(problems).toEqual([
      expect.objectContaining({
        path: '/aws/config',
        line: offset + line,
        message: expect.stringContaining(words),
      }),
    ]);
  });

  it('keeps the keys below an unclosed header out of the profile above it', async () => {
    const { profile } = await read(SESSION + GOOD + lines('[profile bad', 'sso_role_name = Admin'));
    expect(profile('good')?.roleName).toBe('Viewer');
  });

  it('reports both ends of a circle of roles', async () => {
    const role = (name: string, source: string) =>
      lines(`[profile ${name}]`, 'role_arn = arn:aws:iam::123456789012:role/R', `source_profile = ${source}`);
    const { profiles, problems } = await read(role('a', 'b') + role('b', 'a') + SESSION + GOOD);
    expect(profiles.map(one => one.name)).toEqual(['good']);
    expect(problems.map(one => one.section)).toEqual(['profile a', 'profile b']);
    expect(problems[0]?.message).toContain('in a circle');
  });

  it('tells a section that stands twice, and reads both as the SDK does', async () => {
    const { profile, problems } = await read(
      lines('[profile a]', 'region = x', '', '[profile a]', 'output = json'),
    );
    expect(profile('a')).toEqual({ name: 'a', region: 'x' });
    expect(problems).toEqual([
      expect.objectContaining({ line: 4, message: expect.stringContaining('first in line 1') }),
    ]);
  });

  it('names the credentials file where the fault is there', async () => {
    const { problems } = await read('', lines('[keys', 'aws_secret_access_key = hidden'));
    expect(problems).toEqual([expect.objectContaining({ path: '/aws/credentials', line: 1 })]);
    expect(JSON.stringify(problems)).not.toContain('hidden');
  });
});
