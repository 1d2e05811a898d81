import {
  DescribeInstancesCommand,
  DescribeRegionsCommand,
  DescribeVpcsCommand,
  paginateDescribeInstances,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import { GetCallerIdentityCommand, GetSessionTokenCommand } from '@aws-sdk/client-sts';
import { XMLParser } from 'fast-xml-parser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { xmlElement } from '../../src/sandbox/operations/xml';
import { BACKEND_1, Contract, DEV_WEB, refusal, STOPPED, WEB_1, WEB_EU } from './support/contract';

const SAM = 'sam@myco.example';

describe('EC2 and STS, by the SDK’s own clients', () => {
  const contract = new Contract({ fleetSize: 60 });
  let ec2: EC2Client;

  beforeAll(async () => {
    await contract.start();
    ec2 = contract.ec2(contract.keys(SAM, 'ViewOnlyAccess'));
  });
  afterAll(() => contract.stop());

  async function idsOf(client: EC2Client, input: object): Promise<string[]> {
    const { Reservations = [] } = await client.send(new DescribeInstancesCommand(input));
    return Reservations.flatMap(({ Instances = [] }) => Instances.map(({ InstanceId = '' }) => InstanceId));
  }

  describe('DescribeInstances', () => {
    it('tells an instance in full', async () => {
      const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [WEB_1] }));
      expect(Reservations?.[0]?.OwnerId).toBe('123456789012');
      expect(Reservations?.[0]?.Instances?.[0]).toMatchObject({
        InstanceId: WEB_1,
        State: { Code: 16, Name: 'running' },
        InstanceType: 't3.micro',
        IamInstanceProfile: { Arn: 'arn:aws:iam::123456789012:instance-profile/MycoManagedInstance' },
        PrivateIpAddress: '10.0.1.17',
        PrivateDnsName: 'ip-10-0-1-17.ec2.internal',
        Placement: { AvailabilityZone: 'us-east-1a' },
        BlockDeviceMappings: [
          { DeviceName: '/dev/xvda', Ebs: { Status: 'attached', DeleteOnTermination: true } },
        ],
        NetworkInterfaces: [
          {
            PrivateIpAddress: '10.0.1.17',
            Attachment: { DeviceIndex: 0, Status: 'attached' },
            PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: '10.0.1.17' }],
          },
        ],
        MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2 },
        Tags: expect.arrayContaining([
          { Key: 'Name', Value: 'web-1' },
          { Key: 'Department', Value: 'FrontEnd' },
        ]),
      });
      expect(Reservations?.[0]?.Instances?.[0]?.LaunchTime).toBeInstanceOf(Date);
    });

    it('shows one account and one region at a time', async () => {
      const mine = await idsOf(ec2, {});
      expect(mine).toEqual(expect.arrayContaining([WEB_1, BACKEND_1, STOPPED]));
      expect(mine).not.toContain(WEB_EU);
      expect(mine).not.toContain(DEV_WEB);
      const eu = contract.ec2(contract.keys(SAM, 'ViewOnlyAccess'), 'eu-west-1');
      expect(await idsOf(eu, {})).toContain(WEB_EU);
      const dev = contract.ec2(contract.keys(SAM, 'ViewOnlyAccess', '210987654321'));
      expect(await idsOf(dev, {})).toContain(DEV_WEB);
      const empty = contract.ec2(contract.keys(SAM, 'ViewOnlyAccess'), 'us-west-2');
      expect(await idsOf(empty, {})).toEqual([]);
    });

    it.each([
      ['a tag', [{ Name: 'tag:Name', Values: ['web-1'] }], [WEB_1]],
      ['a tag with a wildcard', [{ Name: 'tag:Name', Values: ['web-?'] }], [WEB_1, 'i-0b3d7a94e1c2f5860']],
      [
        'state and tag together',
        [
          { Name: 'instance-state-name', Values: ['stopped'] },
          { Name: 'tag:Name', Values: ['web-*'] },
        ],
        [STOPPED],
      ],
      [
        'any of the values',
        [
          { Name: 'tag:Name', Values: ['web-1', 'backend-1'] },
          { Name: 'tag-key', Values: ['Department'] },
        ],
        [WEB_1, BACKEND_1],
      ],
      ['a private address', [{ Name: 'private-ip-address', Values: ['10.0.2.31'] }], [BACKEND_1]],
    ])('filters by %s', async (_, Filters, expected) => {
      expect((await idsOf(ec2, { Filters })).sort()).toEqual([...expected].sort());
    });

    it('pages through everything once', async () => {
      const all = await idsOf(ec2, {});
      const paged: string[] = [];
      let pages = 0;
      for await (const page of paginateDescribeInstances({ client: ec2, pageSize: 7 }, {})) {
        pages++;
        for (const { Instances = [] } of page.Reservations ?? []) {
          paged.push(...Instances.map(({ InstanceId = '' }) => InstanceId));
        }
      }
      expect(pages).toBe(Math.ceil(all.length / 7));
      expect(paged).toEqual(all);
    });

    it.each([
      [{ InstanceIds: ['i-00000000000000000'] }, 'InvalidInstanceID.NotFound'],
      [{ InstanceIds: [WEB_EU] }, 'InvalidInstanceID.NotFound'],
      [{ InstanceIds: ['web-1'] }, 'InvalidInstanceID.Malformed'],
      [{ Filters: [{ Name: 'colour', Values: ['red'] }] }, 'InvalidParameterValue'],
      [{ MaxResults: 3 }, 'InvalidParameterValue'],
      [{ MaxResults: 10, InstanceIds: [WEB_1] }, 'InvalidParameterCombination'],
      [{ NextToken: 'made up' }, 'InvalidPaginationToken'],
    ])('refuses %j', async (input, name) => {
      expect(await refusal(ec2.send(new DescribeInstancesCommand(input)))).toMatchObject({
        name,
        status: 400,
      });
    });
  });

  it('lists regions', async () => {
    const { Regions } = await ec2.send(new DescribeRegionsCommand({}));
    expect(Regions).toContainEqual({
      RegionName: 'eu-west-1',
      Endpoint: 'ec2.eu-west-1.amazonaws.com',
      OptInStatus: 'opt-in-not-required',
    });
    const named = await ec2.send(new DescribeRegionsCommand({ RegionNames: ['us-east-1'] }));
    expect(named.Regions?.map(({ RegionName }) => RegionName)).toEqual(['us-east-1']);
    const bad = ec2.send(new DescribeRegionsCommand({ RegionNames: ['mars-north-1'] }));
    expect(await refusal(bad)).toMatchObject({ name: 'InvalidParameterValue' });
  });

  it('words a denial as EC2 does', async () => {
    const frontEnd = contract.ec2(contract.keys(SAM, 'FrontEndSSHAccess'));
    expect(await idsOf(frontEnd, {})).toContain(WEB_1);
    const denied = await refusal(frontEnd.send(new DescribeRegionsCommand({})));
    expect(denied).toMatchObject({ name: 'UnauthorizedOperation', status: 403 });
    expect(denied.message).toBe(
      'You are not authorized to perform this operation. User: arn:aws:sts::123456789012:assumed-role/' +
        'AWSReservedSSO_FrontEndSSHAccess_62bd274a20760ba0/sam@myco.example is not authorized to perform: ' +
        'ec2:DescribeRegions because no identity-based policy allows the ec2:DescribeRegions action',
    );
  });

  it('answers an action it lacks as an unknown one', async () => {
    const ec2Call = ec2.send(new DescribeVpcsCommand({}));
    expect(await refusal(ec2Call)).toMatchObject({ name: 'InvalidAction', status: 400 });
    const sts = contract.sts(contract.keys(SAM, 'ViewOnlyAccess'));
    expect(await refusal(sts.send(new GetSessionTokenCommand({})))).toMatchObject({ name: 'InvalidAction' });
  });

  it('tells who is calling', async () => {
    const sts = contract.sts(contract.keys('ana@myco.example', 'BackEndSSHAccess'));
    expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: '123456789012',
      Arn: 'arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_BackEndSSHAccess_0c1f5a9be44d7731/ana@myco.example',
    });
  });
});

describe('XML', () => {
  it('survives a parser, whatever is in it', () => {
    const text = `<&>"' ünï ]]>`;
    const parsed: unknown = new XMLParser().parse(
      xmlElement('a', { b: [text, 'x'], c: undefined, d: { e: 0 } }),
    );
    expect(parsed).toEqual({ a: { b: [text, 'x'], d: { e: 0 } } });
  });
});
