import { WebSocket } from 'ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccessTarget, Flow } from '../../src/access/flow';
import { GrantLedger } from '../../src/access/ledger';
import { covers } from '../../src/access/reach';
import type { BrokerRef } from '../../src/access/request';
import { AwsClients } from '../../src/aws/clients';
import type { CredentialSource } from '../../src/aws/credential';
import { NodeAccessApi } from '../../src/aws/nodeAccess/nodeAccessApi';
import { NodeAccessBroker } from '../../src/aws/nodeAccess/nodeAccessBroker';
import { NodeAccessCredentials } from '../../src/aws/nodeAccess/nodeAccessCredentials';
import { NodeAccessInbox, type InboxItem } from '../../src/aws/nodeAccess/nodeAccessInbox';
import { SessionApi } from '../../src/aws/sessionApi';
import { systemClock } from '../../src/base/clock';
import { AppError } from '../../src/base/errors';
import { silentLog } from '../../src/base/log';
import { Sandbox } from '../../src/sandbox/sandbox';
import { principalOf } from '../../src/sandbox/state/assignments';
import { ANA, DEV, findPermissionSet, PROD, SAM, type User } from '../../src/sandbox/world/organization';
import { brokerContract } from '../support/access/brokerContract';
import { MemoryStore } from '../support/access/world';

const PLACE = { accountId: PROD.id, region: 'us-east-1' };
const WEB_1 = `${PROD.id}/us-east-1/i-060ee0879f3ec4eb7`;
const WEB_2 = `${PROD.id}/us-east-1/i-0b3d7a94e1c2f5860`;
const DEV_WEB_1 = `${DEV.id}/us-east-1/i-092d6b5f4e8a7c130`;

const TARGET: AccessTarget = {
  id: 'front-end-nodes',
  label: 'FrontEnd nodes',
  accountId: PROD.id,
  instanceTags: { Department: 'FrontEnd' },
};
const DEV_TARGET: AccessTarget = { ...TARGET, id: 'dev-nodes', accountId: DEV.id };
const ALL_TARGET: AccessTarget = { ...TARGET, id: 'all-nodes', instanceTags: {} };
const FLOW: Flow = {
  id: 'node-access',
  broker: 'aws',
  label: 'Node access',
  breakGlass: false,
  targets: [TARGET, ALL_TARGET, DEV_TARGET],
  fields: [{ name: 'reason', label: 'Why?', type: 'string', required: true, visible: true }],
};
const DRAFT = { flowId: FLOW.id, targetId: TARGET.id, values: { reason: 'the deploy is stuck' } };

/** Everything of one person, over one sandbox. */
class Person {
  readonly clients: AwsClients;
  readonly api: NodeAccessApi;
  readonly credentials: NodeAccessCredentials;
  readonly broker: NodeAccessBroker;
  readonly inbox: NodeAccessInbox;

  constructor(url: string, identity: (accountId: string) => CredentialSource) {
    this.clients = new AwsClients({ env: { AWS_ENDPOINT_URL: url }, clock: systemClock, log: silentLog });
    this.api = new NodeAccessApi({
      clients: this.clients,
      identity: ({ accountId }) => ({ credentials: identity(accountId) }),
    });
    this.credentials = new NodeAccessCredentials({ api: this.api, clock: systemClock });
    this.broker = new NodeAccessBroker({ api: this.api, credentials: this.credentials });
    this.inbox = new NodeAccessInbox({ api: this.api, log: silentLog });
  }

  static of(sandbox: Sandbox, user: User, role: string): Person {
    return new Person(sandbox.url, accountId => {
      const set = findPermissionSet(role);
      if (!set) throw new Error(`There is no ${role}`);
      const issued = sandbox.credentials.issue(principalOf(user.email, accountId, set), 3_600_000);
      return () => Promise.resolve(issued);
    });
  }

