import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AwsClients } from '../../../src/aws/clients';
import { silentLog as log } from '../../../src/base/log';
import { SessionStarter } from '../../../src/ui/sessions/sessionStarter';
import { FakeClock } from '../../support/access/fakeClock';
import { fault, startServer, type Reply, type TestServer } from '../aws/support/testServer';
import { frontEndRole } from './liveSessions';
import { web1 } from './samples';

const SESSION = 'sam@myco.example-0123456789abcdef0';

describe('starting a session at AWS', () => {
  let server: TestServer;
  let clients: AwsClients;
  let starter: SessionStarter;
  /** AWS has the request; its answer is given by the test. */
  let asked: Promise<void>;
  let answer: (reply: Reply) => void;

  beforeEach(async () => {
    let wasAsked: () => void;
    asked = new Promise(resolve => (wasAsked = resolve));
    const answered = new Promise<Reply>(resolve => (answer = resolve));
    server = await startServer(({ operation }) => {
      if (operation !== 'StartSession') return { body: { SessionId: SESSION } };
      wasAsked();
      return answered;
    });
    const clock = new FakeClock();
    clients = new AwsClients({ env: { AWS_ENDPOINT_URL: server.url }, log, clock });
    starter = new SessionStarter({
      roles: {
        get: () =>
          Promise.resolve({
            accessKeyId: 'ASIA',
            secretAccessKey: 's',
            sessionToken: 't',
            expiresAt: Infinity,
          }),
      },
      nodeAccess: { get: () => Promise.reject(new Error('not asked')) },
      clients,
      ledger: { request: () => undefined, grants: [] },
      clock,
      log,
      grantEnd: () => undefined,
      ends: { ofSession: () => Promise.resolve(undefined) },
    });
  });
  afterEach(async () => {
    clients.dispose();
    await server.close();
  });

  it('ends the session that comes about after nobody wants it any more', async () => {
    const unwanted = new AbortController();
    const starting = starter.start(web1, frontEndRole, {}, { signal: unwanted.signal });
    const refused = expect(starting).rejects.toMatchObject({ code: 'cancelled' });
    await asked;
    unwanted.abort();
    const StreamUrl = `${server.url.replace('http', 'ws')}/v1/data-channel/${SESSION}`;
    answer({ body: { SessionId: SESSION, TokenValue: 'token', StreamUrl } });
    await refused;
    expect(server.operations()).toEqual(['StartSession', 'TerminateSession']);
    expect(JSON.parse(server.received[1]!.body)).toEqual({ SessionId: SESSION });
  });

  it('leaves nothing to end where AWS refuses', async () => {
    const starting = starter.start(web1, frontEndRole, {});
    answer(fault('TargetNotConnected', `${web1.id} is not connected.`));
    await expect(starting).rejects.toMatchObject({ code: 'target-not-connected' });
    expect(server.operations()).toEqual(['StartSession']);
  });

  it('asks nothing of AWS for somebody who has already turned away', async () => {
    const starting = starter.start(web1, frontEndRole, {}, { signal: AbortSignal.abort() });
    await expect(starting).rejects.toMatchObject({ code: 'cancelled' });
    expect(server.operations()).toEqual([]);
  });
});
