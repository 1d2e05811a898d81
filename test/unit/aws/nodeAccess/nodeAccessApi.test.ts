import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AwsClients } from '../../../../src/aws/clients';
import { NodeAccessApi } from '../../../../src/aws/nodeAccess/nodeAccessApi';
import { NodeAccessBroker } from '../../../../src/aws/nodeAccess/nodeAccessBroker';
import { NodeAccessCredentials } from '../../../../src/aws/nodeAccess/nodeAccessCredentials';
import { NodeAccessInbox } from '../../../../src/aws/nodeAccess/nodeAccessInbox';
import { systemClock } from '../../../../src/base/clock';
import { AppError } from '../../../../src/base/errors';
import { silentLog } from '../../../../src/base/log';
import { fault, startServer, type Answer, type Reply, type TestServer } from '../support/testServer';

const PLACE = { accountId: '123456789012', region: 'us-east-1' };
const REF = { runId: 'oi-0123456789ab', instanceKeys: ['123456789012/us-east-1/i-060ee0879f3ec4eb7'] };
const EXPIRES = Date.UTC(2026, 10, 23, 18);

const CREDENTIALS = {
  AccessKeyId: 'ASIAEXAMPLE',
  SecretAccessKey: 'secret',
  SessionToken: 'token',
  ExpirationTime: EXPIRES / 1000,
};