  async pending(ref: BrokerRef): Promise<InboxItem> {
    return find(await this.inbox.listPending(PLACE), ref);
  }

  async granted(ref: BrokerRef): Promise<InboxItem> {
    return find(await this.inbox.listGranted(PLACE, Date.now() - 3_600_000), ref);
  }
}

function find(items: readonly InboxItem[], ref: BrokerRef): InboxItem {
  const item = items.find(({ id }) => id === ref.runId);
  if (!item) throw new Error(`${ref.runId} is not in the inbox`);
  return item;
}

brokerContract('AWS just-in-time node access', { cancel: true, probe: true, revoke: true }, async () => {
  const sandbox = new Sandbox();
  await sandbox.start();
  const sam = Person.of(sandbox, SAM, 'NodeAccessRequester');
  const ana = Person.of(sandbox, ANA, 'NodeAccessApprover');
  const signedOut = new Person(sandbox.url, () => () => {
    return Promise.reject(new AppError('signed-out', 'Nobody is signed in'));
  });
  const unreachable = new Person('http://127.0.0.1:1', () => () => {
    return Promise.resolve({ accessKeyId: 'AKIA', secretAccessKey: 'secret', expiresAt: Infinity });
  });
  return {
    broker: sam.broker,
    signedOut: signedOut.broker,
    signedOutCode: 'signed-out' as const,
    unreachable: unreachable.broker,
    flow: FLOW,
    target: TARGET,
    otherTarget: ALL_TARGET,
    draft: DRAFT,
    instanceKey: WEB_1,
    approve: async ref => ana.inbox.approve(await ana.pending(ref), 'fine'),
    deny: async ref => ana.inbox.reject(await ana.pending(ref), 'use the runbook'),
    revoke: async ref => ana.inbox.revoke(await ana.granted(ref)),
    close: async () => {
      for (const person of [sam, ana, signedOut, unreachable]) person.clients.dispose();
      await sandbox.stop();
    },
  };
});

