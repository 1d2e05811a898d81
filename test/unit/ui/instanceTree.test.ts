import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/base/errors';
import { emptiness, instanceRows } from '../../../src/ui/model/instances/instanceTreeModel';
import type { InstanceTreeRow } from '../../../src/ui/model/instances/instanceSubject';
import type { InstanceTreeState } from '../../../src/ui/model/instances/instanceTreeState';
import type { InstanceMarks } from '../../../src/ui/model/instances/instanceMarks';
import type { InventorySnapshot, RegionListing } from '../../../src/ui/model/instances/inventorySnapshot';
import { InstanceIndex } from '../../../src/ui/model/instances/instanceIndex';
import { lastKnown } from '../../../src/ui/model/instances/knownListing';
import { sourceLanguage as l10n } from '../../../src/ui/model/localizer';
import { treeSize, withinBudget } from '../../../src/ui/model/instances/rowBudget';
import { SearchIndex } from '../../../src/ui/model/instances/searchIndex';
import type { AwsConfigSnapshot } from '../../../src/aws/awsConfig';
import { instanceKey, type Instance } from '../../../src/access/instance';
import { circumstancesOf } from '../../../src/ui/model/instances/circumstances';
import { BY_ACCOUNT } from '../../../src/ui/model/instances/grouping';
import {
  ACCOUNT,
  backend1,
  flow,
  frontEnd,
  frontEndProfile,
  grant,
  instance,
  MINUTE,
  noMarks,
  NOW,
  rowContext,
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
  const inventory = overrides.inventory ?? snapshot([region([web1, backend1])]);
  return {
    ...rowContext,
    flows: [flow],
    circumstances: circumstancesOf(inventory),
    inventory,
    find: key =>
      inventory.accounts
        .flatMap(({ regions }) => regions.flatMap(({ instances }) => instances))
        .find(one => instanceKey(one) === key),
    filter: '',
    search: new SearchIndex(),
    grouping: BY_ACCOUNT,
    ...overrides,
  };
}

