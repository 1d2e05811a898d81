import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../src/base/errors';
import { systemClock } from '../../../src/base/clock';
import { silentLog } from '../../../src/base/log';
import { SymClient, type SymClientDeps } from '../../../src/sym/symClient';
import { symApiRoot } from '../../../src/sym/symBaseUrl';
import { FakeClock } from '../../support/access/fakeClock';
import { SymDouble } from '../../support/sym/symDouble';

describe('SymClient', () => {
  let sym: SymDouble;
  beforeEach(async () => {
    sym = await SymDouble.open();
  });
  afterEach(async () => {
    await sym.close();
  });

  const client = (more: Partial<SymClientDeps> = {}) =>
    new SymClient({
      baseUrl: () => sym.url,
      token: () => Promise.resolve(sym.token),
      clock: systemClock,
      log: silentLog,
      newId: () => 'id-of-this-call',
      ...more,
    });

  const failureOf = async (call: Promise<unknown>): Promise<AppError> => {
    const failure: unknown = await call.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(failure).toBeInstanceOf(AppError);
    return failure as AppError;
  };

  it.each([
    [401, {}, 'broker-signed-out', 'Sym answered 401'],
    [403, { message: 'role too low' }, 'broker-forbidden', 'role too low'],
    [400, { error: true, message: 'no', errors: ['other'], code: 'EventsAPI:BAD' }, 'broker-refused', 'no'],
    [
      400,
      { errors: [{ field: 'duration', message: 'too long' }, { message: 'and more' }] },
      'broker-refused',
      'duration: too long; and more',
    ],
    [400, { errors: ['a', 'b'] }, 'broker-refused', 'a; b'],
    [400, { errors: 'just text' }, 'broker-refused', 'just text'],
    [422, { error: 'old style' }, 'broker-refused', 'old style'],
    [404, 'not json at all', 'broker-refused', 'Sym answered 404'],
    [400, { message: 'try again', is_retryable: true }, 'broker-unavailable', 'try again'],
    [429, {}, 'broker-unavailable', 'Sym answered 429'],
    [500, { message: 7 }, 'broker-unavailable', 'Sym answered 500'],
    [503, '<html>', 'broker-unavailable', 'Sym answered 503'],
  ] as const)('maps %i %j to %s', async (status, body, code, message) => {
    sym.instead = { status, body };
    const failure = await failureOf(client().run('r'));
    expect(failure).toMatchObject({ code, message });
    expect(failure.details).toMatchObject({ requestId: 'id-of-this-call', status: String(status) });
    expect(sym.calls[0]?.requestId).toBe('id-of-this-call');
  });

  it('keeps Sym’s own code', async () => {
    const failure = await failureOf(client().deescalate('nothing'));
    expect(failure.details).toMatchObject({
      code: 'DeescalateAPI:INVALID_RUN',
      errors: 'run_id: is not escalated',
    });
    expect(failure.message).toBe('run_id: is not escalated');
  });

  it.each([
    ['text', 'hello'],
    ['nothing', ''],
    ['another shape', { state: 'escalated' }],
    ['a wrong type', { status: true }],
    ['a list', []],
  ])('refuses a good status with %s for a body', async (_name, body) => {
    sym.instead = { status: 200, body };
    expect((await failureOf(client().run('r'))).code).toBe('broker-unavailable');
  });

  it.each([
    [
      'a guest network’s page',
      {
        status: 200,
        body: '<html><title>Guest Wi-Fi</title></html>',
        headers: { 'content-type': 'text/html' },
      },
      { answeredBy: 'page', title: 'Guest Wi-Fi', status: '200' },
    ],
    [
      'the way to one',
      { status: 302, body: '', headers: { location: 'http://login.guest.example/' } },
      { answeredBy: 'redirect', title: 'login.guest.example', status: '302' },
    ],
    [
      'a network that wants a sign-in (RFC 6585)',
      { status: 511, body: '' },
      { answeredBy: 'page', status: '511' },
    ],
    ['something else', { status: 200, body: 'hello' }, { answeredBy: 'other', status: '200' }],
  ])('names %s that answers in its place, and does not follow it', async (_name, instead, details) => {
    sym.instead = instead;
    const failure = await failureOf(client().run('r'));
    expect(failure).toMatchObject({ code: 'broker-unavailable', details });
    expect(sym.calls).toHaveLength(1);
  });

  it('measures Sym’s clock against ours, from refusals too, and not by what answers in its place', async () => {
    const measured = client();
    expect(measured.clockOffsetMs).toBeUndefined();
    const inAnHour = { date: new Date(Date.now() + 3_600_000).toUTCString() };
    sym.instead = { status: 403, body: { error: true, message: 'No' }, headers: inAnHour };
    await failureOf(measured.run('r'));
    const ahead = measured.clockOffsetMs ?? Number.NaN;
    expect(Math.abs(ahead - 3_600_000)).toBeLessThan(5000);
    sym.instead = { status: 511, body: '', headers: { date: new Date(0).toUTCString() } };
    await failureOf(measured.run('r'));
    expect(measured.clockOffsetMs).toBe(ahead);
  });

  it('gives up after its time', async () => {
    sym.instead = 'hang';
    const clock = new FakeClock();
    const failed = failureOf(client({ clock, timeoutMs: 5000 }).run('r'));
    while (sym.calls.length === 0) await clock.advance(0);
    await clock.advance(5000);
    expect(await failed).toMatchObject({
      code: 'broker-unavailable',
      message: 'Sym did not answer within 5 s',
    });
    expect(clock.pending).toBe(0);
  });

  it('is cancelled by its signal while it waits', async () => {
    sym.instead = 'hang';
    const abort = new AbortController();
    const failed = failureOf(client().run('r', { signal: abort.signal }));
    const clock = new FakeClock();
    while (sym.calls.length === 0) await clock.advance(0);
    abort.abort();
    expect((await failed).code).toBe('cancelled');
  });

  it('does not follow a redirect with the token', async () => {
    const other = await SymDouble.open();
    sym.instead = { status: 302, body: {}, headers: { location: `${other.url}/api/v1/runs/r` } };
    expect((await failureOf(client().run('r'))).code).toBe('broker-unavailable');
    expect(other.calls).toEqual([]);
    await other.close();
  });

  it('asks for a token, and never sends one that is none', async () => {
    expect((await failureOf(client({ token: () => Promise.resolve(undefined) }).run('r'))).code).toBe(
      'broker-signed-out',
    );
    const broken = await failureOf(client({ token: () => Promise.resolve('to ken\nx: y') }).run('r'));
    expect(broken.code).toBe('broker-signed-out');
    expect(JSON.stringify([broken.message, broken.details])).not.toContain('to ken');
    expect(sym.calls).toEqual([]);
  });

  it('reads an event', async () => {
    const { eventId, runId } = await client().request({ flowSrn: 'a:flow:b:latest', inputs: {} });
    expect(await client().event(eventId)).toEqual({
      runId,
      name: 'request',
      status: 'success',
    });
  });

  it('cannot be led to another path by an id', async () => {
    await failureOf(client().run('../events/request?x=1'));
    expect(sym.calls[0]?.path).toBe('/api/v1/runs/..%2Fevents%2Frequest%3Fx%3D1');
  });
});

