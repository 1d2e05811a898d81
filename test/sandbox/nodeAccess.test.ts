import {
  DescribeOpsItemsCommand,
  GetAccessTokenCommand,
  GetOpsItemCommand,
  ResumeSessionCommand,
  SendAutomationSignalCommand,
  SSMClient,
  StartAccessRequestCommand,
  StartSessionCommand,
  StopAutomationExecutionCommand,
  TerminateSessionCommand,
  type SignalType,
} from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock, type Clock } from '../../src/base/clock';
import { Sandbox } from '../../src/sandbox/sandbox';
import { principalOf } from '../../src/sandbox/state/assignments';
import { ANA, DEV, findPermissionSet, PROD, SAM, type User } from '../../src/sandbox/world/organization';

const WEB_1 = 'i-060ee0879f3ec4eb7';
const WEB_2 = 'i-0b3d7a94e1c2f5860';
const BACKEND_1 = 'i-05b7516a19f826be9';
const UNMANAGED = 'i-0e27f4b8d5a1963c0';
const DEV_WEB_1 = 'i-092d6b5f4e8a7c130';

/** The system's clock, and as much ahead of it as a test says. */
class ShiftedClock implements Clock {
  aheadMs = 0;

  now(): number {
    return systemClock.now() + this.aheadMs;
  }

  schedule(delayMs: number, callback: () => void) {
    return systemClock.schedule(delayMs, callback);
  }
}

