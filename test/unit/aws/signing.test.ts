import { afterEach, describe, expect, it } from 'vitest';
import { callerIdentity } from '../../../src/aws/callerIdentity';
import { AwsClients } from '../../../src/aws/clients';
import type { CredentialSource, RoleCredential } from '../../../src/aws/credential';
import { InstanceDirectory } from '../../../src/aws/instances';
import { AppError } from '../../../src/base/errors';
import { silentLog } from '../../../src/base/log';
import { describeInstancesXml, ec2Fault } from './support/awsXml';
import { JumpingClock } from './support/testClock';
import { fault, startServer, type Reply, type TestServer } from './support/testServer';

const IDENTITY =
  '<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>';

let server: TestServer | undefined;
let clients: AwsClients | undefined;

afterEach(async () => {
  clients?.dispose();
  await server?.close();
});

/** Answers by the number of the key that a request is signed with. */
async function taking(answer: (key: number, operation: string) => Reply) {
  server = await startServer(({ headers, operation }) => {
    const key = /Credential=ASIA(\d+)\//.exec(headers.authorization ?? '')?.[1];
    return answer(Number(key), operation);
  });
  clients = new AwsClients({
    env: { AWS_ENDPOINT_URL: server.url },
    log: silentLog,
    // As the server's, which dates its answers: a clock that is days behind is another reason for a refusal.
    clock: new JumpingClock(Date.now()),
  });
  return { clients, server };
}

function numbered(key: number, expiresAt = Number.MAX_SAFE_INTEGER): RoleCredential {
  return { accessKeyId: `ASIA${key}`, secretAccessKey: 's', sessionToken: `t${key}`, expiresAt };
}

/** Keeps what it gave until it is refused. */
function keeping(): {
  readonly source: CredentialSource;
  readonly refused: string[];
  readonly asked: () => number;
} {
  const refused: string[] = [];
  let key = 1;
  let asked = 0;
  return {
    source: given => {
      asked += 1;
      if (given) {
        refused.push(given.accessKeyId);
        if (given.accessKeyId === `ASIA${key}`) key += 1;
      }
      return Promise.resolve(numbered(key));
    },
    refused,
    asked: () => asked,
  };
}

const ended = (code: string): Reply => ({
  status: 403,
  body: `<ErrorResponse><Error><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`,
});

describe('credentials that AWS ends before their time', () => {
  it.each(['ExpiredToken', 'InvalidClientTokenId', 'UnrecognizedClientException'])(
    'are replaced once on %s, and the call made again',
    async code => {
      const { clients: made, server: asked } = await taking(key =>
        key === 1 ? ended(code) : { body: IDENTITY },
      );
      const { source, refused } = keeping();
      const scope = { region: 'us-east-1', credentials: source };
      await expect(callerIdentity(made, scope)).resolves.toMatchObject({ accountId: '123456789012' });
      expect(refused).toEqual(['ASIA1']);
      expect(asked.received).toHaveLength(2);
    },
  );

  it('are told when those that replaced them are refused too, without asking a third time', async () => {
    const { clients: made, server: asked } = await taking(() => ended('ExpiredToken'));
    const { source, refused } = keeping();
    await expect(callerIdentity(made, { region: 'us-east-1', credentials: source })).rejects.toMatchObject({
      code: 'credentials-expired',
      details: { which: 'replaced', awsCode: 'ExpiredToken', operation: 'GetCallerIdentity' },
    });
    expect(refused).toEqual(['ASIA1']);
    expect(asked.received).toHaveLength(2);
  });

  it('are told at once when there are no others: the keys of a file', async () => {
    const { clients: made, server: asked } = await taking(() => ended('InvalidClientTokenId'));
    const credentials = () => Promise.resolve(numbered(7, Number.POSITIVE_INFINITY));
    await expect(callerIdentity(made, { region: 'us-east-1', credentials })).rejects.toMatchObject({
      code: 'credentials-expired',
      details: { which: 'keys' },
    });
    expect(asked.received).toHaveLength(1);
  });

  it('are told as refused, not as over, when the source has no others for now', async () => {
    const { clients: made } = await taking(() => ended('ExpiredToken'));
    const good = () => Promise.resolve(numbered(1));
    await expect(callerIdentity(made, { region: 'us-east-1', credentials: good })).rejects.toMatchObject({
      details: { which: 'replaced' },
    });
    const over = () => Promise.resolve(numbered(1, 1));
    await expect(callerIdentity(made, { region: 'us-east-1', credentials: over })).rejects.toMatchObject({
      details: { which: 'last' },
    });
  });

  it('give way to what the source says where it has none any more', async () => {
    const { clients: made } = await taking(() => ended('ExpiredToken'));
    const credentials: CredentialSource = refused =>
      refused ? Promise.reject(new AppError('role-not-assigned', 'gone')) : Promise.resolve(numbered(1));
    await expect(callerIdentity(made, { region: 'us-east-1', credentials })).rejects.toMatchObject({
      code: 'role-not-assigned',
    });
  });

  it('do not spoil a list: EC2 and Systems Manager go on with new ones from the page they were at', async () => {
    const pages = [
      describeInstancesXml([{ owner: '123456789012', instances: [{ id: 'i-0a' }] }], 'next'),
      describeInstancesXml([{ owner: '123456789012', instances: [{ id: 'i-0b' }] }]),
    ];
    let described = 0;
    const { clients: made } = await taking((key, operation) => {
      if (operation === 'DescribeInstanceInformation') {
        return key === 1
          ? fault('UnrecognizedClientException', 'no')
          : { body: { InstanceInformationList: [] } };
      }
      if (described === 1 && key === 1) return { status: 401, body: ec2Fault('AuthFailure', 'no') };
      return { body: pages[described++] };
    });
    const { source } = keeping();
    const directory = new InstanceDirectory({ clients: made, log: silentLog });
    const { instances, problems } = await directory.list({ region: 'us-east-1', credentials: source });
    expect(instances.map(({ id }) => id)).toEqual(['i-0a', 'i-0b']);
    expect(problems).toEqual([]);
  });

  it('are not thought of when AWS refuses for another reason', async () => {
    const { clients: made, server: asked } = await taking(() => ended('AccessDenied'));
    const { source, refused } = keeping();
    await expect(callerIdentity(made, { region: 'us-east-1', credentials: source })).rejects.toMatchObject({
      code: 'access-denied',
    });
    expect(refused).toEqual([]);
    expect(asked.received).toHaveLength(1);
  });
});

describe('the credentials of a client', () => {
  it('are asked for at each call, for the SDK must not keep what the source has dropped', async () => {
    const { clients: made } = await taking(() => ({ body: IDENTITY }));
    const { source, asked } = keeping();
    const { sdk, client } = await made.sts({ region: 'us-east-1', credentials: source });
    for (let call = 1; call <= 3; call++) {
      await client.send(new sdk.GetCallerIdentityCommand({}));
      expect(asked()).toBeGreaterThanOrEqual(call);
    }
  });
});
