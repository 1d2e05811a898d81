import {
  DescribeInstanceInformationCommand,
  DescribeInstancePropertiesCommand,
  DescribeSessionsCommand,
  GetConnectionStatusCommand,
  GetDocumentCommand,
  paginateDescribeInstanceInformation,
  ResumeSessionCommand,
  StartSessionCommand,
  TerminateSessionCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BACKEND_1, Contract, OFFLINE, refusal, STOPPED, UNMANAGED, WEB_1, WEB_EU } from './support/contract';

const SAM = 'sam@myco.example';
const ANA = 'ana@myco.example';
const FORWARD = 'AWS-StartPortForwardingSession';
const FORWARD_REMOTE = 'AWS-StartPortForwardingSessionToRemoteHost';

describe('Session Manager’s control plane, by the SDK’s own client', () => {
  const contract = new Contract({ fleetSize: 90 });
  let viewer: SSMClient;
  let frontEnd: SSMClient;

  beforeAll(async () => {
    await contract.start();
    viewer = contract.ssm(contract.keys(SAM, 'ViewOnlyAccess'));
    frontEnd = contract.ssm(contract.keys(SAM, 'FrontEndSSHAccess'));
  });
  afterAll(() => contract.stop());

  const start = (input: object, client = frontEnd) =>
    client.send(new StartSessionCommand({ Target: WEB_1, ...input }));

  describe('managed nodes', () => {
    it('tells how each stands, and leaves out what is not managed', async () => {
      const nodes = new Map<string, object>();
      for await (const page of paginateDescribeInstanceInformation({ client: viewer, pageSize: 50 }, {})) {
        for (const node of page.InstanceInformationList ?? []) nodes.set(node.InstanceId ?? '', node);
      }
      expect(nodes.get(WEB_1)).toMatchObject({
        PingStatus: 'Online',
        PlatformType: 'Linux',
        AgentVersion: '3.3.1142.0',
        ComputerName: 'ip-10-0-1-17.ec2.internal',
      });
      expect(nodes.get(OFFLINE)).toMatchObject({ PingStatus: 'ConnectionLost' });
      expect(nodes.has(UNMANAGED)).toBe(false);
      expect(nodes.has(WEB_EU)).toBe(false);
    });

    it('gives ten at a time unless asked otherwise', async () => {
      const first = await viewer.send(new DescribeInstanceInformationCommand({}));
      expect(first.InstanceInformationList).toHaveLength(10);
      expect(first.NextToken).toBeTruthy();
      const call = viewer.send(new DescribeInstanceInformationCommand({ MaxResults: 51 }));
      expect(await refusal(call)).toMatchObject({ name: 'ValidationException' });
      const bad = viewer.send(new DescribeInstanceInformationCommand({ NextToken: 'made up' }));
      expect(await refusal(bad)).toMatchObject({ name: 'InvalidNextToken' });
    });

    it('filters', async () => {
      const list = async (Filters: { Key: string; Values: string[] }[]) => {
        const answer = await viewer.send(new DescribeInstanceInformationCommand({ Filters, MaxResults: 50 }));
        return answer.InstanceInformationList?.map(({ InstanceId }) => InstanceId);
      };
      expect(await list([{ Key: 'InstanceIds', Values: [WEB_1, UNMANAGED] }])).toEqual([WEB_1]);
      expect(await list([{ Key: 'PingStatus', Values: ['ConnectionLost'] }])).toContain(OFFLINE);
      expect(await list([{ Key: 'tag:Name', Values: ['backend-1'] }])).toEqual([BACKEND_1]);
      const call = viewer.send(
        new DescribeInstanceInformationCommand({ Filters: [{ Key: 'Colour', Values: ['red'] }] }),
      );
      expect(await refusal(call)).toMatchObject({ name: 'InvalidFilterKey' });
    });

    it('tells their properties', async () => {
      const { InstanceProperties } = await viewer.send(
        new DescribeInstancePropertiesCommand({
          FiltersWithOperator: [{ Key: 'InstanceIds', Values: [WEB_1], Operator: 'Equal' }],
        }),
      );
      expect(InstanceProperties).toHaveLength(1);
      expect(InstanceProperties?.[0]).toMatchObject({
        Name: 'web-1',
        InstanceId: WEB_1,
        InstanceState: 'running',
        PingStatus: 'Online',
      });
    });

    it.each([
      [WEB_1, 'connected'],
      [OFFLINE, 'notconnected'],
      [STOPPED, 'notconnected'],
      [UNMANAGED, 'notconnected'],
      ['i-00000000000000000', 'notconnected'],
    ])('GetConnectionStatus of %s is %s', async (Target, Status) => {
      expect(await viewer.send(new GetConnectionStatusCommand({ Target }))).toMatchObject({ Target, Status });
    });
  });

  describe('StartSession', () => {
    it('opens a session on what the tags allow', async () => {
      const { SessionId = '', TokenValue, StreamUrl } = await start({ Reason: 'contract test' });
      expect(SessionId).toMatch(/^sam@myco\.example-[0-9a-f]{17}$/);
      expect(TokenValue?.length).toBeLessThanOrEqual(300);
      expect(StreamUrl).toMatch(
        new RegExp(`^ws://127\\.0\\.0\\.1:\\d+/v1/data-channel/${SessionId}\\?role=publish_subscribe`),
      );
      const session = contract.sandbox.registry.find(SessionId);
      expect(session).toMatchObject({ instanceId: WEB_1, reason: 'contract test', status: 'Connecting' });
      expect(session?.document).toMatchObject({ sessionType: 'Standard_Stream', properties: {} });
    });

    it('words the article’s denial', async () => {
      const denied = await refusal(start({ Target: BACKEND_1 }));
      expect(denied).toEqual({
        name: 'AccessDeniedException',
        status: 400,
        message:
          'User: arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_FrontEndSSHAccess_62bd274a20760ba0/' +
          'sam@myco.example is not authorized to perform: ssm:StartSession on resource: ' +
          `arn:aws:ec2:us-east-1:123456789012:instance/${BACKEND_1} because no identity-based policy allows the ` +
          'ssm:StartSession action',
      });
    });

    it('is not for a viewer', async () => {
      expect(await refusal(start({}, viewer))).toMatchObject({ name: 'AccessDeniedException' });
    });

    it.each([
      ['stopped', STOPPED],
      ['unmanaged', UNMANAGED],
      ['offline', OFFLINE],
    ])('finds a %s instance not connected', async (_, Target) => {
      expect(await refusal(start({ Target }))).toEqual({
        name: 'TargetNotConnected',
        message: `${Target} is not connected.`,
        status: 400,
      });
    });

    it('cannot tell an instance that is not there from one it may not touch', async () => {
      expect(await refusal(start({ Target: 'i-00000000000000000' }))).toMatchObject({
        name: 'AccessDeniedException',
      });
      expect(await refusal(start({ Target: 'web-1' }))).toMatchObject({ name: 'ValidationException' });
    });

    it('puts parameters and defaults into the document', async () => {
      const { SessionId = '' } = await start({
        DocumentName: FORWARD_REMOTE,
        Parameters: { host: ['mydb.example.us-east-1.rds.amazonaws.com'], portNumber: ['3306'] },
      });
      expect(contract.sandbox.registry.find(SessionId)?.document).toMatchObject({
        name: FORWARD_REMOTE,
        sessionType: 'Port',
        properties: {
          host: 'mydb.example.us-east-1.rds.amazonaws.com',
          portNumber: '3306',
          localPortNumber: '0',
          type: 'LocalPortForwarding',
        },
      });
      const ssh = await start({ DocumentName: 'AWS-StartSSHSession' });
      expect(contract.sandbox.registry.find(ssh.SessionId ?? '')?.document.properties).toEqual({
        portNumber: '22',
      });
    });

    it.each([
      ['a port that is none', FORWARD, { portNumber: ['65536'] }],
      ['a port of letters', FORWARD, { portNumber: ['http'] }],
      ['two values', FORWARD, { portNumber: ['80', '81'] }],
      ['a parameter the document lacks', FORWARD, { host: ['x.example'] }],
      ['a missing command', 'AWS-StartInteractiveCommand', {}],
      [
        'a value that is not offered',
        'AWS-StartNonInteractiveCommand',
        {
          command: ['id'],
          separateOutputStream: ['yes'],
        },
      ],
      ['a host with a shell in it', FORWARD_REMOTE, { host: ['a;reboot'] }],
    ])('refuses %s', async (_, DocumentName, Parameters) => {
      expect(await refusal(start({ DocumentName, Parameters }))).toMatchObject({ name: 'InvalidParameters' });
    });

    it('refuses a document it does not know, and a reason that is too long', async () => {
      expect(await refusal(start({ DocumentName: 'AWS-StartNothing' }))).toMatchObject({
        name: 'InvalidDocument',
      });
      expect(await refusal(start({ Reason: 'x'.repeat(257) }))).toMatchObject({
        name: 'ValidationException',
      });
    });

    it('asks for the document too, where the policy names documents', async () => {
      const tunnel = contract.ssm(contract.keys(ANA, 'FrontEndTunnelAccess'));
      await start({ DocumentName: FORWARD_REMOTE }, tunnel);
      await start({}, tunnel);
      const denied = await refusal(start({ DocumentName: FORWARD }, tunnel));
      expect(denied.name).toBe('AccessDeniedException');
      expect(denied.message).toContain(`on resource: arn:aws:ssm:us-east-1::document/${FORWARD} because`);
    });

    it('ends with the instance', async () => {
      const { SessionId = '' } = await start({});
      await contract.door('POST', `instances/${WEB_1}`, { ping: 'ConnectionLost' });
      expect(contract.sandbox.registry.find(SessionId)).toMatchObject({
        status: 'Terminated',
        endReason: 'instance',
      });
      expect(await refusal(start({}))).toMatchObject({ name: 'TargetNotConnected' });
      await contract.door('POST', `instances/${WEB_1}`, { ping: 'Online' });
      await start({});
    });
  });

  describe('ResumeSession and TerminateSession', () => {
    it('resumes with a new token while it lives, and without one when it has ended', async () => {
      const started = await start({});
      const { SessionId } = started;
      const resumed = await frontEnd.send(new ResumeSessionCommand({ SessionId }));
      expect(resumed.TokenValue).toBeTruthy();
      expect(resumed.TokenValue).not.toBe(started.TokenValue);
      expect(resumed.StreamUrl).toBe(started.StreamUrl);
      expect(
        contract.sandbox.registry.redeemToken(SessionId ?? '', started.TokenValue ?? ''),
      ).toBeUndefined();

      expect(await frontEnd.send(new TerminateSessionCommand({ SessionId }))).toMatchObject({ SessionId });
      const ended = await frontEnd.send(new ResumeSessionCommand({ SessionId }));
      expect(ended.TokenValue).toBeUndefined();
      await frontEnd.send(new TerminateSessionCommand({ SessionId }));
    });

    it('is only for the one who started it', async () => {
      const { SessionId } = await start({});
      const other = contract.ssm(contract.keys(ANA, 'FrontEndSSHAccess'));
      for (const call of [
        other.send(new ResumeSessionCommand({ SessionId })),
        other.send(new TerminateSessionCommand({ SessionId })),
      ]) {
        const denied = await refusal(call);
        expect(denied.name).toBe('AccessDeniedException');
        expect(denied.message).toContain(
          `on resource: arn:aws:ssm:us-east-1:123456789012:session/${SessionId} because`,
        );
      }
      expect(contract.sandbox.registry.find(SessionId ?? '')?.status).toBe('Connecting');
    });

    it('does as a fault says', async () => {
      const { SessionId = '' } = await start({});
      const resume = () => frontEnd.send(new ResumeSessionCommand({ SessionId }));
      await contract.door('POST', 'session-faults', {
        sessionId: SessionId,
        plan: { resume: { verdict: 'refuse', times: 1 } },
      });
      expect(await refusal(resume())).toMatchObject({ name: 'AccessDeniedException', status: 403 });
      expect((await resume()).TokenValue).toBeTruthy();
    });
  });

  it('lists sessions, living and past', async () => {
    const mine = contract.ssm(contract.keys(SAM, 'FrontEndSSHAccess'));
    const { SessionId } = await start({ Reason: 'to be listed' }, mine);
    const list = async (State: 'Active' | 'History') => {
      const filters = [{ key: 'SessionId' as const, value: SessionId ?? '' }];
      const { Sessions } = await viewer.send(new DescribeSessionsCommand({ State, Filters: filters }));
      return Sessions ?? [];
    };
    const [active] = await list('Active');
    expect(active).toMatchObject({ SessionId, Target: WEB_1, Status: 'Connecting', Reason: 'to be listed' });
    expect(active?.Owner).toContain('/sam@myco.example');
    expect(active?.StartDate).toBeInstanceOf(Date);
    expect(await list('History')).toEqual([]);
    await mine.send(new TerminateSessionCommand({ SessionId }));
    const [past] = await list('History');
    expect(past).toMatchObject({ SessionId, Status: 'Terminated' });
    expect(past?.EndDate).toBeInstanceOf(Date);
    const eu = contract.ssm(contract.keys(SAM, 'ViewOnlyAccess'), 'eu-west-1');
    expect((await eu.send(new DescribeSessionsCommand({ State: 'History' }))).Sessions).toEqual([]);
  });

  it('answers an operation it lacks as an unknown one', async () => {
    const call = viewer.send(new GetDocumentCommand({ Name: FORWARD }));
    expect(await refusal(call)).toMatchObject({ name: 'UnknownOperationException', status: 400 });
  });
});
