import { afterEach, describe, expect, it } from 'vitest';
import { instanceArn } from '../../../src/access/instance';
import { AwsClients } from '../../../src/aws/clients';
import { InstanceDirectory } from '../../../src/aws/instances';
import { AppError } from '../../../src/base/errors';
import { silentLog } from '../../../src/base/log';
import { describeInstancesXml, ec2Fault } from './support/awsXml';
import { SCOPE } from './support/scope';
import { JumpingClock } from './support/testClock';
import { fault, startServer, type Answer, type TestServer } from './support/testServer';

const PINGED = Date.parse('2026-11-23T07:59:00Z');
const DENIED =
  'User: arn:aws:sts::1:assumed-role/R/sam is not authorized to perform: ssm:DescribeInstanceInformation on resource: * because no identity-based policy allows the ssm:DescribeInstanceInformation action';

let server: TestServer;
let clients: AwsClients;

async function directory(answers: Record<string, Answer>) {
  server = await startServer(request => answers[request.operation]?.(request) ?? { status: 500 });
  clients = new AwsClients({
    env: { AWS_ENDPOINT_URL: server.url },
    log: silentLog,
    clock: new JumpingClock(),
  });
  return new InstanceDirectory({ clients, log: silentLog });
}
afterEach(async () => {
  clients.dispose();
  await server.close();
});

const EC2: Answer = request =>
  new URLSearchParams(request.body).get('NextToken') === 'page2'
    ? {
        body: describeInstancesXml([
          {
            owner: '123456789012',
            instances: [
              { id: 'i-3', state: 'stopped' },
              { id: 'i-4', state: 'hibernating' },
            ],
          },
        ]),
      }
    : {
        body: describeInstancesXml(
          [
            {
              owner: '123456789012',
              instances: [
                {
                  id: 'i-1',
                  tags: { Name: 'web-1', Department: 'FrontEnd' },
                  more: '<privateIpAddress>10.0.1.10</privateIpAddress><ipAddress>203.0.113.5</ipAddress><instanceType>t3.micro</instanceType><iamInstanceProfile><arn>arn:aws:iam::123456789012:instance-profile/team/web-role</arn></iamInstanceProfile><launchTime>2026-11-01T00:00:00.000Z</launchTime><groupSet><left out before the parser would stumble over it></groupSet>',
                },
              ],
            },
            { owner: '210987654321', instances: [{ id: 'i-2', tags: { Name: '' } }] },
          ],
          'page2',
        ),
      };

const SSM: Answer = request => {
  const { NextToken } = JSON.parse(request.body) as { NextToken?: string };
  const online = {
    PingStatus: 'Online',
    LastPingDateTime: PINGED / 1000,
    AgentVersion: '3.3.987.0',
    PlatformType: 'Linux',
    PlatformName: 'Amazon Linux',
  };
  return NextToken === 'more'
    ? {
        body: {
          InstanceInformationList: [
            { InstanceId: 'i-3', PingStatus: 'ConnectionLost', LastPingDateTime: PINGED / 1000 },
            { InstanceId: 'mi-1', ...online, ComputerName: 'rack-7', IPAddress: '192.168.0.7' },
            { InstanceId: 'i-9', PingStatus: 'Odd' },
          ],
        },
      }
    : { body: { InstanceInformationList: [{ InstanceId: 'i-1', ...online }], NextToken: 'more' } };
};