/** What Systems Manager does not know. */
function unmanaged(instanceProfile?: string): Instance {
  const { ssm: _ssm, ...rest } = web1;
  return instanceProfile === undefined ? rest : { ...rest, instanceProfile };
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

/** As from the file of the last window; counts how often it is read. */
function savedRegion(instances: readonly Instance[], overrides: Partial<RegionListing> = {}) {
  let reads = 0;
  const saved = {
    count: instances.length,
    get instances() {
      reads += 1;
      return instances;
    },
  };
  const { accountId, region: name } = region([], overrides);
  return { listing: lastKnown({ accountId, region: name, instances: [], saved }, NOW), reads: () => reads };
}

describe('regions as they were saved', () => {
  const many = Array.from({ length: 500 }, (_, at) => instance({ id: `i-0${at}`, name: `web-${at}` }));
  const twoRegions = () => {
    const near = savedRegion(many);
    const far = savedRegion([{ ...backend1, region: 'eu-west-1' }], { region: 'eu-west-1' });
    const inventory = snapshot([near.listing, far.listing]);
    return { near, far, inventory, index: new InstanceIndex() };
  };
  const draw = (given: InstanceTreeState) => withinBudget(l10n, instanceRows(l10n, given), treeSize(given));

  it('are counted, and not read before somebody opens one', () => {
    const { near, far, inventory } = twoRegions();
    const [account] = draw(state({ inventory }));
    const [below] = children(account);
    expect(children(account).map(({ description }) => description)).toEqual([
      '0 connectable, 500 total',
      '0 connectable, 1 total',
    ]);
    expect([below?.expansion, near.reads(), far.reads()]).toEqual(['collapsed', 0, 0]);
    expect(children(below)).toHaveLength(301);
    expect(near.reads()).toBeGreaterThan(0);
    expect(far.reads()).toBe(0);
  });

  it('are read as far as favourites and an active access ask for it', () => {
    const { near, far, inventory, index } = twoRegions();
    const key = instanceKey({ ...backend1, region: 'eu-west-1' });
    const marks = { ...noMarks, favourites: [{ key, label: 'backend-1' }] };
    const find = (one: string) => index.find(inventory.accounts, one);
    const [favourites] = draw(state({ inventory, marks, find }));
    expect(children(favourites).map(({ label }) => label)).toEqual(['backend-1']);
    expect([near.reads(), far.reads() > 0]).toEqual([0, true]);
    const elsewhere = grant({ target: { ...frontEnd, accountId: '210987654321' } });
    for (const row of draw(state({ inventory, grants: [elsewhere] }))) children(row);
    expect(near.reads()).toBe(0);
    const [open, account] = draw(state({ inventory, grants: [grant()] }));
    expect(children(open)).toHaveLength(301);
    expect(children(account)[0]?.description).toBe('500 connectable, 500 total');
  });
});

describe('an instance’s row', () => {
  it('can be connected to under a grant that covers it', () => {
    const row = rowOf(web1, { grants: [grant()] });
    expect(row.description).toMatch(/^ready · FrontEnd · i-[0-9a-f]+$/);
    expect(row.capabilities).toEqual(expect.arrayContaining(['instance', 'shell', 'forward', 'connect']));
    expect(row.capabilities).not.toContain('request');
  });

  it('can be asked for when a flow reaches it and no grant does', () => {
    const row = rowOf(backend1, { grants: [grant()] });
    expect(row.description).toMatch(/^no grant, ask for BackEnd SSH · BackEnd · i-[0-9a-f]+$/);
    expect(row.capabilities).toEqual(expect.arrayContaining(['request', 'shell']));
    expect(row.capabilities).not.toContain('connect');
  });

  it.each([
    ['stopped', instance({ state: 'stopped' }), 'stopped'],
    ['not managed', unmanaged(), 'not managed by SSM'],
    ['not managed for want of a profile', unmanaged(''), 'not managed by SSM, no instance profile'],
    ['not managed in spite of a profile', unmanaged('web'), 'not managed by SSM, check its agent'],
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
      rowOf(unmanaged()),
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

/** The sentences and facts of the card of an instance. */
function cardOf(one: Instance, overrides: Partial<InstanceTreeState> = {}) {
  const card = rowOf(one, overrides).tooltip;
  return { facts: new Map(card?.facts), notes: (card?.notes ?? []).join(' ') };
}

describe('why an instance cannot be reached', () => {
  const withAgent = (agentVersion: string) =>
    instance({ ssm: { pingStatus: 'Online', lastPingAt: NOW, agentVersion } });

  it('is told with what is missing, and with what nobody can know from here', () => {
    expect(cardOf(unmanaged('')).notes).toMatch(/no instance profile.*default host management.*not known/);
    expect(cardOf(unmanaged('web-role')).notes).toMatch(
      /instance profile web-role.*SSM Agent runs.*cannot be told/,
    );
    expect(cardOf(unmanaged()).notes).toMatch(/None of this is known here/);
  });

  it('is told of a grant with all that may be asked for, and the flow of each', () => {
    const other = {
      ...flow,
      id: 'aws',
      label: 'AWS node access',
      targets: [{ ...frontEnd, label: 'Nodes' }],
    };
    const third = { ...other, id: 'third', targets: [{ ...frontEnd, label: 'Third' }] };
    const row = rowOf(web1, { flows: [flow, other] });
    expect(row.description).toContain('no grant, ask for FrontEnd SSH or Nodes');
    expect(row.tooltip?.notes?.[0]).toBe(
      'You have no active access that reaches it. To be asked for: FrontEnd SSH (AWS SSO Access), Nodes (AWS node access).',
    );
    expect(rowOf(web1, { flows: [flow, other, third] }).description).toContain('FrontEnd SSH or 2 others');
    const emergency = { ...third, breakGlass: true };
    expect(rowOf(web1, { flows: [emergency, flow] }).description).toMatch(/ask for FrontEnd SSH ·/);
    expect(rowOf(web1, { flows: [emergency] }).description).toContain('ask for Third');
  });

  it('is told with the nearest flow where none reaches it', () => {
    const sales = instance({ tags: { Department: 'Sales' } });
    expect(cardOf(sales).notes).toContain(
      'The nearest, FrontEnd SSH, covers instances with Department=FrontEnd; web-1 has Department=Sales.',
    );
  });

  it('is told of an agent that can open shells and nothing more: shells stay, forwards go', () => {
    const row = rowOf(withAgent('2.3.100.0'), { grants: [grant()] });
    expect(row.description).toMatch(/^ready · agent too old to forward ports · FrontEnd/);
    expect(row.spoken).toContain('agent too old to forward ports');
    expect(row.capabilities).toEqual(expect.arrayContaining(['connect', 'shell']));
    expect(row.capabilities).not.toContain('forward');
    expect(row.tooltip?.notes?.join(' ')).toMatch(/Shells work\..*2\.3\.100\.0.*2\.3\.672\.0/);
  });

  it('is told of an agent that cannot lead to hosts behind the instance', () => {
    const row = rowOf(withAgent('3.0.0.0'), { grants: [grant()] });
    expect(row.description).toContain('agent too old for hosts behind it');
    expect(row.capabilities).toContain('forward');
    expect(row.tooltip?.notes?.join(' ')).toContain('3.1.1374.0');
  });

  it('is told as not known where SSM could not be asked', () => {
    const ssmError = new AppError('access-denied', 'no', {
      details: { action: 'ssm:DescribeInstanceInformation' },
    });
    const inventory = snapshot([region([unmanaged('')], { ssmError })]);
    const [problem, row] = instancesOf({ inventory });
    expect(problem?.spoken).toBe(
      'SSM could not be asked, not allowed to list (ssm:DescribeInstanceInformation)',
    );
    expect(row?.description).toContain('SSM status not known');
    expect(new Map(row?.tooltip?.facts).get('Ping')).toBe('not known');
    expect(row?.capabilities).not.toContain('shell');
  });

  it('is the sign-in where that has run out, whatever was known', () => {
    const inventory = snapshot([region([web1])], {
      sessions: [{ session: ssoSession, signIn: { kind: 'expired', expiredAt: NOW - MINUTE }, profiles }],
    });
    const all = instanceRows(l10n, state({ inventory, grants: [grant()] }));
    // The way out comes before what is out of date, and nothing counts as covered by the grant.
    expect(all.map(({ subject }) => subject.kind)).toEqual(['session', 'account']);
    const [row] = instancesOf({ inventory, grants: [grant()] });
    expect(row?.description).toMatch(/^signed out/);
    expect(row?.capabilities).toContain('signIn');
    expect(row?.tooltip?.notes?.[0]).toContain('Sign in to see how it is now.');
  });

  it('is when its agent last answered, or that nobody knows', () => {
    const lost = instance({ ssm: { pingStatus: 'ConnectionLost', lastPingAt: NOW - 3 * 60 * MINUTE } });
    expect(cardOf(lost).facts.get('Ping')).toMatch(/^ConnectionLost, last at .+, 3 h ago$/);
    const unknown = cardOf(instance({ ssm: { pingStatus: 'ConnectionLost' } }));
    expect(unknown.facts.get('Ping')).toBe('ConnectionLost, when is not known');
    expect(unknown.facts.get('Agent')).toBe('not known');
    expect(unknown.notes).toContain('It is not known when its agent last answered.');
  });
});

describe('a card', () => {
  it('tells the last session from here', () => {
    const marks = { ...noMarks, lastUse: () => ({ kind: 'shell', at: NOW }) as const };
    expect(cardOf(web1, { marks }).facts.get('Last session')).toMatch(/^shell, \S+/);
    expect(cardOf(web1).facts.has('Last session')).toBe(false);
  });

  it('says of a machine outside EC2 what EC2 cannot tell', () => {
    const { facts } = cardOf(instance({ id: 'mi-0a7c', state: 'unknown', tags: {} }), { flows: [] });
    expect(facts.get('State')).toBe('outside EC2 · running, no flow');
    expect(facts.get('Tags')).toBe('not known');
  });
});

describe('what is a person’s own', () => {
  const key = instanceKey(backend1);
  const gone = { key: `${ACCOUNT}/us-east-1/i-0gone`, label: 'old-1' };
  const marks: InstanceMarks = {
    ...noMarks,
    isFavourite: one => one === key,
    favourites: [{ key, label: 'backend-1' }, gone],
    recent: [{ key: instanceKey(web1), label: 'web-1' }, gone],
  };

  it('stands on top: favourites as they were chosen, then what was connected to last', () => {
    const [favourites, recent, account] = rows({ marks });
    expect(favourites).toMatchObject({ label: 'Favourites', description: '2' });
    expect(children(favourites).map(row => [row.label, row.description?.split(' · ')[0]])).toEqual([
      ['backend-1', 'no grant, ask for BackEnd SSH'],
      ['old-1', 'not there any more'],
    ]);
    // What was used once and is gone is not missed.
    expect(recent).toMatchObject({ label: 'Recently Connected', description: '1' });
    expect(children(recent).map(row => row.label)).toEqual(['web-1']);
    expect(account?.subject.kind).toBe('account');
  });

  it('can be taken back in every place where it stands', () => {
    const everywhere = [...children(rows({ marks })[0]), ...instancesOf({ marks })];
    const ofBackend = everywhere.filter(row => row.label === 'backend-1');
    expect(ofBackend).toHaveLength(2);
    for (const row of ofBackend) expect(row.capabilities).toContain('favourite');
    expect(everywhere.find(row => row.label === 'web-1')?.capabilities).toContain('common');
  });

  it('follows the filter', () => {
    const all = rows({ marks, filter: 'backend' });
    expect(children(all[0]).map(row => row.label)).toEqual(['backend-1']);
    expect(all.some(row => row.id === 'recent')).toBe(false);
  });

  it.each<[string, readonly RegionListing[], string]>([
    ['of an account nobody lists', [], 'not listed: no sign-in or profile for its account'],
    [
      'of a region nobody lists',
      [region([], { region: 'eu-west-1' })],
      'not listed: its region is not among those listed',
    ],
    ['of a region that is being listed', [region([], { state: 'loading' })], 'listing…'],
    [
      'of a region that failed',
      [region([], { state: 'failed', error: new AppError('throttled', 'slow') })],
      'not listed: its region could not be listed',
    ],
  ])('says why a favourite %s is not shown', (_name, regions, reason) => {
    const inventory = snapshot(regions, regions.length === 0 ? { accounts: [] } : {});
    const [favourites] = rows({ inventory, marks: { ...noMarks, favourites: [gone] } });
    expect(children(favourites)[0]).toMatchObject({ label: 'old-1', description: reason });
  });
});

describe('groups', () => {
  const inventory = snapshot([
    region([web1, backend1, instance({ id: 'i-0bare', name: 'bare', tags: { Name: 'bare' } })]),
    region([instance({ id: 'i-0eu', name: 'web-eu', region: 'eu-west-1' })], { region: 'eu-west-1' }),
    region([], { region: 'us-west-2', state: 'loading' }),
    region([], {
      region: 'ap-south-1',
      state: 'failed',
      error: new AppError('access-denied', 'no', { details: { action: 'ec2:DescribeInstances' } }),
    }),
  ]);

  it('are of regions, with the accounts below', () => {
    const all = rows({ inventory, grouping: { kind: 'region' } });
    expect(all.map(row => [row.label, row.description])).toEqual([
      ['ap-south-1', '1 of 1 accounts'],
      ['eu-west-1', '1 of 1 accounts'],
      ['us-east-1', '1 of 1 accounts'],
      ['us-west-2', '1 of 1 accounts'],
    ]);
    const [account] = children(all[2]);
    expect(account).toMatchObject({ label: ACCOUNT, description: '0 connectable, 3 total' });
    expect(children(account).map(row => row.label)).toEqual(['backend-1', 'bare', 'web-1']);
  });

  it('are of the values of a tag, then of those without it; what is not listed stays in sight', () => {
    const all = rows({ inventory, grouping: { kind: 'tag', key: 'Department' } });
    expect(all.map(row => [row.label, row.description])).toEqual([
      ['BackEnd', '0 connectable, 1 total'],
      ['FrontEnd', '0 connectable, 2 total'],
      ['without Department', '0 connectable, 1 total'],
      [`${ACCOUNT} · us-west-2`, 'listing…'],
      [`${ACCOUNT} · ap-south-1`, 'not allowed to list (ec2:DescribeInstances)'],
    ]);
    expect(children(all[1]).map(row => row.label)).toEqual(['web-1', 'web-eu']);
  });

  it('of a tag leave out values without a match under a filter', () => {
    const all = rows({ inventory, grouping: { kind: 'tag', key: 'Department' }, filter: 'eu' });
    expect(all.map(row => [row.label, row.description]).slice(0, 2)).toEqual([
      ['FrontEnd', '1 of 2'],
      [`${ACCOUNT} · us-west-2`, 'listing…'],
    ]);
  });

  it.each([{ kind: 'region' } as const, { kind: 'tag', key: 'Department' } as const])(
    'by $kind never give two rows the same id',
    grouping => {
      const ids: string[] = [];
      const walk = (list: readonly InstanceTreeRow[]) => {
        for (const row of list) {
          ids.push(row.id);
          walk(children(row));
        }
      };
      walk(rows({ inventory, grouping, grants: [grant()] }));
      expect(new Set(ids).size).toBe(ids.length);
    },
  );
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

  it('shows no seconds, which would stand still for a minute', () => {
    const [top] = rows({ grants: [grant({ effectiveEndsAt: NOW + 4 * MINUTE + 100 })] });
    expect(top).toMatchObject({ description: '5 min left', icon: { id: 'unlock' } });
  });

  it('marks what is open in an emergency by word, picture and voice', () => {
    const [top] = rows({ grants: [grant({ breakGlass: true })] });
    expect(top).toMatchObject({
      description: 'break-glass · 29 min left',
      icon: { id: 'flame' },
      spoken: 'Break-glass: FrontEnd SSH, active, 29 minutes left, 1 instance',
    });
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

  it('lists the profiles of a sign-in that is missing beside another, below the way to sign in', () => {
    const before = snapshot([region([web1])]);
    const signedOut = rows({
      inventory: {
        ...before,
        sessions: [...before.sessions, { session: ssoSession, signIn: { kind: 'signedOut' }, profiles }],
      },
    });
    expect(signedOut.map(row => [row.label, row.description])[1]).toEqual(['myco', 'signed out']);
    expect(children(signedOut[1]).map(row => row.label)).toEqual([
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

  it('keeps what was known of a region that cannot be listed now, below the reason', () => {
    const listing = region([web1], {
      state: 'failed',
      error: new AppError('network', 'gone'),
      isLastKnown: true,
      listedAt: NOW - 3 * 60 * MINUTE,
    });
    const answered = region([backend1], { region: 'eu-west-1' });
    const [known] = children(rows({ inventory: snapshot([listing, answered]) })[0]);
    expect(known?.description).toBe('0 connectable, 1 total · as of 3 h ago');
    expect(children(known).map(row => row.label)).toEqual(['Not listed anew', 'web-1']);
  });

  it.each<[string, Partial<InstanceTreeState>, string[]]>([
    ['account', {}, [ACCOUNT, 'us-east-1', 'web-1', 'us-west-2']],
    ['region', { grouping: { kind: 'region' } }, ['us-east-1', ACCOUNT, 'web-1', 'us-west-2', ACCOUNT]],
    [
      'tag',
      { grouping: { kind: 'tag', key: 'Department' } },
      ['FrontEnd', 'web-1', `${ACCOUNT} · us-west-2`],
    ],
  ])('says once why nothing could be listed anew, grouped by %s', (_, grouping, labels) => {
    const failed = { state: 'failed', error: new AppError('network', 'gone'), isLastKnown: true } as const;
    const known = region([web1], { ...failed, listedAt: NOW - 5 * MINUTE });
    const unknown = region([], { ...failed, region: 'us-west-2' });
    const all = (list: readonly InstanceTreeRow[]): string[] =>
      list.flatMap(row => [row.label, ...all(children(row))]);
    const shown = all(rows({ inventory: snapshot([known, unknown]), ...grouping }));
    expect(shown).toEqual(['Not listed anew', ...labels]);
  });

  describe('of very many accounts', () => {
    const accountOf = (accountId: string, regions: readonly RegionListing[]) => ({
      accountId,
      profiles: [viewer],
      regions: regions.map(one => ({ ...one, accountId })),
    });
    const ids = Array.from({ length: 13 }, (_, at) => String(210_000_000_000 + at));
    const many = (first: readonly RegionListing[]) =>
      snapshot([], {
        accounts: [accountOf(ACCOUNT, first), ...ids.map(id => accountOf(id, [region([])]))],
      });
    const gone = { state: 'failed', error: new AppError('access-denied', 'no') } as const;
    const west = { region: 'eu-west-1' } as const;
    const lastKnownHere = region([web1], { state: 'failed', error: new AppError('network', 'gone') });

    it.each<[string, RegionListing[], string, string]>([
      ['what it holds', [region([web1]), region([backend1], west)], '0 connectable, 2 total', 'organization'],
      ['that it is listed', [region([], { state: 'loading' })], 'listing…', 'organization'],
      [
        'that a part is listed',
        [region([web1]), region([], { ...west, state: 'loading' })],
        'listing… · 0 connectable, 1 total',
        'organization',
      ],
      [
        'that a region is refused',
        [region([web1]), region([], { ...west, ...gone })],
        '1 region incomplete · 0 connectable, 1 total',
        'warning',
      ],
      [
        'that Systems Manager refuses, too',
        [region([web1], { ssmError: gone.error }), region([], { ...west, ...gone })],
        '2 regions incomplete · 0 connectable, 1 total',
        'warning',
      ],
      ['nothing of what nobody could tell', [region([], gone)], '1 region incomplete', 'warning'],
      ['what was known', [lastKnownHere], '1 region incomplete · 0 connectable, 1 total', 'warning'],
    ])('says in the row of each %s', (_, regions, summary, icon) => {
      const [row] = rows({ inventory: many(regions) });
      expect(row?.description).toBe(`${summary} · ${viewer.name}`);
      expect(row?.spoken).toBe(
        `Account ${ACCOUNT}, profiles ${viewer.name}, ${summary.replaceAll(' · ', ', ')}`,
      );
      expect(row?.icon.id).toBe(icon);
    });

    it('says in its card of which regions what is missing, and why', () => {
      const denied = new AppError('access-denied', 'no', { details: { action: 'ec2:DescribeInstances' } });
      const slow = new AppError('throttled', 'Rate exceeded');
      const [row] = rows({
        inventory: many([
          region([web1], { ssmError: denied }),
          region([], { region: 'eu-west-1', state: 'failed', error: slow }),
          region([], { region: 'eu-west-2', state: 'failed', error: denied }),
          region([backend1], { region: 'eu-west-3' }),
        ]),
      });
      expect(row?.tooltip?.notes).toEqual([
        'us-east-1, eu-west-2: not allowed to list (ec2:DescribeInstances)',
        'eu-west-1: AWS asks to slow down. Try again in a moment.',
      ]);
    });

    it('does not say of each that nothing answers', () => {
      const offline = many([lastKnownHere]);
      const unreachable = region([], { state: 'failed', error: new AppError('network', 'gone') });
      const [here, ...others] = offline.accounts;
      const accounts = [here!, ...others.map(({ accountId }) => accountOf(accountId, [unreachable]))];
      const [why, row] = rows({ inventory: { ...offline, accounts } });
      expect(why?.label).toBe('Not listed anew');
      expect(row?.description).toBe(`0 connectable, 1 total · ${viewer.name}`);
      expect(row?.icon.id).toBe('organization');
    });

    it('leaves the counting to the regions of those that a filter has found', () => {
      const [row] = rows({ inventory: many([region([web1])]), filter: web1.name ?? '' });
      expect(row?.description).toBe(viewer.name);
    });
  });

  it('leaves out regions and accounts without a match under a filter', () => {
    const other = { accountId: '210987654321', profiles: [], regions: [region([web1])] };
    const here = snapshot([region([web1]), region([backend1], { region: 'eu-west-1' })]);
    const inventory = { ...here, accounts: [...here.accounts, other] };
    const [account, ...more] = rows({ inventory, filter: 'Department=BackEnd' });
    expect(more).toEqual([]);
    expect(children(account).map(row => [row.label, row.description])).toEqual([['eu-west-1', '1 of 1']]);
  });

  it('filters what was known of a region that cannot be listed now, too', () => {
    const failed = { state: 'failed', error: new AppError('network', 'gone'), isLastKnown: true } as const;
    const known = region([web1, backend1], { ...failed, listedAt: NOW - 5 * MINUTE });
    const elsewhere = region([web1], { ...failed, region: 'eu-west-1', listedAt: NOW - 5 * MINUTE });
    const unknown = region([], { ...failed, region: 'us-west-2' });
    const [why, account] = rows({ inventory: snapshot([known, elsewhere, unknown]), filter: 'backend' });
    expect(why?.label).toBe('Not listed anew');
    const [found, ...others] = children(account);
    expect(found?.description).toBe('1 of 2 · as of 5 min ago');
    expect(children(found).map(({ label }) => label)).toEqual(['backend-1']);
    expect(others.map(({ label }) => label)).toEqual(['us-west-2']);
    const nothing = state({ inventory: snapshot([known, elsewhere]), filter: 'nothing-like-it' });
    expect(emptiness(nothing)).toBe('filtered');
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
    [
      'signed out',
      state({
        inventory: snapshot([], {
          accounts: [],
          sessions: [{ session: ssoSession, signIn: { kind: 'signedOut' }, profiles }],
        }),
      }),
      'signedOut',
    ],
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

  it('is none while a broken section or what was known before is there to be seen', () => {
    const signedOut = { session: ssoSession, signIn: { kind: 'signedOut' } as const, profiles };
    const problem = { path: config.configPath, line: 3, message: 'no region' };
    const broken = { ...config, problems: [problem] };
    const nobody = snapshot([], { accounts: [], sessions: [signedOut], config: broken });
    expect(emptiness(state({ inventory: nobody }))).toBe('ready');
    const offline = { state: 'failed', error: new AppError('network', 'gone') } as const;
    expect(emptiness(state({ inventory: snapshot([region([web1], offline)]) }))).toBe('ready');
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