describe('node access of two people over the sandbox', () => {
  const sandbox = new Sandbox();
  let sam: Person;
  let ana: Person;

  beforeAll(async () => {
    await sandbox.start();
    sam = Person.of(sandbox, SAM, 'NodeAccessRequester');
    ana = Person.of(sandbox, ANA, 'NodeAccessApprover');
  });
  afterAll(async () => {
    sam.clients.dispose();
    ana.clients.dispose();
    await sandbox.stop();
  });

  const submit = (instanceKey?: string, values: Record<string, string> = DRAFT.values, target = TARGET) =>
    sam.broker.submit({
      requestId: '00000000-0000-4000-8000-000000000001',
      flow: FLOW,
      target,
      draft: { ...DRAFT, values },
      ...(instanceKey === undefined ? {} : { instanceKey }),
    });

  it('opens a session with what was granted, on that instance only', async () => {
    const ref = await submit(WEB_1);
    await ana.inbox.approve(await ana.pending(ref));
    const sessions = new SessionApi({
      credentials: () => sam.credentials.get(ref),
      region: PLACE.region,
      clients: sam.clients,
      log: silentLog,
    });
    const session = await sessions.start({ instanceId: 'i-060ee0879f3ec4eb7', reason: ref.runId });
    expect(session.streamUrl).toContain('/v1/data-channel/');
    // The token may open the channel too: its signature is checked, and ssmmessages:OpenDataChannel with it.
    const headers = await sessions.signUpgrade(session.streamUrl);
    expect(headers).toHaveProperty('authorization');
    const socket = new WebSocket(session.streamUrl, { headers });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    socket.terminate();
    await sessions.terminate(session.sessionId);
    await expect(sessions.start({ instanceId: 'i-0b3d7a94e1c2f5860' })).rejects.toMatchObject({
      code: 'access-denied',
      details: { action: 'ssm:StartSession' },
    });
  });

  it('keeps what AWS handed out, and asks again when told or when it is over', async () => {
    const ref = await submit(WEB_1);
    await expect(sam.credentials.get(ref)).rejects.toMatchObject({
      code: 'no-grant',
      details: { status: 'Pending' },
    });
    await ana.inbox.approve(await ana.pending(ref));
    const first = await sam.credentials.get(ref);
    expect(await sam.credentials.get(ref)).toBe(first);
    expect((await sam.credentials.get(ref, { fresh: true })).accessKeyId).not.toBe(first.accessKeyId);
    await ana.inbox.revoke(await ana.granted(ref));
    await expect(sam.credentials.get(ref, { fresh: true })).rejects.toMatchObject({ code: 'no-grant' });
    await expect(sam.credentials.get(ref)).rejects.toMatchObject({ details: { status: 'Revoked' } });
  });

  it('shows an approver what waits, oldest first, with all there is to decide by', async () => {
    const before = await ana.inbox.listPending(PLACE);
    const first = await submit(WEB_1, { reason: 'one' });
    const second = await submit(WEB_2, { reason: 'two' });
    const items = (await ana.inbox.listPending(PLACE)).slice(before.length);
    expect(items.map(({ id, reason, instanceKeys }) => ({ id, reason, instanceKeys }))).toEqual([
      { id: first.runId, reason: 'one', instanceKeys: [WEB_1] },
      { id: second.runId, reason: 'two', instanceKeys: [WEB_2] },
    ]);
    expect(items[0]?.requester).toMatch(/\/sam@myco\.example$/);
    expect(Math.abs((items[0]?.requestedAt ?? 0) - Date.now())).toBeLessThan(60_000);
    await ana.inbox.reject(await ana.pending(first));
    const left = (await ana.inbox.listPending(PLACE)).map(({ id }) => id);
    expect(left).not.toContain(first.runId);
    expect(left).toContain(second.runId);
  });

  it('lists every page', async () => {
    const other = { accountId: PROD.id, region: 'eu-west-1' };
    const webEu = `${PROD.id}/eu-west-1/i-0c59e7a3d1f8b6240`;
    for (let n = 0; n < 52; n++) await submit(webEu, { reason: `number ${n}` });
    const items = await ana.inbox.listPending(other);
    expect(new Set(items.map(({ reason }) => reason)).size).toBe(52);
  });

  it('says in AWS’s words why one may not decide', async () => {
    const ref = await submit(WEB_1);
    const own = Person.of(sandbox, SAM, 'NodeAccessApprover');
    try {
      await expect(own.inbox.approve(await ana.pending(ref))).rejects.toMatchObject({
        code: 'broker-forbidden',
        message: 'You cannot decide about an access request of your own.',
      });
    } finally {
      own.clients.dispose();
    }
    const item = await ana.pending(ref);
    await ana.inbox.reject(item);
    await expect(ana.inbox.approve(item)).rejects.toMatchObject({ code: 'broker-refused' });
  });

  it('cannot give back what a policy approved, and says so', async () => {
    const ref = await submit(DEV_WEB_1, DRAFT.values, DEV_TARGET);
    expect((await sam.broker.read(ref)).phase).toBe('escalated');
    await expect(sam.broker.giveBack(ref)).rejects.toMatchObject({
      code: 'broker-refused',
      message: expect.stringContaining('A policy of the account approved this'),
    });
    expect((await sam.broker.read(ref)).phase).toBe('escalated');
  });

  it.each([
    ['from no instance', undefined, DRAFT.values, 'target'],
    ['from an instance of another account', DEV_WEB_1, DRAFT.values, 'target'],
    ['without a reason', WEB_1, { reason: '  ' }, 'reason'],
    ['with a reason that AWS would refuse', WEB_1, { reason: 'x'.repeat(257) }, 'reason'],
  ])('asks for nothing %s', async (_how, key, values, field) => {
    const sent = sandbox.accessRequests.all().length;
    await expect(submit(key, values)).rejects.toMatchObject({
      code: 'request-invalid',
      details: { [field]: expect.stringMatching(/./) },
    });
    expect(sandbox.accessRequests.all()).toHaveLength(sent);
  });

  it('tells AWS’s refusal of a request word for word', async () => {
    const unmanaged = `${PROD.id}/us-east-1/i-0e27f4b8d5a1963c0`;
    await expect(submit(unmanaged)).rejects.toMatchObject({
      code: 'broker-refused',
      message: 'Managed node i-0e27f4b8d5a1963c0 does not exist.',
    });
    const viewer = Person.of(sandbox, SAM, 'ViewOnlyAccess');
    try {
      await expect(
        viewer.api.startAccessRequest(PLACE, { reason: 'x', instanceIds: ['i-060ee0879f3ec4eb7'] }),
      ).rejects.toMatchObject({ code: 'broker-forbidden', details: { action: 'ssm:StartAccessRequest' } });
    } finally {
      viewer.clients.dispose();
    }
  });

  it('makes grants of the ledger that cover the asked instance alone, and outlive a restart', async () => {
    const store = new MemoryStore();
    const open = () => {
      const ledger = new GrantLedger({
        brokers: new Map([[sam.broker.id, sam.broker]]),
        flows: () => [FLOW],
        probe: { probe: () => Promise.reject(new Error('Only for roles of Identity Center')) },
        clock: systemClock,
        store,
        log: silentLog,
      });
      ledger.start();
      return ledger;
    };
    const tags = { Department: 'FrontEnd' };
    const [one, two] = ['i-060ee0879f3ec4eb7', 'i-0b3d7a94e1c2f5860'].map(id => ({ ...PLACE, id, tags }));
    let ledger = open();
    try {
      const request = await ledger.submit(DRAFT, { whenActive: 'nothing', instanceKey: WEB_1 });
      expect(ledger.canCancel(request.id)).toBe(true);
      const active = new Promise<void>(resolve => {
        ledger.onDidTransition(({ kind }) => kind === 'active' && resolve());
      });
      await ana.inbox.approve(await ana.pending(request.brokerRef ?? { runId: '' }));
      ledger.recheck();
      await active;
      ledger.dispose();
      ledger = open();
      const grant = ledger.grant(request.id);
      expect(grant).toMatchObject({ phase: 'active', boundBy: 'role-credentials', instanceKeys: [WEB_1] });
      expect(ledger.canCancel(request.id)).toBe(false);
      if (!grant || !one || !two) throw new Error('The grant is gone');
      expect(covers(grant, one, Date.now())).toBe(true);
      expect(covers(grant, two, Date.now())).toBe(false);
      const ended = new Promise<string | undefined>(resolve => {
        ledger.onDidTransition(({ kind, grant: now }) => kind === 'ended' && resolve(now?.endReason));
      });
      await ledger.giveBack(request.id);
      expect(await ended).toBe('given-back');
    } finally {
      ledger.dispose();
    }
  });

  it('takes a request back through the ledger', async () => {
    const ledger = new GrantLedger({
      brokers: new Map([[sam.broker.id, sam.broker]]),
      flows: () => [FLOW],
      probe: { probe: () => Promise.reject(new Error('Only for roles of Identity Center')) },
      clock: systemClock,
      store: new MemoryStore(),
      log: silentLog,
    });
    ledger.start();
    try {
      const over = new Promise<string>(resolve => {
        ledger.onDidTransition(({ kind }) => kind !== 'submitted' && kind !== 'pending' && resolve(kind));
      });
      const request = await ledger.submit(DRAFT, { whenActive: 'nothing', instanceKey: WEB_1 });
      await ledger.cancel(request.id);
      expect(await over).toBe('cancelled');
      await expect(ledger.cancel(request.id)).rejects.toMatchObject({ code: 'request-invalid' });
    } finally {
      ledger.dispose();
    }
  });
});