describe('listing instances', () => {
  it('joins all pages of EC2 with all pages of Systems Manager, and asks no page twice', async () => {
    const instances = await directory({ DescribeInstances: EC2, DescribeInstanceInformation: SSM });
    expect(await instances.list(SCOPE)).toEqual({
      problems: [],
      instances: [
        {
          id: 'i-1',
          accountId: '123456789012',
          region: 'us-east-1',
          name: 'web-1',
          state: 'running',
          privateIp: '10.0.1.10',
          publicIp: '203.0.113.5',
          instanceType: 't3.micro',
          instanceProfile: 'web-role',
          launchedAt: Date.parse('2026-11-01T00:00:00Z'),
          tags: { Name: 'web-1', Department: 'FrontEnd' },
          ssm: {
            pingStatus: 'Online',
            lastPingAt: PINGED,
            agentVersion: '3.3.987.0',
            platformType: 'Linux',
            platformName: 'Amazon Linux',
          },
        },
        {
          id: 'i-2',
          accountId: '210987654321',
          region: 'us-east-1',
          state: 'running',
          instanceProfile: '',
          tags: { Name: '' },
        },
        {
          id: 'i-3',
          accountId: '123456789012',
          region: 'us-east-1',
          state: 'stopped',
          instanceProfile: '',
          tags: {},
          ssm: { pingStatus: 'ConnectionLost', lastPingAt: PINGED },
        },
        {
          id: 'i-4',
          accountId: '123456789012',
          region: 'us-east-1',
          state: 'unknown',
          instanceProfile: '',
          tags: {},
        },
      ],
    });
    expect(server.operations().sort()).toEqual([
      'DescribeInstanceInformation',
      'DescribeInstanceInformation',
      'DescribeInstances',
      'DescribeInstances',
    ]);
  });

  it('adds machines outside EC2 when told whose they are', async () => {
    const instances = await directory({ DescribeInstances: EC2, DescribeInstanceInformation: SSM });
    const { instances: found } = await instances.list({ ...SCOPE, accountId: '123456789012' });
    expect(found.at(-1)).toEqual({
      id: 'mi-1',
      accountId: '123456789012',
      region: 'us-east-1',
      name: 'rack-7',
      state: 'unknown',
      privateIp: '192.168.0.7',
      tags: {},
      ssm: expect.objectContaining({ pingStatus: 'Online' }),
    });
    expect(found.slice(-1).map(instanceArn)).toEqual([
      'arn:aws:ssm:us-east-1:123456789012:managed-instance/mi-1',
    ]);
    expect(found.map(one => one.id)).not.toContain('i-9');
  });

  it('lists instances where Systems Manager refuses, and says so', async () => {
    const instances = await directory({
      DescribeInstances: EC2,
      DescribeInstanceInformation: () => fault('AccessDeniedException', DENIED),
    });
    const { instances: found, problems } = await instances.list(SCOPE);
    expect(found.map(one => one.id)).toEqual(['i-1', 'i-2', 'i-3', 'i-4']);
    expect(found.some(one => one.ssm)).toBe(false);
    expect(problems).toEqual([
      {
        part: 'ssm',
        error: expect.objectContaining({
          code: 'access-denied',
          details: expect.objectContaining({ action: 'ssm:DescribeInstanceInformation' }),
        }),
      },
    ]);
  });

  it('fails where EC2 refuses', async () => {
    const message = DENIED.replaceAll('ssm:DescribeInstanceInformation', 'ec2:DescribeInstances');
    const instances = await directory({
      DescribeInstances: () => ({ status: 403, body: ec2Fault('UnauthorizedOperation', message) }),
      DescribeInstanceInformation: SSM,
    });
    await expect(instances.list(SCOPE)).rejects.toMatchObject({
      code: 'access-denied',
      details: { action: 'ec2:DescribeInstances', awsCode: 'UnauthorizedOperation' },
    });
  });

  it('is patient with throttling', async () => {
    let turn = 0;
    const instances = await directory({
      DescribeInstances: request =>
        (turn += 1) === 1 ? { status: 503, body: ec2Fault('RequestLimitExceeded', 'slow') } : EC2(request),
      DescribeInstanceInformation: SSM,
    });
    expect((await instances.list(SCOPE)).instances).toHaveLength(4);
  });

  it('fails as the credentials do', async () => {
    const instances = await directory({});
    const credentials = () => Promise.reject(new AppError('signed-out', 'Nobody is signed in.'));
    await expect(instances.list({ ...SCOPE, credentials })).rejects.toMatchObject({ code: 'signed-out' });
    expect(server.received).toEqual([]);
  });

  it('stops in the middle of its pages', async () => {
    const abort = new AbortController();
    const instances = await directory({
      DescribeInstances: request => {
        abort.abort();
        return EC2(request);
      },
      DescribeInstanceInformation: SSM,
    });
    await expect(instances.list(SCOPE, { signal: abort.signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
});
