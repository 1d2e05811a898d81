import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/base/errors';
import {
  emptiness,
  instanceRows,
  type InstanceTreeRow,
  type InstanceTreeState,
} from '../../../src/ui/model/instanceTreeModel';
import type { InventorySnapshot, RegionListing } from '../../../src/ui/model/inventory';
import { sourceLanguage as l10n } from '../../../src/ui/model/localizer';
import { SearchIndex } from '../../../src/ui/model/searchIndex';
import type { AwsConfigSnapshot } from '../../../src/aws/awsConfig';
import type { Instance } from '../../../src/access/instance';
import {
  ACCOUNT,
  backend1,
  flow,
  frontEndProfile,
  grant,
  instance,
  MINUTE,
  NOW,
  ssoSession,
  viewer,
  web1,
} from './samples';

const config: AwsConfigSnapshot = {
  profiles: [viewer, frontEndProfile],
  ssoSessions: [ssoSession],
  problems: [],
  configPath: '/home/sam/.aws/config',
  credentialsPath: '/home/sam/.aws/credentials',
  exists: true,
};

const profiles = [viewer, frontEndProfile];

function region(instances: readonly Instance[], overrides: Partial<RegionListing> = {}): RegionListing {
  return {
    accountId: ACCOUNT,
    region: 'us-east-1',
    state: 'ready',
    instances,
    via: viewer,
    listedAt: NOW,
    ...overrides,
  };
}

function snapshot(
  regions: readonly RegionListing[],
  overrides: Partial<InventorySnapshot> = {},
): InventorySnapshot {
  return {
    config,
    sessions: [{ session: ssoSession, signIn: { kind: 'signedIn', expiresAt: NOW + 60 * MINUTE }, profiles }],
    accounts: [{ accountId: ACCOUNT, profiles, regions }],
    accountNames: new Map(),
    refreshing: false,
    ...overrides,
  };
}

function state(overrides: Partial<InstanceTreeState> = {}): InstanceTreeState {
  return {
    inventory: snapshot([region([web1, backend1])]),
    flows: [flow],
    grants: [],
    filter: '',
    search: new SearchIndex(),
    now: NOW,
    ...overrides,
  };
}

const children = (row: InstanceTreeRow | undefined) => row?.children?.() ?? [];
const rows = (overrides: Partial<InstanceTreeState> = {}) => instanceRows(l10n, state(overrides));

/** The rows of instances under the one account and region. */
function instancesOf(overrides: Partial<InstanceTreeState> = {}): readonly InstanceTreeRow[] {
  const account = rows(overrides).find(row => row.subject.kind === 'account');
  return children(children(account)[0]);
}

function rowOf(one: Instance, overrides: Partial<InstanceTreeState> = {}): InstanceTreeRow {
  const [row] = instancesOf({ inventory: snapshot([region([one])]), ...overrides });
  if (!row) throw new Error('the instance is not shown');
  return row;
}

describe('an instance’s row', () => {
  it('can be connected to under a grant that covers it', () => {
    const row = rowOf(web1, { grants: [grant()] });
    expect(row.description).toMatch(/^ready · FrontEnd · i-[0-9a-f]+$/);
    expect(row.capabilities).toEqual(expect.arrayContaining(['instance', 'shell', 'forward', 'connect']));
    expect(row.capabilities).not.toContain('request');
  });

  it('can be asked for when a flow reaches it and no grant does', () => {
    const row = rowOf(backend1, { grants: [grant()] });
    expect(row.description).toMatch(/^no grant · BackEnd · i-[0-9a-f]+$/);
    expect(row.capabilities).toEqual(expect.arrayContaining(['request', 'shell']));
    expect(row.capabilities).not.toContain('connect');
  });

  it.each([
    ['stopped', instance({ state: 'stopped' }), 'stopped'],
    ['not managed', instance({ ssm: undefined as never }), 'not managed by SSM'],
    [
      'offline',
      instance({ ssm: { pingStatus: 'ConnectionLost', lastPingAt: NOW - 3 * 60 * MINUTE } }),
      'ping lost 3 h ago',
    ],
    [
      'too old',
      instance({ ssm: { pingStatus: 'Online', agentVersion: '2.0.0.0' } }),
      'agent 2.0.0.0 is too old',
    ],
  ])('says by word when it is %s, and offers no connection', (_name, one, word) => {
    const row = rowOf(one, { grants: [grant()] });
    expect(row.description).toContain(word);
    expect(row.spoken).toContain(word);
    expect(row.capabilities).not.toContain('connect');
    expect(row.capabilities).not.toContain('shell');
  });

  it('gives every state a shape of its own', () => {
    const shapes = [
      rowOf(web1, { grants: [grant()] }),
      rowOf(web1),
      rowOf(web1, { flows: [] }),
      rowOf(instance({ state: 'stopped' })),
      rowOf(instance({ ssm: undefined as never })),
      rowOf(instance({ ssm: { pingStatus: 'ConnectionLost' } })),
    ].map(row => row.icon.id);
    expect(new Set(shapes).size).toBe(shapes.length);
  });

  it('tells id, ping with age, addresses, tags and flow in its card', () => {
    const facts = new Map(rowOf(web1).tooltip?.facts);
    expect(facts.get('ID')).toBe(web1.id);
    expect(facts.get('Ping')).toBe('Online, less than a minute ago');
    expect(facts.get('Private IP')).toBe('10.0.1.11');
    expect(facts.get('Tags')).toBe('Department=FrontEnd');
    expect(facts.get('Reached by')).toBe('FrontEnd SSH');
  });
});

