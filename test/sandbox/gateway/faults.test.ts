import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { FaultLine } from '../../../src/sandbox/gateway/faultLine';
import { FaultBook, parseFaultPlan, type FaultPlanInput } from '../../../src/sandbox/gateway/faults';
import { GatewayFixture } from '../agent/support/gatewayFixture';
import { ManualClock } from '../agent/support/manualClock';
import type { PlainClient } from '../agent/support/plainClient';
import { decodePlain, encodePlain } from '../agent/support/plainFrame';
import { PlainMux } from '../agent/support/plainMux';

describe('fault plan', () => {
  it('fills in what is absent', () => {
    expect(parseFaultPlan({ frames: [{ direction: 'toClient', action: 'drop' }] })).toEqual({
      frames: [
        {
          direction: 'toClient',
          action: 'drop',
          frame: 'any',
          nth: 0,
          count: 1,
          delayMs: 50,
          byFrames: 1,
          closeCode: 1000,
          closeReason: 'Bye',
        },
      ],
      latencyMs: 0,
      seed: 1,
      agent: {},
    });
  });

  it.each([
    [{ frames: [{ direction: 'up', action: 'drop' }] }, 'direction'],
    [{ frames: [{ direction: 'toClient', action: 'explode' }] }, 'action'],
    [{ fames: [] }, 'fames'],
    [{ agent: { version: 'new' } }, 'version'],
    [{ resume: { verdict: 'maybe' } }, 'verdict'],
    ['drop', 'object'],
  ])('refuses %j and names the member', (plan, member) => {
    expect(() => parseFaultPlan(plan)).toThrow(RangeError);
    expect(() => parseFaultPlan(plan)).toThrow(member);
  });
});

describe('fault book', () => {
  it('gives a plan to the next session only, and several in turn', () => {
    const book = new FaultBook();
    book.setNext({ latencyMs: 1 });
    book.setNext({ latencyMs: 2 });
    for (const id of ['a', 'a', 'b', 'c']) book.claim(id);
    expect(['a', 'b', 'c'].map(id => book.planFor(id).latencyMs)).toEqual([1, 2, 0]);
  });

  it.each(['refuse', 'ended'] as const)('lets ResumeSession %s for as many calls as it says', verdict => {
    const book = new FaultBook();
    book.setFor('a', { resume: { verdict, times: 2, delayMs: 5 } });
    expect([1, 2, 3].map(() => book.resumeVerdict('a'))).toEqual([
      { kind: verdict, delayMs: 5 },
      { kind: verdict, delayMs: 5 },
      { kind: 'allow', delayMs: 0 },
    ]);
    expect(book.resumeVerdict('b')).toEqual({ kind: 'allow', delayMs: 0 });
    book.clear('a');
    expect(book.resumeVerdict('a').kind).toBe('allow');
  });

  it('can make every resume slow', () => {
    const book = new FaultBook();
    book.setFor('a', { resume: { delayMs: 700 } });
    expect(book.resumeVerdict('a')).toEqual({ kind: 'allow', delayMs: 700 });
  });
});

describe('fault line', () => {
  function struck(seed: number): number[] {
    const plan = parseFaultPlan({
      seed,
      frames: [{ direction: 'toClient', frame: 'stream', rate: 0.3, action: 'drop' }],
    });
    const passed: number[] = [];
    const line = new FaultLine({
      direction: 'toClient',
      plan,
      clock: new ManualClock(),
      deliver: frame => passed.push(decodePlain(Buffer.from(frame)).sequence),
      breakSocket: () => expect.unreachable(),
    });
    for (let sequence = 0; sequence < 1_000; sequence += 1) {
      line.push(
        encodePlain({ type: 'output_stream_data', sequence, payloadType: 1, payload: Buffer.from('x') }),
      );
    }
    return passed;
  }

  it('repeats itself from the same seed, and only from that', () => {
    expect(struck(7)).toEqual(struck(7));
    expect(struck(8)).not.toEqual(struck(7));
  });

  it('strikes about as often as the rate says', () => {
    expect(Math.abs(1_000 - struck(7).length - 300)).toBeLessThan(60);
  });
});

