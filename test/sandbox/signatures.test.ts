import { DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import { DescribeInstanceInformationCommand, DescribeSessionsCommand } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { HttpRequest } from '@smithy/protocol-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Contract, refusal, type Keys } from './support/contract';

const SAM = 'sam@myco.example';
const MINUTE = 60_000;

describe('signatures', () => {
  const contract = new Contract();
  let good: Keys;

  beforeAll(async () => {
    await contract.start();
    good = contract.keys(SAM, 'ViewOnlyAccess');
  });
  afterAll(() => contract.stop());

  const askSsm = (keys: Keys) => contract.ssm(keys).send(new DescribeInstanceInformationCommand({}));
  const askEc2 = (keys: Keys) => contract.ec2(keys).send(new DescribeInstancesCommand({}));
  const askSts = (keys: Keys) => contract.sts(keys).send(new GetCallerIdentityCommand({}));

  it.each([
    [
      'of no known key',
      (keys: Keys) => ({ ...keys, accessKeyId: 'ASIAAAAAAAAAAAAAAAAA' }),
      {
        ssm: { name: 'UnrecognizedClientException', status: 400 },
        ec2: { name: 'AuthFailure', status: 401 },
        sts: { name: 'InvalidClientTokenId', status: 403 },
      },
    ],
    [
      'made with another secret',
      (keys: Keys) => ({ ...keys, secretAccessKey: 'x'.repeat(40) }),
      {
        ssm: { name: 'InvalidSignatureException', status: 400 },
        ec2: { name: 'AuthFailure', status: 401 },
        sts: { name: 'SignatureDoesNotMatch', status: 403 },
      },
    ],
    [
      'with another session token',
      (keys: Keys) => ({ ...keys, sessionToken: 'made up' }),
      {
        ssm: { name: 'UnrecognizedClientException', status: 400 },
        ec2: { name: 'AuthFailure', status: 401 },
        sts: { name: 'InvalidClientTokenId', status: 403 },
      },
    ],
  ])('refuses one %s', async (_, spoil, expected) => {
    const keys = spoil(good);
    expect(await refusal(askSsm(keys))).toMatchObject(expected.ssm);
    expect(await refusal(askEc2(keys))).toMatchObject(expected.ec2);
    expect(await refusal(askSts(keys))).toMatchObject(expected.sts);
    await askSsm(good);
  });

  it('refuses expired credentials in the words of each service', async () => {
    const keys = contract.keys(SAM, 'FrontEndSSHAccess');
    await contract.door('POST', 'credentials/expire', { permissionSet: 'FrontEndSSHAccess' });
    expect(await refusal(askSsm(keys))).toMatchObject({ name: 'ExpiredTokenException', status: 400 });
    expect(await refusal(askEc2(keys))).toMatchObject({ name: 'RequestExpired', status: 400 });
    expect(await refusal(askSts(keys))).toMatchObject({ name: 'ExpiredToken', status: 403 });
  });

  it('wants a signature at all', async () => {
    const unsigned = async (init: RequestInit) => {
      const answer = await fetch(contract.sandbox.url, { method: 'POST', ...init });
      return { status: answer.status, text: await answer.text() };
    };
    const json = await unsigned({
      headers: { 'x-amz-target': 'AmazonSSM.DescribeSessions' },
      body: '{"State":"Active"}',
    });
    expect(json).toMatchObject({ status: 400, text: expect.stringContaining('MissingAuthenticationToken') });
    const form = new URLSearchParams({ Action: 'GetCallerIdentity', Version: '2011-06-15' });
    expect(await unsigned({ body: form })).toMatchObject({
      status: 403,
      text: expect.stringContaining('<Code>MissingAuthenticationToken</Code>'),
    });
  });

  describe('made by hand', () => {
    interface Hand {
      readonly service?: string;
      readonly region?: string;
      readonly at?: number;
      readonly body?: string;
      readonly sentBody?: string;
    }

    async function send({
      service = 'ssm',
      region = 'us-east-1',
      at = Date.now(),
      body = '{"State":"Active"}',
      sentBody = body,
    }: Hand): Promise<{ status: number; type: string | null; text: string }> {
      const url = new URL(contract.sandbox.url);
      const signer = new SignatureV4({ service, region, credentials: good, sha256: Sha256 });
      const signed = await signer.sign(
        new HttpRequest({
          method: 'POST',
          hostname: url.hostname,
          port: Number(url.port),
          path: '/',
          headers: {
            host: url.host,
            'content-type': 'application/x-amz-json-1.1',
            'x-amz-target': 'AmazonSSM.DescribeSessions',
          },
          body,
        }),
        { signingDate: new Date(at) },
      );
      const { host: _host, ...headers } = signed.headers;
      const answer = await fetch(url, { method: 'POST', headers, body: sentBody });
      return {
        status: answer.status,
        type: answer.headers.get('x-amzn-errortype'),
        text: await answer.text(),
      };
    }

    it('passes as it should', async () => {
      expect(await send({})).toMatchObject({ status: 200, text: '{"Sessions":[]}' });
    });

    it('covers the body', async () => {
      const sentBody = '{"State":"History"}';
      expect(await send({ sentBody })).toMatchObject({ status: 400, type: 'InvalidSignatureException' });
    });

    it('holds for five minutes either way', async () => {
      expect((await send({ at: Date.now() - 4 * MINUTE })).status).toBe(200);
      expect((await send({ at: Date.now() + 4 * MINUTE })).status).toBe(200);
      const old = await send({ at: Date.now() - 6 * MINUTE });
      expect(old).toMatchObject({ status: 400, type: 'InvalidSignatureException' });
      expect(old.text).toMatch(/Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z/);
      expect((await send({ at: Date.now() + 6 * MINUTE })).text).toContain('Signature not yet current');
    });

    it('is for one service', async () => {
      const answer = await send({ service: 'ec2' });
      expect(answer).toMatchObject({ status: 400, type: 'InvalidSignatureException' });
      expect(answer.text).toContain("correct service: 'ssm'");
    });

    it('is for a region there is', async () => {
      expect(await send({ region: 'mars-north-1' })).toMatchObject({ type: 'InvalidSignatureException' });
    });
  });

  it('refuses the SDK’s own client when the clocks are ten minutes apart', async () => {
    const off = new Contract();
    try {
      await off.start();
      const keys = off.keys(SAM, 'ViewOnlyAccess');
      off.clock.turn(10 * MINUTE);
      const client = off.ssm(keys);
      expect(await refusal(client.send(new DescribeSessionsCommand({ State: 'Active' })))).toMatchObject({
        name: 'InvalidSignatureException',
      });
    } finally {
      await off.stop();
    }
  });

  describe('on the upgrade of a data channel', () => {
    async function signedHeaders(keys: Keys, path: string, query: Record<string, string>, service: string) {
      const url = new URL(contract.sandbox.url);
      const signer = new SignatureV4({ service, region: 'us-east-1', credentials: keys, sha256: Sha256 });
      const { headers } = await signer.sign(
        new HttpRequest({
          method: 'GET',
          protocol: 'ws:',
          hostname: url.hostname,
          port: Number(url.port),
          path,
          query,
          headers: { host: url.host },
        }),
      );
      const { host: _host, ...rest } = headers;
      return rest;
    }

    async function open(keys: Keys | undefined, { spoil = false, service = 'ssmmessages' } = {}) {
      const path = '/v1/data-channel/sam@myco.example-0123456789abcdef0';
      const query = { role: 'publish_subscribe', 'cell-number': 'AAEA+/=' };
      const headers = keys === undefined ? {} : await signedHeaders(keys, path, query, service);
      const sent = new URLSearchParams(spoil ? { ...query, role: 'other' } : query);
      const url = `${contract.sandbox.url.replace('http', 'ws')}${path}?${sent.toString()}`;
      const socket = new WebSocket(url, { headers });
      return new Promise<number>((resolve, reject) => {
        socket.once('unexpected-response', (_, response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        });
        socket.once('open', () => {
          socket.close();
          resolve(101);
        });
        socket.once('error', reject);
      });
    }

    it('is verified when it is there', async () => {
      const mine = contract.keys(SAM, 'FrontEndSSHAccess');
      expect(await open(mine)).toBe(101);
      expect(await open(mine, { spoil: true })).toBe(403);
      expect(await open(mine, { service: 'ssm' })).toBe(403);
      expect(await open({ ...mine, secretAccessKey: 'x' })).toBe(403);
    });

    it('needs the permission to open a data channel', async () => {
      expect(await open(good)).toBe(403);
    });

    it('may be left out, until that is switched off', async () => {
      expect(await open(undefined)).toBe(101);
      await contract.door('POST', 'settings', { requireSignedUpgrade: true });
      try {
        expect(await open(undefined)).toBe(403);
      } finally {
        await contract.door('POST', 'settings', { requireSignedUpgrade: false });
      }
    });
  });
});
