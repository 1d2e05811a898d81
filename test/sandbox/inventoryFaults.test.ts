import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AwsConfig } from '../../src/aws/awsConfig';
import { AwsClients } from '../../src/aws/clients';
import { InstanceDirectory } from '../../src/aws/instances';
import { ProfileCredentials } from '../../src/aws/profileCredentials';
import { RoleCredentials } from '../../src/aws/roleCredentials';
import { SsoPortal } from '../../src/aws/ssoPortal';
import { SsoSignIn } from '../../src/aws/ssoSignIn';
import { SsoTokenCache } from '../../src/aws/ssoTokenCache';
import { systemClock } from '../../src/base/clock';
import { DisposableStore } from '../../src/base/lifecycle';
import { silentLog } from '../../src/base/log';
import { Sandbox } from '../../src/sandbox/sandbox';
import { awsInventory } from '../../src/ui/instances/awsInventory';
import { circumstancesOf } from '../../src/ui/model/instances/circumstances';
import { BY_ACCOUNT } from '../../src/ui/model/instances/grouping';
import { instanceRows } from '../../src/ui/model/instances/instanceTreeModel';
import type { InstanceTreeRow } from '../../src/ui/model/instances/instanceSubject';
import type { Inventory } from '../../src/ui/model/instances/inventory';
import type { RegionListing } from '../../src/ui/model/instances/inventorySnapshot';
import { sourceLanguage as l10n } from '../../src/ui/model/localizer';
import { SearchIndex } from '../../src/ui/model/instances/searchIndex';
import { rowContext } from '../unit/ui/samples';

const PROD = '123456789012';
const DEV = '210987654321';

const sandbox = new Sandbox();
const home = mkdtempSync(join(tmpdir(), 'jit-access-faults-'));
const store = new DisposableStore();
const log = silentLog;
const clock = systemClock;

let url: string;
let makeInventory: () => Inventory;
let inventory: Inventory;

beforeAll(async () => {
  const env = { ...(await sandbox.start()), HOME: home };
  url = env.SANDBOX_URL;
  const config = store.add(new AwsConfig({ env, log }));
  const clients = store.add(new AwsClients({ env, log, clock }));
  const cache = store.add(new SsoTokenCache({ env, log }));
  const signIn = store.add(new SsoSignIn({ cache, clients, clock, log }));
  const directory = new InstanceDirectory({ clients, log });
  const portal = new SsoPortal({ signIn, clients });
  const [session] = (await config.load()).ssoSessions;
  if (!session) throw new Error('the sandbox has no sso-session');
  await signIn.signIn(session, {
    onVerification: ({ verificationUriComplete, userCode }) =>
      void fetch(verificationUriComplete, {
        method: 'POST',
        body: new URLSearchParams({ user_code: userCode, decision: 'allow' }),
      }),
  });
  makeInventory = () => {
    const roles = store.add(new RoleCredentials({ signIn, clients, clock, log }));
    const credentials = store.add(new ProfileCredentials({ config, roles, signIn, clients, clock, log }));
    return awsInventory({
      config,
      signIn,
      credentials,
      directory,
      portal,
      extraRegions: () => ['us-east-1', 'eu-west-1'],
      grantedRoles: () =>
        new Map([
          [`${PROD}/FrontEndSSHAccess`, false],
          [`${PROD}/BackEndSSHAccess`, false],
        ]),
      store: { load: () => Promise.resolve(undefined), save: () => Promise.resolve() },
      clock,
      log,
    });
  };
});
afterAll(async () => {
  store.dispose();
  await sandbox.stop();
  rmSync(home, { recursive: true, force: true });
});

beforeEach(() => {
  inventory = makeInventory();
});
afterEach(async () => {
  await door('DELETE', 'faults');
  inventory.dispose();
});

