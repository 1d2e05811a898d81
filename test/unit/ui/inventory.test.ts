import { describe, expect, it } from 'vitest';
import { instanceKey, type Instance } from '../../../src/access/instance';
import type { Profile, SignInState } from '../../../src/access/profile';
import type { InstanceList } from '../../../src/aws/instances';
import { AppError, type ErrorCode } from '../../../src/base/errors';
import { silentLog } from '../../../src/base/log';
import { Inventory } from '../../../src/ui/model/instances/inventory';
import type { RegionListing } from '../../../src/ui/model/instances/inventorySnapshot';
import {
  asOfText,
  knownSince,
  offlineError,
  oldestKnown,
} from '../../../src/ui/model/instances/inventoryAge';
import { sourceLanguage as l10n } from '../../../src/ui/model/localizer';
import type { SavedInventory } from '../../../src/ui/model/instances/savedInventory';
import { FakeClock, settle } from '../../support/access/fakeClock';
import {
  ACCOUNT,
  frontEndProfile,
  instance,
  MINUTE,
  NOW,
  profile,
  ssoSession,
  viewer,
  web1,
} from './samples';

const OTHER = '210987654321';
const other = profile('myco-dev-viewer', 'ViewOnlyAccess', { accountId: OTHER });
const PLACE = `${ACCOUNT}/us-east-1`;
const OTHER_PLACE = `${OTHER}/us-east-1`;
const dev1 = instance({ id: 'i-0dee', accountId: OTHER, name: 'dev-1', tags: { Name: 'dev-1' } });
/** What was known of the two places ten minutes ago. */
const saved: SavedInventory = {
  accountNames: new Map([[ACCOUNT, 'myco-prod']]),
  listings: [
    { accountId: ACCOUNT, region: 'us-east-1', listedAt: NOW - 10 * MINUTE, instances: [web1] },
    { accountId: OTHER, region: 'us-east-1', listedAt: NOW - 20 * MINUTE, instances: [dev1] },
  ],
};

interface Call {
  readonly profile: string;
  readonly place: string;
  readonly signal: AbortSignal | undefined;
  answer(instances: readonly Instance[], ssmError?: AppError): Promise<void>;
  fail(code: ErrorCode): Promise<void>;
}

/** An inventory whose listings are answered by hand. */
class Desk {
  readonly clock = new FakeClock(NOW);
  readonly calls: Call[] = [];
  readonly saves: SavedInventory[] = [];
  profiles: readonly Profile[] = [viewer, other];
  signIn: SignInState = { kind: 'signedIn', expiresAt: NOW + 60 * MINUTE };
  regions: readonly string[] = [];
  stored: SavedInventory | undefined;
  readable = true;
  /** Of the configuration. */
  reads = 0;
  /** Of what was saved. */
  loads = 0;
  readonly inventory = new Inventory({
    loadConfig: () => {
      this.reads++;
      if (!this.readable) return Promise.reject(new AppError('config-invalid', 'it cannot be read'));
      return Promise.resolve({
        profiles: this.profiles,
        ssoSessions: [ssoSession],
        problems: [],
        configPath: '/home/sam/.aws/config',
        credentialsPath: '/home/sam/.aws/credentials',
        exists: true,
      });
    },
    signInState: () => Promise.resolve(this.signIn),
    list: (by, region, { signal } = {}) =>
      new Promise<InstanceList>((resolve, reject) => {
        this.calls.push({
          profile: by.name,
          place: `${by.accountId}/${region}`,
          signal,
          answer: (instances, ssmError) => {
            resolve({ instances, problems: ssmError ? [{ part: 'ssm', error: ssmError }] : [] });
            return settle();
          },
          fail: code => {
            reject(new AppError(code, `it is ${code}`));
            return settle();
          },
        });
      }),
    accountNames: () => Promise.resolve(new Map([[OTHER, 'myco-dev']])),
    extraRegions: () => this.regions,
    grantedRoles: () => new Map([[`${ACCOUNT}/FrontEndSSHAccess`, false]]),
    store: {
      load: () => {
        this.loads++;
        return Promise.resolve(this.stored);
      },
      save: value => {
        this.saves.push(value);
        return Promise.resolve();
      },
    },
    clock: this.clock,
    log: silentLog,
  });

