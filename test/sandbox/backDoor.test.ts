import { DescribeInstanceInformationCommand, StartSessionCommand } from '@aws-sdk/client-ssm';
import { DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import { ListAccountsCommand } from '@aws-sdk/client-sso';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Contract, postFromElsewhere, refusal, STOPPED, WEB_1 } from './support/contract';

const SAM = 'sam@myco.example';
const PROD = '123456789012';
const DEV = '210987654321';

describe('the back door', () => {
  const contract = new Contract();
  beforeAll(() => contract.start());
  afterAll(() => contract.stop());

  const describeNodes = () =>
    contract.ssm(contract.keys(SAM, 'ViewOnlyAccess')).send(new DescribeInstanceInformationCommand({}));

  it('makes the next calls fail, in the clothes of the service', async () => {
    await contract.door('POST', 'faults', {
      operation: 'ssm:DescribeInstanceInformation',
      kind: 'throttle',
      times: 2,
    });
    expect(await refusal(describeNodes())).toMatchObject({ name: 'ThrottlingException' });
    expect(await refusal(describeNodes())).toMatchObject({ name: 'ThrottlingException' });
    await describeNodes();

    const ec2 = contract.ec2(contract.keys(SAM, 'ViewOnlyAccess'));
    await contract.door('POST', 'faults', { operation: 'ec2:*', kind: 'throttle' });
    expect(await refusal(ec2.send(new DescribeInstancesCommand({})))).toMatchObject({
      name: 'RequestLimitExceeded',
      status: 503,
    });
    await contract.door('POST', 'faults', {
      operation: '*:*',
      kind: 'fail',
      code: 'Odd',
      message: 'So it is',
      status: 418,
    });
    expect(await refusal(describeNodes())).toMatchObject({ name: 'Odd', message: 'So it is', status: 418 });

    await contract.door('POST', 'faults', { operation: 'portal:ListAccounts', kind: 'throttle' });
    const portal = contract.portal().send(new ListAccountsCommand({ accessToken: 'x' }));
    expect(await refusal(portal)).toMatchObject({ name: 'TooManyRequestsException', status: 429 });
  });

  it('holds a call back', async () => {
    await contract.door('POST', 'faults', {
      operation: 'ssm:DescribeInstanceInformation',
      kind: 'delay',
      delayMs: 60_000,
    });
    let answered = false;
    const call = describeNodes().then(() => (answered = true));
    // The fault is used up the moment the call meets it.
    while ((await contract.door('GET', 'faults')).body.faults.length > 0);
    expect(answered).toBe(false);
    contract.clock.turn(60_000);
    await call;
    expect(answered).toBe(true);
  });

  it('takes faults back, and refuses ones that make no sense', async () => {
    await contract.door('POST', 'faults', { operation: 'ssm:*', kind: 'fail' });
    await contract.door('DELETE', 'faults');
    await describeNodes();
    expect((await contract.door('POST', 'faults', { operation: 'ssm', kind: 'fail' })).status).toBe(400);
    expect((await contract.door('POST', 'faults', { operation: 'ssm:*', kind: 'explode' })).status).toBe(400);
    expect((await contract.door('POST', 'session-faults', { plan: { nonsense: 1 } })).status).toBe(400);
  });

  it('hits only the account and region that were meant', async () => {
    const list = (accountId: string, region: string) =>
      contract
        .ec2(contract.keys(SAM, 'ViewOnlyAccess', accountId), region)
        .send(new DescribeInstancesCommand({}));
    await contract.door('POST', 'faults', {
      operation: 'ec2:*',
      kind: 'throttle',
      accountId: DEV,
      region: 'eu-west-1',
    });
    await list(PROD, 'eu-west-1');
    await list(DEV, 'us-east-1');
    expect(await refusal(list(DEV, 'eu-west-1'))).toMatchObject({ name: 'RequestLimitExceeded' });
  });

  it('answers nonsense, and cuts the connection', async () => {
    const operation = 'ssm:DescribeInstanceInformation';
    await contract.door('POST', 'faults', { operation, kind: 'garbage' });
    expect(await refusal(describeNodes())).toMatchObject({ name: 'SyntaxError' });
    await contract.door('POST', 'faults', { operation, kind: 'reset' });
    expect((await refusal(describeNodes())).message).toMatch(/ECONNRESET|socket hang up/);
    await describeNodes();
  });

  it('lets go of the calls it holds back when faults are taken back', async () => {
    await contract.door('POST', 'faults', { operation: 'ssm:*', kind: 'delay', delayMs: 60_000 });
    const call = describeNodes();
    while ((await contract.door('GET', 'faults')).body.faults.length > 0);
    await contract.door('DELETE', 'faults');
    await call;
  });

  it('lets go of the calls of one operation alone', async () => {
    const operation = 'ssm:DescribeInstanceInformation';
    await contract.door('POST', 'faults', { operation, kind: 'delay', delayMs: 60_000 });
    await contract.door('POST', 'faults', { operation: 'ec2:*', kind: 'throttle' });
    const call = describeNodes();
    while ((await contract.door('GET', 'faults')).body.faults.length > 1);
    await contract.door('DELETE', 'faults/ec2:*');
    expect((await contract.door('GET', 'faults')).body.faults).toEqual([]);
    await contract.door('DELETE', `faults/${operation}`);
    await call;
  });

  it('counts calls, the refused ones too', async () => {
    await contract.door('DELETE', 'calls');
    await contract.door('POST', 'faults', { operation: 'ssm:*', kind: 'throttle' });
    await refusal(describeNodes());
    await describeNodes();
    expect((await contract.door('GET', 'calls')).body.calls).toEqual({
      'ssm:DescribeInstanceInformation': 2,
    });
  });

  it('starts a stopped instance and stops it again', async () => {
    const client = contract.ssm(contract.keys(SAM, 'FrontEndSSHAccess'));
    const start = () => client.send(new StartSessionCommand({ Target: STOPPED }));
    expect(await refusal(start())).toMatchObject({ name: 'TargetNotConnected' });
    await contract.door('POST', `instances/${STOPPED}`, { state: 'running' });
    await start();
    await contract.door('POST', `instances/${STOPPED}`, { state: 'stopped' });
    expect(await refusal(start())).toMatchObject({ name: 'TargetNotConnected' });
    expect((await contract.door('POST', 'instances/i-0', { state: 'running' })).status).toBe(404);
  });

  it('lists sessions and ends one', async () => {
    const client = contract.ssm(contract.keys(SAM, 'FrontEndSSHAccess'));
    const { SessionId } = await client.send(new StartSessionCommand({ Target: WEB_1 }));
    const { body } = await contract.door('GET', 'sessions');
    expect(body.sessions[0]).toMatchObject({ id: SessionId, status: 'Connecting' });
    expect(JSON.stringify(body)).not.toContain('TokenValue');
    await contract.door('POST', `sessions/${SessionId}/terminate`, { output: 'Maintenance' });
    expect((await contract.door('GET', 'sessions')).body.sessions[0]).toMatchObject({ status: 'Terminated' });
    expect((await contract.door('POST', `sessions/${SessionId}/terminate`)).status).toBe(404);
    expect((await contract.door('POST', `sessions/${SessionId}/break`)).status).toBe(404);
  });

  it('is not pressed by pages from elsewhere', async () => {
    const url = `${contract.sandbox.url}/_sandbox/sso/expire`;
    expect(await postFromElsewhere(url, '{}')).toBe(403);
    expect((await contract.door('POST', 'sso/expire')).status).toBe(200);
  });

  it('shows its pages', async () => {
    const index = await (await fetch(`${contract.sandbox.url}/`)).text();
    expect(index).toContain('/_sandbox/approvals');
    const approvals = await fetch(`${contract.sandbox.url}/_sandbox/approvals`);
    expect(approvals.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await approvals.text()).toContain('sym-requests');
    expect((await contract.door('GET', 'nothing')).status).toBe(404);
  });

  it('tells the approvals page of every change', async () => {
    const answer = await fetch(`${contract.sandbox.url}/_sandbox/approvals/events`);
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader() ?? expect.fail('no body');
    const next = async () =>
      JSON.parse((await reader.read()).value?.replace(/^data: /, '') ?? 'null') as unknown;
    expect(await next()).toEqual([]);
    const { SYM_JWT } = await contract.sandbox.start();
    await fetch(`${contract.sandbox.url}/api/v1/events/request`, {
      method: 'POST',
      headers: { authorization: `Bearer ${SYM_JWT}` },
      body: JSON.stringify({
        flow_srn: 'acme:flow:aws_sso:latest',
        flow_inputs: {
          reason: 'a good reason',
          duration: 1800,
          target_srn: 'acme:access_target:aws_sso_permission_set:frontend-ssh:latest',
        },
      }),
    });
    expect(await next()).toMatchObject([
      { status: 'requested', requesterName: 'Sam Rivera', target: 'FrontEnd SSH', durationSeconds: 1800 },
    ]);
    await reader.cancel();
  });
});

