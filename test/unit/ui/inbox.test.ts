import { describe, expect, it } from 'vitest';
import type { InboxItem } from '../../../src/aws/nodeAccess/nodeAccessInbox';
import type { NodeAccessPlace } from '../../../src/aws/nodeAccess/nodeAccessPlace';
import { AppError } from '../../../src/base/errors';
import { silentLog } from '../../../src/base/log';
import { approvalPlaces } from '../../../src/ui/model/access/approvalPlaces';
import { Inbox, type InboxDeps } from '../../../src/ui/model/access/inbox';
import { inboxRows } from '../../../src/ui/model/access/inboxRows';
import { sourceLanguage as l10n } from '../../../src/ui/model/localizer';
import { instanceKey } from '../../../src/access/instance';
import { ACCOUNT, backend1, flow, MINUTE, NOW, web1 } from './samples';

const HERE: NodeAccessPlace = { accountId: ACCOUNT, region: 'us-east-1' };
const EU: NodeAccessPlace = { accountId: ACCOUNT, region: 'eu-west-1' };
const DEV: NodeAccessPlace = { accountId: '210987654321', region: 'us-east-1' };
const ANA = `arn:aws:sts::${ACCOUNT}:assumed-role/AWSReservedSSO_NodeAccessRequester_3f6e9b07c2a81d54/ana@myco.example`;

const item = (id: string, more: Partial<InboxItem> = {}): InboxItem => ({
  id,
  status: 'PendingApproval',
  reason: 'the disk is full',
  requester: ANA,
  requestedAt: NOW - 4 * MINUTE,
  instanceKeys: [instanceKey(backend1)],
  executionId: `execution-of-${id}`,
  place: HERE,
  ...more,
});

/** A broker whose lists a test writes, and an inbox over it. */
function open(overrides: Partial<InboxDeps> = {}) {
  const world = {
    places: [HERE],
    pending: [] as InboxItem[],
    granted: [] as InboxItem[],
    roles: new Set([ACCOUNT]),
    said: [] as unknown[],
    sinceAsked: [] as number[],
    failing: undefined as AppError | undefined,
  };
  const at = (items: readonly InboxItem[], { region, accountId }: NodeAccessPlace) =>
    items.filter(({ place }) => place.region === region && place.accountId === accountId);
  const decided = (verb: string) => (of: InboxItem, comment?: string) => {
    world.said.push([verb, of.id, comment]);
    if (world.failing) return Promise.reject(world.failing);
    world.pending = world.pending.filter(({ id }) => id !== of.id);
    return Promise.resolve();
  };
  const inbox = new Inbox({
    places: () => world.places,
    holdsRole: accountId => Promise.resolve(world.roles.has(accountId)),
    broker: {
      listPending: place => Promise.resolve(at(world.pending, place)),
      listGranted: (place, since) => {
        world.sinceAsked.push(since);
        return Promise.resolve(at(world.granted, place));
      },
      approve: decided('approve'),
      reject: decided('reject'),
      revoke: (of: InboxItem) => decided('revoke')(of),
    },
    clock: { now: () => NOW, schedule: () => ({ dispose: () => undefined }) },
    log: silentLog,
    ...overrides,
  });
  return { inbox, world };
}

const rows = (inbox: Inbox) =>
  inboxRows(l10n, {
    inbox: inbox.snapshot,
    findInstance: key => [web1, backend1].find(instance => instanceKey(instance) === key),
    isOwn: id => id === 'oi-mine',
    now: NOW,
  });

