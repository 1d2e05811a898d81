import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { callerIdentity } from '../../src/aws/callerIdentity';
import { AwsClients } from '../../src/aws/clients';
import { systemClock } from '../../src/base/clock';
import { silentLog } from '../../src/base/log';
import { Outbound, type OutboundSettings } from '../../src/base/outbound';
import { webSocketTransport } from '../../src/ssm/webSocketTransport';
import { TestAuthority } from '../support/net/certificates';
import { ConnectProxy } from '../support/net/connectProxy';

/** A name that only the proxy can lead anywhere, as in a network without another way out. */
const INSIDE = 'aws.inside.test';

const IDENTITY = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
  <Arn>arn:aws:sts::123456789012:assumed-role/R/sam</Arn><UserId>AROA:sam</UserId><Account>123456789012</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>`;

/** The two kinds of connection that the product makes to AWS, over TLS with an authority that the machine does not know. */
describe('the way out of a company network', () => {
  const authority = new TestAuthority();
  let folder: string;
  let bundle: string;
  let server: Server;
  let sockets: WebSocketServer;
  let port: number;
  let proxy: ConnectProxy;
  const opened: { dispose(): void }[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'outbound-'));
    bundle = join(folder, 'ca.pem');
    await writeFile(bundle, authority.certificate);
    const { certificate, key } = authority.issue('localhost', '127.0.0.1', INSIDE);
    server = createServer({ cert: certificate, key }, (request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'text/xml' }).end(IDENTITY);
    });
    sockets = new WebSocketServer({ server });
    sockets.on('connection', socket => socket.on('message', data => socket.send(data as Buffer)));
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(async () => {
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    proxy = await ConnectProxy.start();
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) one.dispose();
    await proxy.stop();
  });

  function way(env: Record<string, string>, settings: OutboundSettings = {}): Outbound {
    const outbound = new Outbound({ env, settings: () => settings });
    opened.push(outbound);
    return outbound;
  }

  /** A frame to the gateway and back. */
  async function dataChannel(outbound: Outbound, host: string): Promise<string> {
    let hear: (frame: string) => void = () => undefined;
    const heard = new Promise<string>(resolve => (hear = resolve));
    const transport = await webSocketTransport({ outbound })(
      { url: `wss://${host}:${port}/v1/data-channel/s?role=publish_subscribe`, headers: {} },
      {
        onFrame: frame => hear(Buffer.from(frame).toString()),
        onPong: () => undefined,
        onDrain: () => undefined,
        onClose: () => undefined,
      },
    );
    transport.send(Buffer.from('there and back'));
    const answer = await heard;
    transport.dispose();
    return answer;
  }

  /** A call of the AWS SDK. */
  async function sdkCall(outbound: Outbound, host: string): Promise<string> {
    const endpointUrl = `https://${host}:${port}`;
    const clients = new AwsClients({
      env: { AWS_ENDPOINT_URL: endpointUrl },
      log: silentLog,
      clock: systemClock,
      outbound,
    });
    opened.push(clients);
    const credentials = () =>
      Promise.resolve({ accessKeyId: 'AKIA', secretAccessKey: 's', sessionToken: 't', expiresAt: Infinity });
    const { userId } = await callerIdentity(clients, { region: 'us-east-1', credentials });
    return userId;
  }

  describe.each([
    ['the data channel', dataChannel, 'there and back'],
    ['the AWS SDK', sdkCall, 'AROA:sam'],
  ] as const)('%s', (_, connect, answer) => {
    it('trusts the authorities of AWS_CA_BUNDLE', async () => {
      expect(await connect(way({ AWS_CA_BUNDLE: bundle }), 'localhost')).toBe(answer);
      expect(proxy.targets).toEqual([]);
    });

    it('trusts nobody else', async () => {
      await expect(connect(way({}), 'localhost')).rejects.toMatchObject({
        code: 'network',
        details: { systemCode: expect.stringMatching(/CERT|UNABLE_TO/) },
      });
    });

    it('says which bundle cannot be read', async () => {
      const path = join(folder, 'nothing.pem');
      await expect(connect(way({ AWS_CA_BUNDLE: path }), 'localhost')).rejects.toMatchObject({
        code: 'config-invalid',
        details: { path },
      });
    });

    it.each(['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY'])('goes through the proxy of %s', async name => {
      const outbound = way({ AWS_CA_BUNDLE: bundle, [name]: proxy.url });
      expect(await connect(outbound, INSIDE)).toBe(answer);
      expect(proxy.targets).toEqual([`${INSIDE}:${port}`]);
    });

    it('tells the proxy who is there, as its URL says or else the editor’s setting', async () => {
      const named = proxy.url.replace('//', '//sam%40myco:p%3A%2F%25@');
      const env = { AWS_CA_BUNDLE: bundle, HTTPS_PROXY: named };
      const setting = { proxyAuthorization: 'Bearer of-the-editor' };
      expect(await connect(way(env, setting), INSIDE)).toBe(answer);
      expect(await connect(way({ ...env, HTTPS_PROXY: proxy.url }, setting), INSIDE)).toBe(answer);
      expect(await connect(way({ ...env, HTTPS_PROXY: proxy.url }), INSIDE)).toBe(answer);
      const basic = `Basic ${Buffer.from('sam@myco:p:/%').toString('base64')}`;
      expect(proxy.authorizations).toEqual([basic, 'Bearer of-the-editor', undefined]);
    });

    it('goes around it where NO_PROXY says so', async () => {
      const env = { AWS_CA_BUNDLE: bundle, HTTPS_PROXY: proxy.url, NO_PROXY: 'localhost,.example.com' };
      expect(await connect(way(env), 'localhost')).toBe(answer);
      expect(proxy.targets).toEqual([]);
    });

    it('goes through the editor’s proxy before the environment’s', async () => {
      const env = { AWS_CA_BUNDLE: bundle, HTTPS_PROXY: 'http://127.0.0.1:1' };
      expect(await connect(way(env, { proxyUrl: proxy.url }), INSIDE)).toBe(answer);
      expect(proxy.targets).toEqual([`${INSIDE}:${port}`]);
    });

    it('goes around the editor’s proxy for what http.noProxy names, and for this computer', async () => {
      const env = { AWS_CA_BUNDLE: bundle };
      const outbound = way(env, { proxyUrl: proxy.url, noProxy: ['.inside.test'] });
      await expect(connect(outbound, INSIDE)).rejects.toMatchObject({ code: 'network' });
      expect(await connect(outbound, 'localhost')).toBe(answer);
      expect(proxy.targets).toEqual([]);
    });

    it('is not trusting because a proxy is in between', async () => {
      const outbound = way({ HTTPS_PROXY: proxy.url }, { strictProxy: false });
      await expect(connect(outbound, INSIDE)).rejects.toMatchObject({ code: 'network' });
      expect(proxy.targets).toEqual([`${INSIDE}:${port}`]);
    });

    it('checks the certificate of a proxy, unless http.proxyStrictSSL is off', async () => {
      const stranger = await ConnectProxy.start(new TestAuthority('Somebody Else').issue('127.0.0.1'));
      try {
        const env = { AWS_CA_BUNDLE: bundle, HTTPS_PROXY: stranger.url };
        await expect(connect(way(env), INSIDE)).rejects.toMatchObject({ code: 'network' });
        expect(stranger.targets).toEqual([]);
        expect(await connect(way(env, { strictProxy: false }), INSIDE)).toBe(answer);
        expect(stranger.targets).toEqual([`${INSIDE}:${port}`]);
      } finally {
        await stranger.stop();
      }
    });

    it.each([403, 407, 502])('tells the refusal of a proxy (%i) from one of AWS', async status => {
      // Word for word what AWS would say, so that only who said it can make the difference.
      proxy.refusal = {
        status,
        body: '<ErrorResponse><Error><Code>AccessDenied</Code><Message>not authorized</Message></Error></ErrorResponse>',
      };
      const { host } = new URL(proxy.url);
      const env = { AWS_CA_BUNDLE: bundle, HTTPS_PROXY: proxy.url.replace('://', '://sam:secret@') };
      const refused = connect(way(env), INSIDE);
      await expect(refused).rejects.toMatchObject({
        code: 'proxy-refused',
        details: { proxy: host, host: INSIDE, status: String(status) },
      });
      await expect(refused).rejects.not.toThrow('secret');
      expect(proxy.targets).toEqual([`${INSIDE}:${port}`]);
      proxy.refusal = undefined;
      expect(await connect(way(env), INSIDE)).toBe(answer);
    });

    it('follows a change of the settings', async () => {
      let settings: OutboundSettings = { proxyUrl: 'http://127.0.0.1:1' };
      const outbound = new Outbound({ env: { AWS_CA_BUNDLE: bundle }, settings: () => settings });
      opened.push(outbound);
      await expect(connect(outbound, INSIDE)).rejects.toMatchObject({ code: 'network' });
      settings = { proxyUrl: proxy.url };
      expect(await connect(outbound, INSIDE)).toBe(answer);
    });
  });

  it('is Node’s own where nothing else is asked for, and one agent while nothing changes', async () => {
    expect(await way({}).agent()).toBeUndefined();
    const outbound = way({ HTTPS_PROXY: proxy.url });
    expect(await outbound.agent()).toBe(await outbound.agent());
  });
});