  /** The call for a place that was made last. */
  call(place: string): Call {
    const found = this.calls.filter(call => call.place === place).at(-1);
    if (!found) throw new Error(`nobody asked for ${place}`);
    return found;
  }

  at(place: string): RegionListing {
    const found = this.inventory.snapshot.accounts
      .flatMap(account => account.regions)
      .find(region => `${region.accountId}/${region.region}` === place);
    if (!found) throw new Error(`${place} is not shown`);
    return found;
  }

  get places(): readonly string[] {
    return this.inventory.snapshot.accounts.flatMap(({ regions }) =>
      regions.map(({ accountId, region }) => `${accountId}/${region}`),
    );
  }

  async refreshed(...answers: readonly (readonly Instance[])[]): Promise<void> {
    const done = this.inventory.refresh();
    await settle();
    for (const [index, instances] of answers.entries())
      await this.calls.at(index - answers.length)?.answer(instances);
    await done;
  }
}

describe('a refresh', () => {
  it('puts each answer in its place as it comes, and says of each when it is from', async () => {
    const desk = new Desk();
    const done = desk.inventory.refresh();
    await settle();
    expect(desk.inventory.snapshot).toMatchObject({ refreshing: true });
    expect(desk.at(PLACE)).toMatchObject({ state: 'loading', instances: [] });
    await desk.call(OTHER_PLACE).answer([dev1]);
    expect(desk.at(OTHER_PLACE)).toMatchObject({ state: 'ready', instances: [dev1], listedAt: NOW });
    expect(desk.at(PLACE).state).toBe('loading');
    await desk.call(PLACE).fail('access-denied');
    await done;
    expect(desk.at(PLACE)).toMatchObject({ state: 'failed', error: { code: 'access-denied' } });
    expect(desk.inventory.snapshot.refreshing).toBe(false);
    expect(desk.inventory.snapshot.accountNames.get(OTHER)).toBe('myco-dev');
    expect(desk.inventory.instances).toEqual([dev1]);
    expect(desk.inventory.find(instanceKey(dev1))).toBe(dev1);
    expect(desk.inventory.find(instanceKey(web1))).toBeUndefined();
  });

  it('tries the role that hangs on a grant only when the standing one is refused', async () => {
    const desk = new Desk();
    desk.profiles = [frontEndProfile, viewer];
    const done = desk.inventory.refresh();
    await settle();
    await desk.call(PLACE).fail('access-denied');
    await desk.call(PLACE).answer([web1]);
    await done;
    expect(desk.calls.map(call => call.profile)).toEqual(['myco-viewer', 'frontend-ssh']);
    expect(desk.at(PLACE)).toMatchObject({ state: 'ready', via: frontEndProfile });
  });

  it('asks again once for whoever asks meanwhile, and not at all for a look now and then', async () => {
    const desk = new Desk();
    const first = desk.inventory.refresh();
    await settle();
    const looks = [desk.inventory.keepFresh(), desk.inventory.keepFresh(), desk.inventory.ensureLoaded()];
    await Promise.all(desk.calls.map(call => call.answer([])));
    await Promise.all([first, ...looks]);
    expect(desk.calls).toHaveLength(2);

    const second = desk.inventory.refresh();
    await settle();
    const asked = [desk.inventory.refresh(), desk.inventory.refresh()];
    await Promise.all(desk.calls.slice(2).map(call => call.answer([])));
    await settle();
    expect(desk.calls).toHaveLength(6);
    await Promise.all(desk.calls.slice(4).map(call => call.answer([])));
    await Promise.all([second, ...asked]);
    expect(desk.calls).toHaveLength(6);
  });

  it('keeps what it knows in sight while it asks again', async () => {
    const desk = new Desk();
    desk.profiles = [viewer];
    await desk.refreshed([web1]);
    void desk.inventory.refresh();
    await settle();
    expect(desk.at(PLACE)).toMatchObject({ state: 'ready', instances: [web1] });
    desk.inventory.dispose();
  });

  it('asks for a few regions at once, all accounts before the second region of one', async () => {
    const desk = new Desk();
    desk.regions = ['eu-west-1', 'eu-west-2', 'eu-west-3', 'us-west-1', 'us-west-2'];
    const done = desk.inventory.refresh();
    await settle();
    expect(desk.calls).toHaveLength(8);
    expect(desk.calls.slice(0, 4).map(call => call.place)).toEqual([
      `${ACCOUNT}/eu-west-1`,
      `${OTHER}/eu-west-1`,
      `${ACCOUNT}/eu-west-2`,
      `${OTHER}/eu-west-2`,
    ]);
    await desk.calls[0]?.answer([]);
    expect(desk.calls).toHaveLength(9);
    // Those that are slow give their places to the rest.
    await desk.clock.advance(5_000);
    expect(desk.calls).toHaveLength(12);
    await Promise.all(desk.calls.map(call => call.answer([])));
    await done;
  });
});