describe('the inbox', () => {
  it('is nobody’s who holds no approver’s role, and asks for nothing then', async () => {
    const { inbox, world } = open();
    world.roles.clear();
    world.pending = [item('oi-1')];
    await inbox.refresh();
    expect(inbox.snapshot).toMatchObject({ isApprover: false, wasRead: false, pending: [] });
    expect(world.sinceAsked).toEqual([]);
  });

  it('shows what waits in every place, whoever waits longest first', async () => {
    const { inbox, world } = open();
    world.places = [EU, HERE];
    world.pending = [
      item('oi-1'),
      item('oi-2', { place: EU, requestedAt: NOW - 9 * MINUTE, instanceKeys: [] }),
    ];
    await inbox.refresh();
    expect(inbox.snapshot).toMatchObject({ isApprover: true, wasRead: true, problems: [] });
    expect(inbox.snapshot.pending.map(({ id }) => id)).toEqual(['oi-2', 'oi-1']);
  });

  it('looks back no further than the longest access there is', async () => {
    const { inbox, world } = open();
    await inbox.refresh();
    expect(world.sinceAsked).toEqual([NOW - 14 * 24 * 60 * MINUTE]);
  });

  it('asks about the role once for the same accounts, and again for others', async () => {
    const asked: string[] = [];
    const { inbox, world } = open({
      holdsRole: accountId => {
        asked.push(accountId);
        return Promise.resolve(accountId === ACCOUNT);
      },
    });
    await inbox.findRole();
    world.places = [HERE, EU];
    await inbox.findRole();
    expect(asked).toEqual([ACCOUNT]);
    world.places = [HERE, DEV];
    await inbox.findRole();
    expect(asked).toEqual([ACCOUNT, ACCOUNT, DEV.accountId]);
  });

  it('keeps the other places when one cannot be read', async () => {
    const denied = new AppError('broker-forbidden', 'no', { details: { broker: 'aws' } });
    const { inbox, world } = open({
      broker: {
        listPending: place =>
          place.region === EU.region ? Promise.reject(denied) : Promise.resolve([item('oi-1')]),
        listGranted: () => Promise.resolve([]),
        approve: () => Promise.resolve(),
        reject: () => Promise.resolve(),
        revoke: () => Promise.resolve(),
      },
    });
    world.places = [EU, HERE];
    await inbox.refresh();
    expect(inbox.snapshot.pending.map(({ id }) => id)).toEqual(['oi-1']);
    expect(inbox.snapshot.problems).toEqual([{ place: EU, error: denied }]);
    const last = rows(inbox).at(-1);
    expect(last).toMatchObject({ capabilities: ['problem'], subject: { kind: 'problem', error: denied } });
    expect(last?.spoken).toContain('AWS does not let you do this');
  });

  it('sends the word with its comment and reads again', async () => {
    const { inbox, world } = open();
    world.pending = [item('oi-1')];
    await inbox.refresh();
    await inbox.decide(inbox.find('oi-1')!, 'approve', 'go ahead');
    expect(world.said).toEqual([['approve', 'oi-1', 'go ahead']]);
    expect(inbox.snapshot.pending).toEqual([]);
  });

  it('tells the broker’s refusal, and reads again all the same', async () => {
    const { inbox, world } = open();
    world.pending = [item('oi-1')];
    await inbox.refresh();
    const mine = inbox.find('oi-1')!;
    world.failing = new AppError(
      'broker-forbidden',
      'You cannot decide about an access request of your own.',
    );
    world.pending = [...world.pending, item('oi-2')];
    await expect(inbox.decide(mine, 'reject', '')).rejects.toMatchObject({ code: 'broker-forbidden' });
    expect(inbox.snapshot.pending.map(({ id }) => id)).toEqual(['oi-1', 'oi-2']);
  });

  it('reads once more when it is asked during a reading', async () => {
    const { inbox, world } = open();
    const first = inbox.refresh();
    world.pending = [item('oi-1')];
    await Promise.all([first, inbox.refresh()]);
    expect(inbox.snapshot.pending.map(({ id }) => id)).toEqual(['oi-1']);
  });

  it('is empty again for whoever signs out', async () => {
    const { inbox, world } = open();
    world.pending = [item('oi-1')];
    await inbox.refresh();
    world.places = [];
    await inbox.findRole();
    expect(inbox.snapshot).toMatchObject({ isApprover: false, wasRead: false, pending: [] });
  });
});