describe('symApiRoot', () => {
  it.each([
    ['https://sym.acme.example', 'https://sym.acme.example/api/v1'],
    [' https://sym.acme.example/ ', 'https://sym.acme.example/api/v1'],
    ['https://sym.acme.example/api/v1/', 'https://sym.acme.example/api/v1'],
    ['https://acme.example/sym', 'https://acme.example/sym/api/v1'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080/api/v1'],
    ['http://localhost:8080', 'http://localhost:8080/api/v1'],
    ['http://[::1]:8080', 'http://[::1]:8080/api/v1'],
  ])('%s → %s', (text, root) => {
    expect(symApiRoot(text)).toBe(root);
  });

  it.each([
    'http://sym.acme.example',
    'http://127.0.0.1.evil.example',
    'ftp://127.0.0.1',
    'sym.acme.example',
    'https://user:secret@sym.acme.example',
    'https://sym.acme.example/?next=x',
    'https://api.symops.com',
    'https://API.SYMOPS.COM./v1',
    'https://symops.com',
  ])('refuses %s', text => {
    expect(() => symApiRoot(text)).toThrow(expect.objectContaining({ code: 'endpoint-refused' }) as Error);
  });

  it.each([undefined, '', '  '])('asks for one when there is none (%j)', text => {
    expect(() => symApiRoot(text)).toThrow(
      expect.objectContaining({ code: 'broker-not-configured' }) as Error,
    );
  });
});