describe('an answer to what is no longer asked', () => {
  it('is dropped after a sign-out, whose accounts go', async () => {
    const desk = new Desk();
    const done = desk.inventory.refresh();
    await settle();
    const late = desk.call(PLACE);
    desk.signIn = { kind: 'signedOut' };
    desk.inventory.invalidate();
    expect(late.signal?.aborted).toBe(true);
    await late.answer([web1]);
    await done;
    expect(desk.places).toEqual([]);
    expect(desk.inventory.instances).toEqual([]);
    expect(desk.inventory.snapshot.refreshing).toBe(false);
  });

  it('does not overwrite the newer one', async () => {
    const desk = new Desk();
    desk.profiles = [viewer];
    const done = desk.inventory.refresh();
    await settle();
    const early = desk.call(PLACE);
    desk.inventory.invalidate();
    await settle();
    await desk.call(PLACE).answer([web1]);
    await early.answer([]);
    await done;
    expect(desk.inventory.instances).toEqual([web1]);
  });

  it('is asked for anew by the next who needs it, also when nothing was under way', async () => {
    const desk = new Desk();
    desk.profiles = [viewer];
    await desk.refreshed([web1]);
    desk.inventory.invalidate();
    void desk.inventory.ensureLoaded();
    await settle();
    expect(desk.calls).toHaveLength(2);
    desk.inventory.dispose();
  });

  it('is nothing after the end', async () => {
    const desk = new Desk();
    void desk.inventory.refresh();
    await settle();
    let changes = 0;
    desk.inventory.onDidChange(() => changes++);
    desk.inventory.dispose();
    await desk.call(PLACE).answer([web1]);
    await desk.clock.advance(MINUTE);
    expect(changes).toBe(0);
    expect(desk.saves).toEqual([]);
  });
});