describe('a row of the inbox', () => {
  const shown = async (pending: InboxItem[], granted: InboxItem[] = []) => {
    const { inbox, world } = open();
    Object.assign(world, { pending, granted });
    await inbox.refresh();
    return rows(inbox);
  };

  it('says who asks for what, why and since when', async () => {
    const [row] = await shown([item('oi-1')]);
    expect(row).toMatchObject({
      label: 'backend-1',
      description: 'ana · 4 min',
      expansion: 'expanded',
      spoken: 'ana@myco.example waits for your decision about backend-1, since 4 min, the disk is full',
      capabilities: ['approval', 'pending', 'approve', 'reject'],
      tooltip: { title: 'ana@myco.example asks for backend-1' },
    });
    expect(Object.fromEntries(row?.tooltip?.facts ?? [])).toMatchObject({
      Instance: 'backend-1 (i-05b7516a19f826be9)',
      Tags: 'Department=BackEnd',
      Account: '123456789012 · us-east-1',
      Reason: 'the disk is full',
      Request: 'oi-1',
    });
  });

  it('says that a request is one’s own', async () => {
    const [row] = await shown([item('oi-mine')]);
    expect(row?.description).toBe('your own request · 4 min');
  });

  const below = (row: Awaited<ReturnType<typeof shown>>[number] | undefined) =>
    (row?.children?.() ?? []).map(({ label }) => label);

  it('has the whole reason and the tags below it, in lines that a narrow side bar shows', async () => {
    const reason = `the disk of backend-1 is full since 14:02 and the deploy ${'x'.repeat(50)} waits for it`;
    const [row] = await shown([item('oi-1', { reason })]);
    const labels = below(row);
    expect(labels).toEqual([
      'the disk of backend-1 is',
      'full since 14:02 and the',
      'deploy',
      'x'.repeat(50),
      'waits for it',
      'ana@myco.example',
      'Department=BackEnd',
    ]);
    const [first] = row?.children?.() ?? [];
    expect(first?.spoken).toBe(`Reason: ${reason}`);
    const ids = (row?.children?.() ?? []).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('says when the same person can get there already, and not when another can', async () => {
    const of = (requester: string) => item('oi-0', { status: 'Approved', requester });
    const [own] = await shown([item('oi-1')], [of(ANA)]);
    expect(below(own)).toContain('has access already');
    expect(own?.spoken).toContain('has access already');
    expect(own?.tooltip?.notes?.[0]).toContain('by request oi-0');
    const [others] = await shown([item('oi-1')], [of('arn:aws:iam::123456789012:user/sam')]);
    expect(below(others)).not.toContain('has access already');
  });

  it('offers to revoke what an approver gave, and says that a policy’s word stands', async () => {
    const { executionId: _none, ...byPolicy } = item('oi-2', { status: 'Approved' });
    const [given, automatic] = await shown([], [item('oi-1', { status: 'Approved' }), byPolicy]);
    expect(given?.capabilities).toContain('revoke');
    expect(automatic?.capabilities).toEqual(['approval', 'granted']);
    expect(automatic?.tooltip?.notes?.[0]).toContain('no way to end it early');
  });

  it('names all places that cannot be read for one reason, as without a network', async () => {
    const { inbox } = open();
    await inbox.refresh();
    const network = new AppError('network', 'gone');
    const denied = new AppError('access-denied', 'no', { details: { action: 'ssm:ListOpsItems' } });
    const problems = [
      { place: EU, error: network },
      { place: HERE, error: network },
      { place: { ...HERE, accountId: '210987654321' }, error: network },
      { place: { ...EU, accountId: '210987654321' }, error: denied },
    ];
    const [all, one, ...more] = inboxRows(l10n, {
      inbox: { ...inbox.snapshot, problems },
      findInstance: () => undefined,
      isOwn: () => false,
      now: NOW,
    });
    expect(more).toEqual([]);
    expect(all).toMatchObject({
      label: 'Requests cannot be read',
      description: '123456789012 · eu-west-1, us-east-1; 210987654321 · us-east-1',
      subject: { kind: 'problem', error: network },
    });
    expect(one).toMatchObject({ label: '210987654321 · eu-west-1', description: 'requests cannot be read' });
    expect(one?.spoken).toMatch(/^210987654321 · eu-west-1: requests cannot be read\. ./);
  });

  it('makes do with what AWS tells', async () => {
    const { requester: _who, reason: _why, requestedAt: _when, ...bare } = item('oi-1', { instanceKeys: [] });
    const [row] = await shown([bare]);
    expect(row).toMatchObject({ label: 'an unnamed instance', description: 'Somebody' });
    const [unlisted] = await shown([item('oi-1', { instanceKeys: ['123456789012/us-east-1/i-0123'] })]);
    expect(unlisted?.label).toBe('i-0123');
  });
});

describe('where requests may wait', () => {
  const listing = (accountId: string, ...regions: string[]) => ({
    accountId,
    profiles: [],
    regions: regions.map(region => ({ accountId, region, state: 'ready' as const, instances: [] })),
  });

  it('is in the listed regions of accounts with a role to approve as', () => {
    const nodes = {
      ...flow,
      id: 'node-access',
      broker: 'aws' as const,
      targets: [
        { id: 'n', label: 'N', accountId: ACCOUNT, instanceTags: {}, approveAs: 'NodeAccessApprover' },
      ],
    };
    const accounts = [listing(ACCOUNT, 'eu-west-1', 'us-east-1'), listing(DEV.accountId, 'us-east-1')];
    expect(approvalPlaces([flow, nodes], { accounts, isAsked: true })).toEqual([EU, HERE]);
    expect(approvalPlaces([flow], { accounts, isAsked: true })).toEqual([]);
    // Known, and still being drawn.
    expect(approvalPlaces([flow, nodes], { accounts })).toEqual([]);
  });
});