describe('a large fleet', () => {
  it('is the same every time, and every id its own', async () => {
    const ids = () => {
      const { sandbox } = new Contract({ fleetSize: 10_000 });
      return [
        ...sandbox.instances.list('123456789012', 'us-east-1'),
        ...sandbox.instances.list('123456789012', 'eu-west-1'),
        ...sandbox.instances.list('210987654321', 'us-east-1'),
        ...sandbox.instances.list('210987654321', 'eu-west-1'),
      ].map(({ id }) => id);
    };
    const first = ids();
    expect(first).toHaveLength(10_012);
    expect(new Set(first).size).toBe(first.length);
    expect(first.every(id => /^m?i-[0-9a-f]{17}$/.test(id))).toBe(true);
    expect(ids()).toEqual(first);
  });

  it('fills the accounts of a large organisation evenly, each with a profile', async () => {
    const { sandbox } = new Contract({ fleetSize: 10_000, accounts: 20 });
    const { AWS_CONFIG_FILE } = await sandbox.start();
    try {
      const config = readFileSync(AWS_CONFIG_FILE, 'utf8');
      const accounts = [
        ...new Set([...config.matchAll(/^sso_account_id = (\d{12})$/gm)].map(([, id]) => id!)),
      ];
      expect(accounts).toHaveLength(20);
      for (const account of accounts) {
        const listed = ['us-east-1', 'eu-west-1', 'us-west-2'].map(region =>
          sandbox.instances.list(account, region),
        );
        for (const one of listed) expect(one.length).toBeGreaterThanOrEqual(160);
        expect(new Set(listed.flat().map(({ tags }) => tags['Department']))).toContain('BackEnd');
      }
    } finally {
      await sandbox.stop();
    }
  });

  it('is listed page by page without undue waiting', async () => {
    const contract = await new Contract({ fleetSize: 10_000 }).start();
    try {
      const ec2 = contract.ec2(contract.keys(SAM, 'ViewOnlyAccess'));
      let count = 0;
      let NextToken: string | undefined;
      do {
        const page = await ec2.send(new DescribeInstancesCommand({ MaxResults: 1000, NextToken }));
        count += page.Reservations?.length ?? 0;
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
      expect(count).toBe(contract.sandbox.instances.list('123456789012', 'us-east-1').length);
      expect(count).toBeGreaterThan(5000);
    } finally {
      await contract.stop();
    }
  });
});

describe('a machine outside EC2', () => {
  const contract = new Contract();
  beforeAll(() => contract.start());
  afterAll(() => contract.stop());

  it('is known to Systems Manager alone', async () => {
    const keys = contract.keys(SAM, 'ViewOnlyAccess', DEV);
    const nodes = await contract.ssm(keys).send(new DescribeInstanceInformationCommand({ MaxResults: 50 }));
    expect(nodes.InstanceInformationList?.filter(one => one.ResourceType === 'ManagedInstance')).toEqual([
      expect.objectContaining({ InstanceId: 'mi-0a7c9e1b3d5f72648', Name: 'rack-7', PingStatus: 'Online' }),
    ]);
    const { Reservations = [] } = await contract.ec2(keys).send(new DescribeInstancesCommand({}));
    const ids = Reservations.flatMap(({ Instances = [] }) => Instances.map(one => one.InstanceId));
    expect(ids).not.toContain('mi-0a7c9e1b3d5f72648');
    expect(ids.length).toBeGreaterThan(0);
  });
});