describe('the last known inventory', () => {
  it('is there before anybody was asked, with its age, and gives way region by region', async () => {
    const desk = new Desk();
    desk.stored = saved;
    const done = desk.inventory.refresh();
    await settle();
    expect(desk.calls).toEqual([]);
    expect(desk.inventory.instances).toEqual([web1, dev1]);
    expect(oldestKnown(desk.inventory.snapshot, NOW)).toBe(NOW - 20 * MINUTE);
    expect(desk.inventory.snapshot.accountNames.get(ACCOUNT)).toBe('myco-prod');
    desk.inventory.markDrawn();
    await desk.clock.advance(249);
    expect(desk.calls).toEqual([]);
    await desk.clock.advance(1);
    await desk.call(OTHER_PLACE).answer([]);
    expect(desk.inventory.instances).toEqual([web1]);
    expect(oldestKnown(desk.inventory.snapshot, NOW)).toBe(NOW - 10 * MINUTE);
    await desk.call(PLACE).answer([web1]);
    await done;
    expect(oldestKnown(desk.inventory.snapshot, desk.clock.now())).toBeUndefined();
  });

  it('is waited for by whoever shows it, who thereby begins the refresh; what is known already is there at once', async () => {
    const desk = new Desk();
    desk.stored = saved;
    await desk.inventory.whenKnown();
    expect(desk.inventory.instances).toEqual([web1, dev1]);
    expect(desk.inventory.snapshot.refreshing).toBe(true);
    expect(desk.calls).toEqual([]);
    await desk.inventory.whenKnown();
    desk.inventory.dispose();
  });

  it('is waited for no longer than the files are read, whatever becomes of that', async () => {
    const desk = new Desk();
    desk.readable = false;
    desk.inventory.prepare();
    await desk.inventory.whenKnown();
    expect(desk.inventory.snapshot).toMatchObject({ refreshing: false, accounts: [] });
    desk.readable = true;
    desk.stored = saved;
    await desk.inventory.whenKnown();
    expect(desk.places).toEqual([PLACE, OTHER_PLACE]);
    desk.inventory.dispose();
  });

  it('is read ahead, and is there when somebody looks, before anything else is done', async () => {
    const desk = new Desk();
    desk.stored = saved;
    desk.inventory.prepare();
    await settle();
    expect(desk.inventory.instances).toEqual([web1, dev1]);
    expect(desk.inventory.snapshot).toMatchObject({
      refreshing: false,
      accountNames: new Map([[ACCOUNT, 'myco-prod']]),
    });
    expect(desk.inventory.snapshot.isAsked).toBeUndefined();
    const { reads } = desk;
    let changes = 0;
    await desk.inventory.whenKnown();
    desk.inventory.onDidChange(() => changes++);
    desk.inventory.markDrawn();
    await desk.clock.advance(249);
    expect([desk.reads, changes, desk.calls.length]).toEqual([reads, 0, 0]);
    expect(desk.inventory.snapshot.isAsked).toBeUndefined();
    await desk.clock.advance(1);
    expect(desk.calls).toHaveLength(2);
    expect(desk.inventory.snapshot).toMatchObject({ refreshing: true, isAsked: true });
    expect(desk.loads).toBe(1);
    desk.inventory.dispose();
  });

  it('was drawn already when the refresh comes to wait for it', async () => {
    const desk = new Desk();
    desk.stored = saved;
    desk.inventory.prepare();
    await settle();
    desk.inventory.markDrawn();
    void desk.inventory.refresh();
    await desk.clock.advance(250);
    expect(desk.calls).toHaveLength(2);
    desk.inventory.dispose();
  });

  it('is read ahead anew when sign-ins or files change before anybody looks, and nothing older comes after', async () => {
    const desk = new Desk();
    desk.stored = saved;
    desk.inventory.prepare();
    desk.signIn = { kind: 'signedOut' };
    desk.inventory.invalidate();
    await settle();
    expect(desk.places).toEqual([]);
    desk.signIn = { kind: 'signedIn', expiresAt: NOW + 60 * MINUTE };
    desk.profiles = [viewer];
    desk.inventory.invalidate();
    await settle();
    expect(desk.inventory.instances).toEqual([web1]);
    expect([desk.loads, desk.calls.length]).toEqual([1, 0]);
    desk.inventory.dispose();
  });

  it('is read by nobody ahead who was not asked to', async () => {
    const desk = new Desk();
    desk.inventory.invalidate();
    await settle();
    expect([desk.reads, desk.loads]).toEqual([0, 0]);
    desk.inventory.dispose();
  });

  it('waits for no view that nobody opens, nor beyond a change', async () => {
    const desk = new Desk();
    desk.stored = saved;
    void desk.inventory.refresh();
    await desk.clock.advance(500);
    expect(desk.calls).toEqual([]);
    desk.inventory.invalidate();
    await settle();
    expect(desk.calls).toHaveLength(2);
    desk.inventory.dispose();
    const undrawn = new Desk();
    undrawn.stored = saved;
    void undrawn.inventory.refresh();
    await undrawn.clock.advance(500);
    await undrawn.clock.advance(250);
    expect(undrawn.calls).toHaveLength(2);
    undrawn.inventory.dispose();
  });

  it('is waited for longer where somebody has asked for it to draw it, though not for ever', async () => {
    const desk = new Desk();
    desk.stored = saved;
    await desk.inventory.whenKnown();
    await desk.clock.advance(1_999);
    desk.inventory.markDrawn();
    await desk.clock.advance(249);
    expect(desk.calls).toEqual([]);
    await desk.clock.advance(1);
    expect(desk.calls).toHaveLength(2);
    desk.inventory.dispose();
    const undrawn = new Desk();
    undrawn.stored = saved;
    await undrawn.inventory.whenKnown();
    await undrawn.clock.advance(2_249);
    expect(undrawn.calls).toEqual([]);
    await undrawn.clock.advance(1);
    expect(undrawn.calls).toHaveLength(2);
    undrawn.inventory.dispose();
  });

  it('tells when AWS is asked, or that nothing is under way', async () => {
    const desk = new Desk();
    desk.stored = saved;
    await desk.inventory.whenAsked();
    void desk.inventory.refresh();
    let isTold = false;
    void desk.inventory.whenAsked().then(() => (isTold = true));
    await desk.clock.advance(749);
    expect(isTold).toBe(false);
    await desk.clock.advance(1);
    expect([isTold, desk.calls.length]).toEqual([true, 2]);
    desk.inventory.dispose();
    const unreadable = new Desk();
    unreadable.readable = false;
    void unreadable.inventory.refresh();
    await unreadable.inventory.whenAsked();
    expect(unreadable.inventory.snapshot.refreshing).toBe(false);
  });

  it('is shown for no account that the files or the sign-in do not lead to', async () => {
    const desk = new Desk();
    desk.stored = saved;
    desk.profiles = [viewer];
    void desk.inventory.refresh();
    await settle();
    expect(desk.places).toEqual([PLACE]);
    desk.inventory.dispose();

    const signedOut = new Desk();
    signedOut.stored = saved;
    signedOut.signIn = { kind: 'signedOut' };
    await signedOut.inventory.refresh();
    expect(signedOut.places).toEqual([]);
  });

  it('stays in sight, with its age, when the sign-in has run out overnight', async () => {
    const desk = new Desk();
    desk.stored = saved;
    desk.signIn = { kind: 'expired', expiredAt: NOW - MINUTE };
    const done = desk.inventory.refresh();
    await desk.clock.advance(500);
    await desk.clock.advance(250);
    await done;
    expect(desk.calls).toEqual([]);
    expect(desk.inventory.instances).toEqual([web1, dev1]);
    expect(desk.at(PLACE)).toMatchObject({ isLastKnown: true, listedAt: NOW - 10 * MINUTE });
  });

  it.each(['network', 'throttled', 'service-fault', 'internal'] as const)(
    'outlives a failure: %s',
    async code => {
      const desk = new Desk();
      desk.profiles = [viewer];
      await desk.refreshed([web1]);
      await desk.clock.advance(5 * MINUTE);
      const done = desk.inventory.refresh();
      await settle();
      await desk.call(PLACE).fail(code);
      await done;
      expect(desk.at(PLACE)).toMatchObject({
        state: 'failed',
        error: { code },
        instances: [web1],
        isLastKnown: true,
        listedAt: NOW,
      });
      expect(offlineError(desk.inventory.snapshot)?.code).toBe(code === 'network' ? code : undefined);
    },
  );

  it.each(['access-denied', 'role-not-assigned'] as const)('does not outlive a refusal: %s', async code => {
    const desk = new Desk();
    desk.profiles = [viewer];
    await desk.refreshed([web1]);
    const done = desk.inventory.refresh();
    await settle();
    await desk.call(PLACE).fail(code);
    await done;
    expect(desk.at(PLACE)).toMatchObject({ state: 'failed', instances: [] });
    expect(desk.inventory.find(instanceKey(web1))).toBeUndefined();
  });

  it('keeps the pings, and the machines outside EC2, when only Systems Manager does not answer', async () => {
    const rack = instance({ id: 'mi-0a7c', state: 'unknown', tags: {} });
    const bare = instance();
    delete (bare as { ssm?: unknown }).ssm;
    const desk = new Desk();
    desk.profiles = [viewer];
    await desk.refreshed([web1, rack]);
    const done = desk.inventory.refresh();
    await settle();
    await desk.call(PLACE).answer([bare], new AppError('throttled', 'Rate exceeded'));
    await done;
    expect(desk.at(PLACE)).toMatchObject({ state: 'ready', ssmError: { code: 'throttled' } });
    expect(desk.inventory.instances).toEqual([web1, rack]);
  });

  it('is saved a moment after a burst of answers, without the failures', async () => {
    const desk = new Desk();
    const done = desk.inventory.refresh();
    await settle();
    await desk.call(PLACE).answer([web1]);
    await desk.call(OTHER_PLACE).fail('throttled');
    await done;
    expect(desk.saves).toEqual([]);
    await desk.clock.advance(2_000);
    expect(desk.saves).toEqual([
      {
        accountNames: new Map([[OTHER, 'myco-dev']]),
        listings: [{ accountId: ACCOUNT, region: 'us-east-1', listedAt: NOW, instances: [web1] }],
      },
    ]);
    await desk.clock.advance(MINUTE);
    expect(desk.saves).toHaveLength(1);
  });

  it('is saved once for all answers of a refresh, and meanwhile when one of them takes long', async () => {
    const desk = new Desk();
    const done = desk.inventory.refresh();
    await settle();
    await desk.call(PLACE).answer([web1]);
    await desk.clock.advance(10_000);
    expect(desk.saves).toEqual([]);
    await desk.clock.advance(20_000);
    expect(desk.saves).toHaveLength(1);
    await desk.call(OTHER_PLACE).answer([dev1]);
    await done;
    await desk.clock.advance(2_000);
    expect(desk.saves.map(({ listings }) => listings.length)).toEqual([1, 2]);
  });
});

describe('an age', () => {
  const listing: RegionListing = {
    accountId: ACCOUNT,
    region: 'us-east-1',
    state: 'ready',
    instances: [web1],
    listedAt: NOW,
  };

  it('is told of what is known from before, and of what has missed its turns', () => {
    expect(knownSince(listing, NOW + MINUTE)).toBeUndefined();
    expect(knownSince(listing, NOW + 4 * MINUTE)).toBe(NOW);
    expect(knownSince({ ...listing, isLastKnown: true }, NOW)).toBe(NOW);
    expect(
      knownSince({ accountId: ACCOUNT, region: 'x', state: 'loading', instances: [] }, NOW),
    ).toBeUndefined();
  });

  it('is worded in the largest unit that says enough', () => {
    expect(asOfText(l10n, NOW, NOW + 20_000)).toBe('as of just now');
    expect(asOfText(l10n, NOW, NOW + 3 * MINUTE)).toBe('as of 3 min ago');
    expect(asOfText(l10n, NOW, NOW + 60 * MINUTE * 72)).toBe('as of 3 days ago');
  });
});