describe('the tree', () => {
  it('counts what can be connected to: covered by a grant and reachable', () => {
    const stopped = instance({ id: 'i-0stopped', name: 'web-9', state: 'stopped' });
    const inventory = snapshot([region([web1, backend1, stopped])]);
    const [top, account] = rows({ grants: [grant()], inventory });
    expect(children(account)[0]?.description).toBe('1 connectable, 3 total');
    expect(children(top).map(row => row.label)).toEqual(['web-1']);
  });

  it('calls an account what the portal calls it', () => {
    const named = { ...snapshot([region([web1])]), accountNames: new Map([[ACCOUNT, 'myco-prod']]) };
    expect(rows({ inventory: named })[0]).toMatchObject({ label: 'myco-prod', description: ACCOUNT });
    expect(rows()[0]).toMatchObject({ label: ACCOUNT, description: 'myco-viewer, frontend-ssh' });
  });

  it('puts what a grant opens on top, with the time left, and only what it reaches', () => {
    const [top] = rows({ grants: [grant()] });
    expect(top).toMatchObject({ label: 'FrontEnd SSH', description: '29 min left' });
    expect(children(top).map(row => row.label)).toEqual(['web-1']);
  });

  it('never gives two rows the same id, although an instance stands under its grant and its region', () => {
    const all: string[] = [];
    const walk = (list: readonly InstanceTreeRow[]) => {
      for (const row of list) {
        all.push(row.id);
        walk(children(row));
      }
    };
    walk(rows({ grants: [grant()] }));
    expect(new Set(all).size).toBe(all.length);
  });

  it('shows a refused region as a row with the permission, and lets the rest stand', () => {
    const error = new AppError('access-denied', 'no', { details: { action: 'ec2:DescribeInstances' } });
    const [account] = rows({
      inventory: snapshot([region([web1]), region([], { region: 'ap-south-1', state: 'failed', error })]),
    });
    const [fine, refused] = children(account);
    expect(children(fine)).toHaveLength(1);
    expect(refused).toMatchObject({
      label: 'ap-south-1',
      description: 'not allowed to list (ec2:DescribeInstances)',
      capabilities: ['problem'],
    });
  });

  it('offers the sign-in on a region that failed for want of one', () => {
    const error = new AppError('signed-out', 'gone');
    const [account] = rows({ inventory: snapshot([region([], { state: 'failed', error })]) });
    // Everything failed, but not for the network: the tree is not empty.
    expect(children(account)[0]?.capabilities).toContain('signIn');
  });

  it('lists the profiles of a sign-in that is missing, below the way to sign in', () => {
    const signedOut = rows({
      inventory: snapshot([], {
        accounts: [],
        sessions: [{ session: ssoSession, signIn: { kind: 'signedOut' }, profiles }],
      }),
    });
    expect(signedOut.map(row => [row.label, row.description])).toEqual([['myco', 'signed out']]);
    expect(children(signedOut[0]).map(row => row.label)).toEqual([
      'Sign in to list instances',
      'myco-viewer',
      'frontend-ssh',
    ]);
  });

  it('shows a broken section with its line beside everything else', () => {
    const problem = {
      section: 'profile broken',
      path: config.configPath,
      line: 12,
      message: 'no sso_region',
    };
    const all = rows({
      inventory: { ...snapshot([region([web1])]), config: { ...config, problems: [problem] } },
    });
    expect(all.map(row => row.description)).toContain('line 12: no sso_region');
    expect(all).toHaveLength(2);
  });

  it('leaves out regions without a match under a filter', () => {
    const inventory = snapshot([region([web1]), region([backend1], { region: 'eu-west-1' })]);
    const [account] = rows({ inventory, filter: 'Department=BackEnd' });
    expect(children(account).map(row => [row.label, row.description])).toEqual([['eu-west-1', '1 of 1']]);
  });
});

describe('the reason for an empty tree', () => {
  it.each<[string, InstanceTreeState, string]>([
    [
      'not read yet',
      state({ inventory: { sessions: [], accounts: [], accountNames: new Map(), refreshing: true } }),
      'loading',
    ],
    ['no file', state({ inventory: snapshot([], { config: { ...config, exists: false } }) }), 'noConfig'],
    ['no SSO profile', state({ inventory: snapshot([], { sessions: [], accounts: [] }) }), 'noSsoProfile'],
    ['a filter without a match', state({ filter: 'nothing-like-it' }), 'filtered'],
    [
      'no network',
      state({
        inventory: snapshot([region([], { state: 'failed', error: new AppError('network', 'gone') })]),
      }),
      'offline',
    ],
    ['nothing wrong', state(), 'ready'],
  ])('%s', (_name, given, reason) => {
    expect(emptiness(given)).toBe(reason);
    if (reason !== 'ready') expect(instanceRows(l10n, given)).toEqual([]);
  });

  it('is not the network when only one of two regions cannot be reached', () => {
    const failed = region([], {
      region: 'eu-west-1',
      state: 'failed',
      error: new AppError('network', 'gone'),
    });
    expect(emptiness(state({ inventory: snapshot([region([web1]), failed]) }))).toBe('ready');
  });
});