describe('faults of the relay', () => {
  let fixture: GatewayFixture;
  afterEach(() => fixture.dispose());

  async function echo(faults: FaultPlanInput): Promise<{ client: PlainClient; sessionId: string }> {
    fixture = await GatewayFixture.start();
    const listener = await fixture.listen(socket => socket.pipe(socket));
    const opened = await fixture.open(
      { sessionType: 'Port', properties: { portNumber: String(listener.port) } },
      { faults },
    );
    await opened.client.shakeHands();
    return opened;
  }

  const count = (client: PlainClient, type: string, sequence: number) =>
    client.frames.filter(frame => frame.type === type && frame.sequence === sequence).length;

  it('drops a frame to the client, which the agent sends again', async () => {
    // Sequences 0 and 1 are the handshake's.
    const { client } = await echo({
      frames: [{ direction: 'toClient', frame: 'stream', sequence: 2, action: 'drop' }],
    });
    client.write('lost at first');
    await client.untilText('lost at first');
    expect(count(client, 'output_stream_data', 2)).toBe(1);
  });

  it('drops an acknowledgement to the client, which then sends again and gets another', async () => {
    const { client } = await echo({
      frames: [{ direction: 'toClient', frame: 'acknowledge', nth: 1, action: 'drop' }],
    });
    client.write('x');
    await client.untilText('x');
    expect(client.unacknowledged.size).toBe(1);
    await client.until(() => client.unacknowledged.size === 0);
    expect(client.text()).toBe('x');
  });

  it('drops an acknowledgement to the agent, which then repeats its message', async () => {
    const { client } = await echo({
      frames: [{ direction: 'toAgent', frame: 'acknowledge', nth: 2, action: 'drop' }],
    });
    client.write('x');
    await client.until(() => count(client, 'output_stream_data', 2) === 2);
    expect(client.text()).toBe('x');
  });

  it('duplicates a frame', async () => {
    const { client } = await echo({
      frames: [{ direction: 'toClient', frame: 'stream', sequence: 2, action: 'duplicate' }],
    });
    client.write('x');
    await client.until(() => count(client, 'output_stream_data', 2) === 2);
  });

  it('lets later frames overtake one', async () => {
    const { client } = await echo({
      frames: [{ direction: 'toAgent', frame: 'stream', sequence: 1, action: 'reorder', byFrames: 2 }],
    });
    client.acknowledging = true;
    client.write('a');
    client.write('b');
    client.write('c');
    await client.untilText('abc');
    const acknowledged = client.frames
      .filter(({ type }) => type === 'acknowledge')
      .map(
        ({ payload }) =>
          (JSON.parse(payload.toString()) as Record<string, number>)['AcknowledgedMessageSequenceNumber'],
      );
    expect(acknowledged.indexOf(1)).toBeGreaterThan(acknowledged.indexOf(2));
  });

  it('corrupts a frame, which the agent ignores until it comes again unharmed', async () => {
    const { client } = await echo({
      frames: [{ direction: 'toAgent', frame: 'stream', sequence: 1, action: 'corrupt' }],
    });
    client.write('whole');
    await client.untilText('whole');
    expect(client.resends).toBeGreaterThan(0);
  });

  it('delays one frame and lets others pass', async () => {
    const clock = new ManualClock();
    fixture = await GatewayFixture.start({ clock });
    const { client } = await fixture.open(
      {
        sessionType: 'InteractiveCommands',
        properties: { command: 'echo one; while read a; do echo two; done' },
      },
      {
        faults: {
          frames: [{ direction: 'toClient', frame: 'stream', nth: 0, action: 'delay', delayMs: 150 }],
        },
      },
    );
    const laterFrame = () =>
      client.frames.some(({ sequence, type }) => type === 'output_stream_data' && sequence > 0);
    // What a program says in one breath is one frame: it is asked until it has said more.
    while (!laterFrame()) {
      client.write('\r');
      await client.until(() => client.unacknowledged.size === 0);
    }
    expect(client.messages).toEqual([]);
    clock.advance(150);
    await client.untilText('two');
    expect(client.text().indexOf('one')).toBeLessThan(client.text().indexOf('two'));
  });

  it('delays everything by a latency, in order', async () => {
    const clock = new ManualClock();
    fixture = await GatewayFixture.start({ clock });
    const { client } = await fixture.open({}, { faults: { latencyMs: 75 } });
    client.write('echo la""ter\r');
    while (!client.text().includes('later\r\n')) {
      clock.advance(75);
      await new Promise(setImmediate);
    }
    const sequences = client.messages.map(({ sequence }) => sequence);
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
  });

  it('kills the socket at a frame; the session resumes', async () => {
    const { client, sessionId } = await echo({
      frames: [{ direction: 'toAgent', frame: 'stream', sequence: 1, action: 'killSocket' }],
    });
    client.write('over');
    await client.until(() => client.socketClosed !== undefined);
    expect(client.socketClosed?.code).toBe(1006);
    await fixture.reopen(client, sessionId);
    await client.untilText('over');
  });

  it('closes the socket with code and reason', async () => {
    const { client, sessionId } = await echo({
      frames: [
        {
          direction: 'toAgent',
          frame: 'stream',
          sequence: 1,
          action: 'closeSocket',
          closeCode: 1011,
          closeReason: 'internal error',
        },
      ],
    });
    client.write('over');
    await client.until(() => client.socketClosed !== undefined);
    expect(client.socketClosed).toEqual({ code: 1011, reason: 'internal error' });
    expect(fixture.registry.find(sessionId)?.status).toBe('Connected');
  });

  it('ends the session with a text after so many frames', async () => {
    const { client, sessionId } = await echo({
      channelClosed: { afterFrames: 3, output: 'Account suspended.' },
    });
    client.write('x');
    await client.until(() => client.closed !== undefined);
    expect(client.closed?.Output).toBe('Account suspended.');
    expect(fixture.registry.find(sessionId)?.status).toBe('Terminated');
  });

  it('takes the life of a socket from the plan', async () => {
    const { client } = await echo({ socketLifeMs: 30 });
    await client.until(() => client.socketClosed !== undefined);
    expect(client.socketClosed).toEqual({ code: 1000, reason: 'Bye' });
  });

  it('changes and clears the plan of a session that is under way', async () => {
    const { client, sessionId } = await echo({});
    client.write('a');
    await client.untilText('a');
    fixture.faults.setFor(sessionId, { frames: [{ direction: 'toAgent', action: 'drop', count: 'all' }] });
    client.write('b');
    const rounds = client.resends + 2;
    await client.until(() => client.resends >= rounds);
    expect(client.text()).toBe('a');
    fixture.faults.clear(sessionId);
    await client.untilText('ab');
  });

  it('loses no byte of a forward to a line that drops, repeats and reorders in both directions', async () => {
    fixture = await GatewayFixture.start();
    const listener = await fixture.listen(socket => socket.pipe(socket));
    const rate = 0.02;
    const { client } = await fixture.openPort(
      listener.port,
      {},
      {
        faults: {
          seed: 42,
          agent: { resendPollMs: 5 },
          frames: (['toClient', 'toAgent'] as const).flatMap(direction => [
            { direction, rate, action: 'drop' as const },
            { direction, rate, action: 'duplicate' as const },
            { direction, rate, action: 'reorder' as const, byFrames: 3 },
            { direction, rate, action: 'delay' as const, delayMs: 5 },
          ]),
        },
      },
    );
    await client.shakeHands();
    const mux = new PlainMux(client);
    const stream = mux.open();
    const bytes = randomBytes(128 * 1024);
    mux.write(stream, bytes);
    expect((await mux.received(stream, bytes.length)).equals(bytes)).toBe(true);
  });
});