async function door(method: string, path: string, body?: object): Promise<unknown> {
  const answer = await fetch(`${url}/_sandbox/${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return await answer.json();
}

/** Of one region of one account, so often that no retry gets past it. */
const spoil = (fault: object, place: object = { accountId: PROD, region: 'eu-west-1' }) =>
  door('POST', 'faults', { operation: 'ec2:DescribeInstances', times: 1000, ...place, ...fault });

function listing(accountId: string, region: string): RegionListing {
  const found = inventory.snapshot.accounts
    .find(account => account.accountId === accountId)
    ?.regions.find(one => one.region === region);
  if (!found) throw new Error(`${accountId}/${region} is not in the inventory`);
  return found;
}

function rows(): readonly InstanceTreeRow[] {
  return instanceRows(l10n, {
    ...rowContext,
    inventory: inventory.snapshot,
    find: key => inventory.find(key),
    circumstances: circumstancesOf(inventory.snapshot),
    filter: '',
    search: new SearchIndex(),
    grouping: BY_ACCOUNT,
    now: clock.now(),
  });
}

/** Everything the tree says, line by line. */
function told(from: readonly InstanceTreeRow[] = rows()): string[] {
  return from.flatMap(row => [`${row.label} | ${row.description ?? ''}`, ...told(row.children?.() ?? [])]);
}

/** The three that are well. */
function expectTheRest(): void {
  expect(listing(PROD, 'us-east-1').instances.length).toBeGreaterThan(3);
  expect(listing(DEV, 'us-east-1')).toMatchObject({ state: 'ready' });
  expect(listing(DEV, 'eu-west-1')).toMatchObject({ state: 'ready' });
  expect(told().some(line => line.startsWith('web-1 |'))).toBe(true);
}

describe('a region that fails from the start', () => {
  it.each([
    ['throttled', { kind: 'throttle' }, 'throttled', /AWS asks to slow down/],
    [
      'denied',
      {
        kind: 'fail',
        status: 403,
        code: 'UnauthorizedOperation',
        message:
          'You are not authorized to perform this operation. User: arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_ViewOnlyAccess_1/sam@myco.example is not authorized to perform: ec2:DescribeInstances because no identity-based policy allows the ec2:DescribeInstances action',
      },
      'access-denied',
      /not allowed to list \(ec2:DescribeInstances\)/,
    ],
    ['failing', { kind: 'fail', status: 500 }, 'service-fault', /The service failed/],
    ['cut off', { kind: 'reset' }, 'network', /The network did not answer/],
    ['answered by a guest network', { kind: 'garbage' }, 'network', /A web page answered in place of AWS/],
  ])('is %s: it says so, and the rest stands', async (_what, fault, code, words) => {
    await spoil(fault);
    await inventory.refresh();
    expect(listing(PROD, 'eu-west-1')).toMatchObject({ state: 'failed', error: { code }, instances: [] });
    expect(told().find(line => line.startsWith('eu-west-1 |') && words.test(line))).toBeDefined();
    expectTheRest();
  });

  it('comes back by itself with the next refresh', async () => {
    await spoil({ kind: 'throttle' });
    await inventory.refresh();
    await door('DELETE', 'faults');
    await inventory.refresh();
    const { state, error, instances } = listing(PROD, 'eu-west-1');
    expect({ state, error }).toEqual({ state: 'ready', error: undefined });
    expect(instances.length).toBeGreaterThan(0);
  });
});

describe('a region that is slow', () => {
  it('is told as being listed while all others are there, and comes when it comes', async () => {
    await spoil({ kind: 'delay', delayMs: 600_000 });
    const others = new Promise<void>(resolve => {
      inventory.onDidChange(() => {
        const regions = inventory.snapshot.accounts.flatMap(account => account.regions);
        if (regions.length > 0 && regions.filter(({ state }) => state === 'loading').length === 1) resolve();
      });
    });
    const refreshed = inventory.refresh();
    await others;
    expectTheRest();
    expect(told()).toContain('eu-west-1 | listing…');
    // Lets go of what is held back.
    await door('DELETE', 'faults');
    await refreshed;
    expect(listing(PROD, 'eu-west-1')).toMatchObject({ state: 'ready' });
    expect(listing(PROD, 'eu-west-1').instances.length).toBeGreaterThan(0);
  });
});

describe('a region that was listed before', () => {
  it.each(['throttle', 'reset', 'garbage'])(
    'keeps its instances through a failure (%s), with their age and the reason',
    async kind => {
      await inventory.refresh();
      const before = listing(PROD, 'eu-west-1').instances;
      expect(before.length).toBeGreaterThan(0);
      await spoil({ kind });
      await inventory.refresh();
      const after = listing(PROD, 'eu-west-1');
      expect(after).toMatchObject({ state: 'failed', isLastKnown: true });
      expect(after.instances).toEqual(before);
      expectTheRest();
    },
  );

  it('shows nothing any more once AWS refuses it', async () => {
    await inventory.refresh();
    await spoil({ kind: 'fail', status: 403, code: 'UnauthorizedOperation', message: 'no' });
    await inventory.refresh();
    expect(listing(PROD, 'eu-west-1')).toMatchObject({ state: 'failed', instances: [] });
    expectTheRest();
  });
});

describe('Systems Manager alone', () => {
  it.each(['throttle', 'garbage'])(
    'cannot be asked (%s): the instances are there, and it is said what is missing',
    async kind => {
      await spoil({ operation: 'ssm:DescribeInstanceInformation', kind });
      await inventory.refresh();
      const { state, instances, ssmError } = listing(PROD, 'eu-west-1');
      expect(state).toBe('ready');
      expect(ssmError).toBeDefined();
      expect(instances.length).toBeGreaterThan(0);
      expectTheRest();
    },
  );
});

describe('credentials', () => {
  it('that AWS ends early are replaced, and nobody notices', async () => {
    await inventory.refresh();
    await spoil({ kind: 'fail', status: 401, code: 'AuthFailure', message: 'not validated', times: 1 });
    await inventory.refresh();
    expect(listing(PROD, 'eu-west-1')).toMatchObject({ state: 'ready' });
    expect(listing(PROD, 'eu-west-1').error).toBeUndefined();
    expectTheRest();
  });

  it('that the portal does not hand out are told at each region', async () => {
    await door('POST', 'faults', {
      operation: 'portal:GetRoleCredentials',
      kind: 'fail',
      status: 403,
      code: 'ForbiddenException',
      message: 'No access',
      times: 1000,
    });
    await inventory.refresh();
    const regions = inventory.snapshot.accounts.flatMap(account => account.regions);
    expect(regions.map(({ error }) => error?.code)).toEqual(regions.map(() => 'role-not-assigned'));
    expect(told().filter(line => line.includes('does not hand out this role'))).toHaveLength(regions.length);
  });
});