describe('the calls of just-in-time node access', () => {
  let server: TestServer;
  let clients: AwsClients;
  let answer: Answer;
  let api: NodeAccessApi;
  let credentials: NodeAccessCredentials;
  let broker: NodeAccessBroker;
  let inbox: NodeAccessInbox;

  beforeEach(async () => {
    answer = () => ({});
    server = await startServer(request => answer(request));
    clients = new AwsClients({ env: {}, clock: systemClock, log: silentLog });
    api = new NodeAccessApi({
      clients,
      identity: () => ({
        credentials: () =>
          Promise.resolve({ accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret', expiresAt: Infinity }),
        endpoints: { common: server.url },
      }),
    });
    credentials = new NodeAccessCredentials({ api, clock: systemClock });
    broker = new NodeAccessBroker({ api, credentials });
    inbox = new NodeAccessInbox({ api, log: silentLog });
  });
  afterEach(async () => {
    clients.dispose();
    await server.close();
  });

  const says = (reply: Reply) => {
    answer = () => reply;
  };

  it('sends a request once, even where the SDK would try again', async () => {
    says(fault('InternalServerError', 'try later', 500));
    const sent = api.startAccessRequest(PLACE, { reason: 'why', instanceIds: ['i-1'] });
    await expect(sent).rejects.toMatchObject({ code: 'broker-unavailable', message: 'try later' });
    expect(server.operations()).toEqual(['StartAccessRequest']);
    expect(JSON.parse(server.received[0]?.body ?? '')).toEqual({
      Reason: 'why',
      Targets: [{ Key: 'InstanceIds', Values: ['i-1'] }],
    });
  });

  it('asks again what may be asked again', async () => {
    let calls = 0;
    answer = () =>
      ++calls < 3
        ? fault('InternalServerError', 'try later', 500)
        : { body: { AccessRequestStatus: 'Pending' } };
    await expect(api.getAccessToken(PLACE, REF.runId)).resolves.toEqual({ status: 'Pending' });
    expect(calls).toBe(3);
  });

  it.each([
    ['ValidationException', 'broker-refused'],
    ['ServiceQuotaExceededException', 'broker-refused'],
    ['ResourceNotFoundException', 'broker-refused'],
    ['UnknownOperationException', 'broker-refused'],
    ['InvalidAutomationSignalException', 'broker-refused'],
    ['OpsItemAccessDeniedException', 'broker-forbidden'],
    ['AccessDeniedException', 'broker-forbidden'],
    ['InternalServerError', 'broker-unavailable'],
    // What these need is a sign-in or a clock, and not the broker.
    ['ExpiredTokenException', 'credentials-expired'],
    ['UnrecognizedClientException', 'credentials-expired'],
  ])('words %s as %s, in AWS’s words', async (type, code) => {
    says(fault(type, `AWS says ${type}`));
    const failure = api.startAccessRequest(PLACE, { reason: 'why', instanceIds: ['i-1'] });
    await expect(failure).rejects.toBeInstanceOf(AppError);
    await expect(failure).rejects.toMatchObject({
      code,
      message: expect.stringContaining(`AWS says ${type}`),
      details: { operation: 'StartAccessRequest', awsCode: type },
    });
  });

  it('does not take an answer without its substance for one', async () => {
    says({ body: {} });
    const unavailable = { code: 'broker-unavailable' };
    await expect(
      api.startAccessRequest(PLACE, { reason: 'why', instanceIds: ['i-1'] }),
    ).rejects.toMatchObject(unavailable);
    await expect(api.getAccessToken(PLACE, REF.runId)).rejects.toMatchObject(unavailable);
    await expect(api.getOpsItem(PLACE, REF.runId)).rejects.toMatchObject(unavailable);
  });

  it.each([
    ['Pending', false, { phase: 'pending' }],
    // Approved, and nothing to use it with yet.
    ['Approved', false, { phase: 'approved' }],
    ['Approved', true, { phase: 'escalated' }],
    ['Rejected', false, { phase: 'denied' }],
    ['Revoked', false, { phase: 'ended', endedBy: 'revoked' }],
    ['Expired', false, { phase: 'expired' }],
    // A status that AWS may invent later is no approval, whatever comes with it.
    ['Suspended', true, { phase: 'other' }],
  ])('reads %s (with credentials: %s) as %o', async (status, withCredentials, reading) => {
    says({
      body: { AccessRequestStatus: status, ...(withCredentials ? { Credentials: CREDENTIALS } : {}) },
    });
    expect(await broker.read(REF)).toEqual({
      ...reading,
      rawStatus: status,
      clockOffsetMs: expect.any(Number) as number,
    });
  });

  it('hands out AWS’s credentials with their end', async () => {
    says({ body: { AccessRequestStatus: 'Approved', Credentials: CREDENTIALS } });
    expect(await credentials.get(REF)).toEqual({
      accessKeyId: 'ASIAEXAMPLE',
      secretAccessKey: 'secret',
      sessionToken: 'token',
      expiresAt: EXPIRES,
    });
    expect(await broker.probe(REF)).toEqual({ usable: true, expiresAt: EXPIRES });
  });

  it('asks once for all who wait for the same answer', async () => {
    let release: (() => void) | undefined;
    const held = new Promise<void>(resolve => (release = resolve));
    answer = async () => {
      await held;
      return { body: { AccessRequestStatus: 'Approved', Credentials: CREDENTIALS } };
    };
    const both = Promise.all([broker.read(REF), credentials.get(REF)]);
    release?.();
    await both;
    expect(server.operations()).toEqual(['GetAccessToken']);
  });

  it('needs to know which instances a request is for', async () => {
    const invalid = { code: 'request-invalid' };
    await expect(broker.read({ runId: REF.runId })).rejects.toMatchObject(invalid);
    await expect(broker.read({ runId: REF.runId, instanceKeys: ['nonsense'] })).rejects.toMatchObject(
      invalid,
    );
    const apart = [...REF.instanceKeys, '123456789012/eu-west-1/i-060ee0879f3ec4eb7'];
    await expect(broker.read({ runId: REF.runId, instanceKeys: apart })).rejects.toMatchObject(invalid);
    expect(server.received).toEqual([]);
  });

  it('reads an OpsItem by what AWS documents, and does without the rest', async () => {
    const items: Record<string, object> = {
      'oi-000000000001': {
        Status: 'Pending',
        CreatedTime: 1_700_000_000,
        OperationalData: {
          '/aws/accessrequest': { Value: 'not JSON' },
          '/aws/resources': {
            Value:
              '[{"arn":"arn:aws:s3:::bucket"},{"arn":"arn:aws-us-gov:ssm:us-gov-west-1:123456789012:managed-instance/mi-0123456789abcdef0"}]',
          },
        },
      },
      'oi-000000000002': { Status: 'PendingApproval', CreatedTime: 1_600_000_000 },
      // Decided between the two calls.
      'oi-000000000003': { Status: 'Approved' },
    };
    answer = ({ operation, body }) => {
      if (operation === 'DescribeOpsItems') {
        const ids = [...Object.keys(items), 'oi-00000000dead'];
        return { body: { OpsItemSummaries: ids.map(OpsItemId => ({ OpsItemId })) } };
      }
      const { OpsItemId } = JSON.parse(body) as { OpsItemId: string };
      const item = items[OpsItemId];
      return item ? { body: { OpsItem: { OpsItemId, ...item } } } : fault('OpsItemNotFoundException', 'gone');
    };
    const found = await inbox.listPending(PLACE);
    expect(found).toEqual([
      {
        id: 'oi-000000000002',
        status: 'PendingApproval',
        place: PLACE,
        instanceKeys: [],
        requestedAt: 1_600_000_000_000,
      },
      {
        id: 'oi-000000000001',
        status: 'Pending',
        place: PLACE,
        instanceKeys: ['123456789012/us-gov-west-1/mi-0123456789abcdef0'],
        requestedAt: 1_700_000_000_000,
      },
    ]);
    const [undecidable] = found;
    if (!undecidable) throw new Error('Nothing found');
    await expect(inbox.approve(undecidable)).rejects.toMatchObject({ code: 'broker-refused' });
    expect(server.operations()).not.toContain('SendAutomationSignal');
  });

  it('sends a comment only when there is one', async () => {
    const item = {
      id: REF.runId,
      status: 'Pending',
      place: PLACE,
      instanceKeys: [],
      executionId: 'e'.repeat(36),
    };
    await inbox.approve(item, '  ');
    await inbox.reject(item, ' not today ');
    await inbox.revoke(item);
    expect(server.received.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      { AutomationExecutionId: item.executionId, SignalType: 'Approve' },
      { AutomationExecutionId: item.executionId, SignalType: 'Reject', Payload: { Comment: ['not today'] } },
      { AutomationExecutionId: item.executionId, SignalType: 'Revoke' },
    ]);
  });
});
