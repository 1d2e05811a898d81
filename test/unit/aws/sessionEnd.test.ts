import { afterEach, describe, expect, it } from 'vitest';
import { AwsClients } from '../../../src/aws/clients';
import { sessionRecord } from '../../../src/aws/sessionRecord';
import { targetState } from '../../../src/aws/targetState';
import { silentLog as log } from '../../../src/base/log';
import { describeInstancesXml, ec2Fault } from './support/awsXml';
import { SCOPE } from './support/scope';
import { JumpingClock } from './support/testClock';
import { fault, startServer, type Answer, type TestServer } from './support/testServer';

const DENIED =
  'User: arn:aws:sts::1:assumed-role/R/sam is not authorized to perform: ssm:DescribeSessions on resource: * because no identity-based policy allows the ssm:DescribeSessions action';

let server: TestServer;
let clients: AwsClients;
async function answering(answers: Record<string, Answer>) {
  server = await startServer(request => answers[request.operation]?.(request) ?? { status: 400 });
  clients = new AwsClients({ env: { AWS_ENDPOINT_URL: server.url }, log, clock: new JumpingClock() });
  return { clients, log };
}
afterEach(async () => {
  clients.dispose();
  await server.close();
});

describe('the record of a session', () => {
  const STARTED = Date.parse('2026-11-23T08:00:00Z');
  const answer =
    (more: object): Answer =>
    () => ({
      body: { Sessions: [{ SessionId: 'sam-1', StartDate: STARTED / 1000, ...more }] },
    });

  it('says when it began and ended, and how long it could last', async () => {
    const deps = await answering({
      DescribeSessions: answer({ EndDate: STARTED / 1000 + 600.5, MaxSessionDuration: '10' }),
    });
    expect(await sessionRecord(deps, SCOPE, 'sam-1')).toEqual({
      startedAt: STARTED,
      endedAt: STARTED + 600_500,
      longestMs: 600_000,
    });
    expect(JSON.parse(server.received[0]!.body)).toEqual({
      State: 'History',
      Filters: [{ key: 'SessionId', value: 'sam-1' }],
    });
    expect(server.received).toHaveLength(1);
  });

  it('has no limit where the account sets none', async () => {
    const deps = await answering({ DescribeSessions: answer({ EndDate: STARTED / 1000 + 1 }) });
    expect(await sessionRecord(deps, SCOPE, 'sam-1')).toMatchObject({ longestMs: undefined });
  });

  it.each([
    ['a session that is not over', answer({})],
    ['another session', answer({ SessionId: 'sam-2', EndDate: STARTED / 1000 })],
    ['no session', () => ({ body: {} })],
    ['a refusal', () => fault('AccessDeniedException', DENIED)],
  ] satisfies [string, Answer][])('is undefined for %s', async (_, describeSessions) => {
    const deps = await answering({ DescribeSessions: describeSessions });
    expect(await sessionRecord(deps, SCOPE, 'sam-1')).toBeUndefined();
  });

  it('is not waited for once nobody wants it', async () => {
    const deps = await answering({ DescribeSessions: answer({}) });
    await expect(sessionRecord(deps, SCOPE, 'sam-1', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
});

describe('what has become of an instance', () => {
  const ec2 =
    (state: string): Answer =>
    () => ({ body: describeInstancesXml([{ owner: '1', instances: [{ id: 'i-1', state }] }]) });
  const ping =
    (status?: string): Answer =>
    () => ({
      body: {
        InstanceInformationList: status === undefined ? [] : [{ InstanceId: 'i-1', PingStatus: status }],
      },
    });
  const refused: Answer = () => fault('AccessDeniedException', DENIED);
  const forgotten: Answer = () => ({
    status: 400,
    body: ec2Fault('InvalidInstanceID.NotFound', 'The instance ID does not exist'),
  });

  it.each([
    ['reachable', ec2('running'), ping('Online')],
    ['silent', ec2('running'), ping('ConnectionLost')],
    ['silent', ec2('running'), ping()],
    ['gone', ec2('stopping'), ping('Online')],
    ['gone', ec2('stopped'), refused],
    ['gone', ec2('terminated'), ping()],
    ['gone', forgotten, ping()],
    ['reachable', ec2('running'), refused],
    ['silent', refused, ping('ConnectionLost')],
    ['unknown', refused, refused],
  ] satisfies [string, Answer, Answer][])('%s', async (state, instances, information) => {
    const deps = await answering({ DescribeInstances: instances, DescribeInstanceInformation: information });
    expect(await targetState(deps, SCOPE, 'i-1')).toBe(state);
  });

  it('is asked of Systems Manager alone for a machine outside EC2', async () => {
    const deps = await answering({ DescribeInstanceInformation: ping('Online') });
    expect(await targetState(deps, SCOPE, 'mi-1')).toBe('reachable');
    expect(server.operations()).toEqual(['DescribeInstanceInformation']);
  });
});