describe('just-in-time node access, by the SDK’s own client', () => {
  const clock = new ShiftedClock();
  const sandbox = new Sandbox({}, { clock });
  const clients: SSMClient[] = [];

  beforeAll(async () => {
    await sandbox.start();
  });
  afterAll(async () => {
    for (const client of clients) client.destroy();
    await sandbox.stop();
  });

  function as(
    user: User,
    role: 'NodeAccessRequester' | 'NodeAccessApprover' | 'ViewOnlyAccess',
    place: { accountId?: string; region?: string } = {},
  ): SSMClient {
    const set = findPermissionSet(role);
    if (!set) throw new Error(`There is no ${role}`);
    const principal = principalOf(user.email, place.accountId ?? PROD.id, set);
    return client(sandbox.credentials.issue(principal, 3_600_000), place.region);
  }

  function client(
    credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string },
    region = 'us-east-1',
  ): SSMClient {
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    const made = new SSMClient({
      region,
      endpoint: sandbox.url,
      credentials: { accessKeyId, secretAccessKey, sessionToken },
      systemClockOffset: clock.aheadMs,
      maxAttempts: 1,
    });
    clients.push(made);
    return made;
  }

  const ask = async (by: SSMClient, ids: readonly string[], reason = 'the disk of web-1 is full') => {
    const { AccessRequestId } = await by.send(
      new StartAccessRequestCommand({
        Reason: reason,
        Targets: [{ Key: 'InstanceIds', Values: [...ids] }],
      }),
    );
    if (!AccessRequestId) throw new Error('No id');
    return AccessRequestId;
  };

  const token = (by: SSMClient, id: string) => by.send(new GetAccessTokenCommand({ AccessRequestId: id }));

  const executionOf = async (by: SSMClient, id: string): Promise<string> => {
    const { OpsItem } = await by.send(new GetOpsItemCommand({ OpsItemId: id }));
    const value = OpsItem?.OperationalData?.['/aws/accessrequest']?.Value ?? '';
    const { automationExecutionId } = JSON.parse(value) as { automationExecutionId?: string };
    if (!automationExecutionId) throw new Error(`${id} has no automation`);
    return automationExecutionId;
  };

  const signal = async (by: SSMClient, id: string, type: SignalType, comment?: string) => {
    const AutomationExecutionId = await executionOf(as(ANA, 'NodeAccessApprover'), id);
    return by.send(
      new SendAutomationSignalCommand({
        AutomationExecutionId,
        SignalType: type,
        ...(comment === undefined ? {} : { Payload: { Comment: [comment] } }),
      }),
    );
  };

  /** The client that the token of an approved request makes. */
  const withToken = async (by: SSMClient, id: string): Promise<SSMClient> => {
    const { Credentials } = await token(by, id);
    const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials ?? {};
    if (!AccessKeyId || !SecretAccessKey || !SessionToken) throw new Error('No credentials');
    return client({
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
    });
  };

  describe('StartAccessRequest', () => {
    it('waits for an approver where a manual policy decides', async () => {
      const sam = as(SAM, 'NodeAccessRequester');
      const id = await ask(sam, [WEB_1]);
      expect(id).toMatch(/^oi-[0-9a-f]{12}$/);
      const answer = await token(sam, id);
      expect(answer.AccessRequestStatus).toBe('Pending');
      expect(answer.Credentials).toBeUndefined();
    });

    it('is approved at once, for an hour, where the auto-approval policy permits', async () => {
      const place = { accountId: DEV.id };
      const sam = as(SAM, 'NodeAccessRequester', place);
      const before = clock.now();
      const { AccessRequestStatus, Credentials } = await token(sam, await ask(sam, [DEV_WEB_1]));
      expect(AccessRequestStatus).toBe('Approved');
      const lasts = (Credentials?.ExpirationTime?.getTime() ?? 0) - before;
      // The SDK's time has whole seconds.
      expect(lasts).toBeGreaterThanOrEqual(3_599_000);
      expect(lasts).toBeLessThanOrEqual(3_601_000 + (clock.now() - before));
    });

    it.each([
      ['no reason', '', [WEB_1], 'ValidationException'],
      ['a reason of 257 characters', 'x'.repeat(257), [WEB_1], 'ValidationException'],
      ['no node', 'why', [], 'ValidationException'],
      ['six nodes', 'why', [1, 2, 3, 4, 5, 6].map(n => `i-0000000${n}`), 'ValidationException'],
      ['a node that nobody knows', 'why', ['i-00000000'], 'ResourceNotFoundException'],
      ['a node that is not managed', 'why', [UNMANAGED], 'ResourceNotFoundException'],
      ['a node of another account', 'why', [DEV_WEB_1], 'ResourceNotFoundException'],
      ['nodes that need different approvals', 'why', [WEB_1, BACKEND_1], 'ValidationException'],
    ])('refuses %s', async (_what, reason, ids, name) => {
      await expect(ask(as(SAM, 'NodeAccessRequester'), ids, reason)).rejects.toMatchObject({ name });
    });

    it('refuses targets by tag', async () => {
      const command = new StartAccessRequestCommand({
        Reason: 'why',
        Targets: [{ Key: 'tag:Department', Values: ['FrontEnd'] }],
      });
      const sam = as(SAM, 'NodeAccessRequester');
      await expect(sam.send(command)).rejects.toMatchObject({ name: 'ValidationException' });
    });

    it('is IAM’s to allow', async () => {
      await expect(ask(as(SAM, 'ViewOnlyAccess'), [WEB_1])).rejects.toMatchObject({
        name: 'AccessDeniedException',
        message: expect.stringContaining('is not authorized to perform: ssm:StartAccessRequest'),
      });
    });
  });

  describe('GetAccessToken', () => {
    it('hands out credentials that start, resume and end sessions on the requested node', async () => {
      const sam = as(SAM, 'NodeAccessRequester');
      const id = await ask(sam, [WEB_1]);
      await signal(as(ANA, 'NodeAccessApprover'), id, 'Approve');
      const granted = await withToken(sam, id);
      const session = await granted.send(new StartSessionCommand({ Target: WEB_1 }));
      expect(session.SessionId).toMatch(/^sam@myco\.example-[0-9a-f]{17}$/);
      expect(session.StreamUrl).toContain('/v1/data-channel/');
      const resumed = await granted.send(new ResumeSessionCommand({ SessionId: session.SessionId }));
      expect(resumed.TokenValue).not.toBe(session.TokenValue);
      const ended = await granted.send(new TerminateSessionCommand({ SessionId: session.SessionId }));
      expect(ended.SessionId).toBe(session.SessionId);
    });

    it('hands out nothing for other nodes, other documents, or other calls', async () => {
      const sam = as(SAM, 'NodeAccessRequester');
      const id = await ask(sam, [WEB_1]);
      await signal(as(ANA, 'NodeAccessApprover'), id, 'Approve');
      const granted = await withToken(sam, id);
      const denied = {
        name: 'AccessDeniedException',
        message: expect.stringContaining('assumed-role/SSM-JustInTimeAccessTokenRole/sam@myco.example'),
      };
      await expect(granted.send(new StartSessionCommand({ Target: WEB_2 }))).rejects.toMatchObject(denied);
      await expect(
        granted.send(
          new StartSessionCommand({
            Target: WEB_1,
            DocumentName: 'AWS-StartPortForwardingSession',
            Parameters: { portNumber: ['80'] },
          }),
        ),
      ).rejects.toMatchObject(denied);
      await expect(granted.send(new DescribeOpsItemsCommand({}))).rejects.toMatchObject(denied);
    });

    it('covers every node that was asked for together', async () => {
      const sam = as(SAM, 'NodeAccessRequester');
      const id = await ask(sam, [WEB_1, WEB_2]);
      await signal(as(ANA, 'NodeAccessApprover'), id, 'Approve');
      const granted = await withToken(sam, id);
      for (const Target of [WEB_1, WEB_2]) {
        await expect(granted.send(new StartSessionCommand({ Target }))).resolves.toHaveProperty('SessionId');
      }
    });

    it('is for the requester alone', async () => {
      const id = await ask(as(SAM, 'NodeAccessRequester'), [WEB_1]);
      await expect(token(as(ANA, 'NodeAccessRequester'), id)).rejects.toMatchObject({
        name: 'AccessDeniedException',
      });
    });

    it('knows only requests of its own account and region', async () => {
      const id = await ask(as(SAM, 'NodeAccessRequester'), [WEB_1]);
      const notFound = { name: 'ResourceNotFoundException' };
      const elsewhere = as(SAM, 'NodeAccessRequester', { region: 'eu-west-1' });
      await expect(token(elsewhere, id)).rejects.toMatchObject(notFound);
      await expect(token(as(SAM, 'NodeAccessRequester'), 'oi-000000000000')).rejects.toMatchObject(notFound);
      await expect(token(as(SAM, 'NodeAccessRequester'), 'r-1')).rejects.toMatchObject({
        name: 'ValidationException',
      });
    });

    it('says Expired once the access is over, and leaves open sessions alone', async () => {
      const sam = as(SAM, 'NodeAccessRequester');
      const id = await ask(sam, [WEB_1]);
      await signal(as(ANA, 'NodeAccessApprover'), id, 'Approve');
      const granted = await withToken(sam, id);
      const { SessionId } = await granted.send(new StartSessionCommand({ Target: WEB_1 }));
      clock.aheadMs = 3_600_000;
      try {
        const later = as(SAM, 'NodeAccessRequester');
        expect((await token(later, id)).AccessRequestStatus).toBe('Expired');
        expect(sandbox.registry.find(SessionId ?? '')?.status).not.toBe('Terminated');
        // The SDK corrects its clock by the answer, so that only the credentials can be what is refused.
        await expect(granted.send(new StartSessionCommand({ Target: WEB_1 }))).rejects.toMatchObject({
          name: 'ExpiredTokenException',
        });
      } finally {
        clock.aheadMs = 0;
      }
    });
  });

  describe('SendAutomationSignal', () => {
    it('rejects, with a comment', async () => {
      const sam = as(SAM, 'NodeAccessRequester');
      const id = await ask(sam, [WEB_1]);
      await signal(as(ANA, 'NodeAccessApprover'), id, 'Reject', 'use the runbook');
      expect((await token(sam, id)).AccessRequestStatus).toBe('Rejected');
    });

    it('revokes what was approved; credentials already handed out live on', async () => {
      const sam = as(SAM, 'NodeAccessRequester');
      const id = await ask(sam, [WEB_1]);
      await signal(as(ANA, 'NodeAccessApprover'), id, 'Approve');
      const granted = await withToken(sam, id);
      await signal(as(ANA, 'NodeAccessApprover'), id, 'Revoke');
      const answer = await token(sam, id);
      expect(answer.AccessRequestStatus).toBe('Revoked');
      expect(answer.Credentials).toBeUndefined();
      await expect(granted.send(new StartSessionCommand({ Target: WEB_1 }))).resolves.toHaveProperty(
        'SessionId',
      );
    });

    it('refuses to let anyone decide about a request of their own', async () => {
      const sam = as(SAM, 'NodeAccessRequester');
      const id = await ask(sam, [WEB_1]);
      for (const type of ['Approve', 'Reject'] as const) {
        await expect(signal(as(SAM, 'NodeAccessApprover'), id, type)).rejects.toMatchObject({
          name: 'AccessDeniedException',
          message: expect.stringContaining('of your own'),
        });
      }
      expect((await token(sam, id)).AccessRequestStatus).toBe('Pending');
    });

    it('refuses whoever is no approver, by policy or by IAM', async () => {
      const id = await ask(as(SAM, 'NodeAccessRequester'), [WEB_1]);
      const denied = { name: 'AccessDeniedException' };
      await expect(signal(as(ANA, 'NodeAccessRequester'), id, 'Approve')).rejects.toMatchObject(denied);
      await expect(signal(as(ANA, 'ViewOnlyAccess'), id, 'Approve')).rejects.toMatchObject({
        ...denied,
        message: expect.stringContaining('ssm:SendAutomationSignal'),
      });
    });

    it.each([
      ['Revoke', 'while it waits', undefined],
      ['Resume', 'while it waits', undefined],
      ['Approve', 'once it is rejected', 'Reject'],
      ['Reject', 'once it is approved', 'Approve'],
      ['Revoke', 'once it is rejected', 'Reject'],
    ] as const)('refuses %s %s', async (type, _when, first) => {
      const id = await ask(as(SAM, 'NodeAccessRequester'), [WEB_1]);
      const ana = as(ANA, 'NodeAccessApprover');
      if (first) await signal(ana, id, first);
      await expect(signal(ana, id, type)).rejects.toMatchObject({ name: 'InvalidAutomationSignalException' });
    });

    it('does not know other automations, nor signals that the API does not list', async () => {
      const ana = as(ANA, 'NodeAccessApprover');
      const send = (AutomationExecutionId: string, SignalType: string) =>
        ana.send(
          new SendAutomationSignalCommand({ AutomationExecutionId, SignalType: SignalType as SignalType }),
        );
      const unknown = '9231944f-61c6-40be-8bce-8ee2b0000000';
      // What IAM allows hangs on the automation's tag: without one there is nothing that could be allowed.
      await expect(send(unknown, 'Approve')).rejects.toMatchObject({ name: 'AccessDeniedException' });
      await expect(send(unknown, 'Deny')).rejects.toMatchObject({ name: 'ValidationException' });
    });
  });

  describe('StopAutomationExecution', () => {
    it('takes a waiting request back, once', async () => {
      const sam = as(SAM, 'NodeAccessRequester');
      const id = await ask(sam, [WEB_1]);
      const stop = new StopAutomationExecutionCommand({
        AutomationExecutionId: await executionOf(sam, id),
        Type: 'Cancel',
      });
      await sam.send(stop);
      const { OpsItem } = await sam.send(new GetOpsItemCommand({ OpsItemId: id }));
      expect(OpsItem?.Status).toBe('Cancelled');
      expect((await token(sam, id)).AccessRequestStatus).toBe('Rejected');
      await expect(sam.send(stop)).rejects.toMatchObject({ name: 'InvalidAutomationStatusUpdateException' });
    });

    it('is IAM’s to allow', async () => {
      const id = await ask(as(SAM, 'NodeAccessRequester'), [WEB_1]);
      const ana = as(ANA, 'NodeAccessApprover');
      const AutomationExecutionId = await executionOf(ana, id);
      await expect(
        ana.send(new StopAutomationExecutionCommand({ AutomationExecutionId })),
      ).rejects.toMatchObject({ name: 'AccessDeniedException' });
    });
  });

  describe('OpsItems', () => {
    it('tell an approver who asks for what, why, and since when', async () => {
      const before = Math.floor(clock.now() / 1000) * 1000;
      const id = await ask(as(SAM, 'NodeAccessRequester'), [WEB_1], 'the deploy is stuck');
      const { OpsItem } = await as(ANA, 'NodeAccessApprover').send(new GetOpsItemCommand({ OpsItemId: id }));
      expect(OpsItem).toMatchObject({
        OpsItemId: id,
        OpsItemType: '/aws/accessrequest',
        Status: 'PendingApproval',
        Description: 'the deploy is stuck',
        CreatedBy: expect.stringMatching(
          /assumed-role\/AWSReservedSSO_NodeAccessRequester_.*\/sam@myco\.example$/,
        ),
      });
      expect(OpsItem?.CreatedTime?.getTime()).toBeGreaterThanOrEqual(before);
      expect(JSON.parse(OpsItem?.OperationalData?.['/aws/resources']?.Value ?? '')).toEqual([
        { arn: `arn:aws:ec2:us-east-1:${PROD.id}:instance/${WEB_1}` },
      ]);
    });

    it('are filtered and paged', async () => {
      const place = { region: 'eu-west-1' };
      const sam = as(SAM, 'NodeAccessRequester', place);
      const WEB_EU = 'i-0c59e7a3d1f8b6240';
      const ids = [await ask(sam, [WEB_EU]), await ask(sam, [WEB_EU]), await ask(sam, [WEB_EU])];
      const ana = as(ANA, 'NodeAccessApprover', place);
      await ana.send(
        new SendAutomationSignalCommand({
          AutomationExecutionId: await executionOf(ana, ids[1] ?? ''),
          SignalType: 'Reject',
        }),
      );
      const filters = [
        { Key: 'OpsItemType' as const, Values: ['/aws/accessrequest'], Operator: 'Equal' as const },
        { Key: 'Status' as const, Values: ['Pending', 'PendingApproval'], Operator: 'Equal' as const },
      ];
      const seen: (string | undefined)[] = [];
      let NextToken: string | undefined;
      let pages = 0;
      do {
        const page = await ana.send(
          new DescribeOpsItemsCommand({
            OpsItemFilters: filters,
            MaxResults: 1,
            ...(NextToken === undefined ? {} : { NextToken }),
          }),
        );
        seen.push(...(page.OpsItemSummaries ?? []).map(item => item.OpsItemId));
        NextToken = page.NextToken;
        pages++;
      } while (NextToken !== undefined);
      expect({ seen, pages }).toEqual({ seen: [ids[2], ids[0]], pages: 2 });

      const find = async (filter: { Key: string; Values: string[]; Operator: string }) => {
        const { OpsItemSummaries } = await ana.send(
          new DescribeOpsItemsCommand({ OpsItemFilters: [filter as (typeof filters)[number]] }),
        );
        return OpsItemSummaries?.map(item => item.OpsItemId);
      };
      expect(await find({ Key: 'OpsItemType', Values: ['/aws/issue'], Operator: 'Equal' })).toEqual([]);
      expect(
        await find({ Key: 'AccessRequestByTargetResourceId', Values: [WEB_EU], Operator: 'Equal' }),
      ).toHaveLength(3);
      expect(
        await find({ Key: 'AccessRequestByRequesterArn', Values: ['/ana@'], Operator: 'Contains' }),
      ).toEqual([]);
      const hourAgo = new Date(clock.now() - 3_600_000).toISOString();
      expect(await find({ Key: 'CreatedTime', Values: [hourAgo], Operator: 'LessThan' })).toEqual([]);
      await expect(find({ Key: 'Severity', Values: ['1'], Operator: 'Equal' })).rejects.toMatchObject({
        name: 'ValidationException',
      });
    });

    it('are IAM’s to show', async () => {
      const viewer = as(SAM, 'ViewOnlyAccess');
      const denied = { name: 'AccessDeniedException' };
      await expect(viewer.send(new DescribeOpsItemsCommand({}))).rejects.toMatchObject(denied);
      await expect(
        viewer.send(new GetOpsItemCommand({ OpsItemId: 'oi-000000000000' })),
      ).rejects.toMatchObject(denied);
      await expect(
        as(ANA, 'NodeAccessApprover').send(new GetOpsItemCommand({ OpsItemId: 'oi-000000000000' })),
      ).rejects.toMatchObject({ name: 'OpsItemNotFoundException' });
    });
  });
});
