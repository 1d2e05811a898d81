import { beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/base/log';
import { AgentChannel } from '../../../src/sandbox/agent/agentChannel';
import { ManualClock } from './support/manualClock';
import { decodePlain, encodePlain, type PlainFrame } from './support/plainFrame';

describe('agent channel', () => {
  let clock: ManualClock;
  let sent: PlainFrame[];
  let taken: string[];
  let ready: boolean;
  let channel: AgentChannel;

  function create(acknowledgesDuplicates = true): void {
    channel = new AgentChannel({
      clock,
      log: silentLog,
      transmit: frame => sent.push(decodePlain(Buffer.from(frame))),
      take: ({ payload }) => {
        if (!ready) return 'notReady';
        taken.push(Buffer.from(payload).toString());
        return 'taken';
      },
      acknowledgesDuplicates,
    });
  }

  beforeEach(() => {
    clock = new ManualClock();
    sent = [];
    taken = [];
    ready = true;
    create();
  });

  const input = (sequence: number, text: string) =>
    channel.receive(
      encodePlain({ type: 'input_stream_data', sequence, payloadType: 1, payload: Buffer.from(text) }),
    );
  const service = (type: string) =>
    channel.receive(encodePlain({ type, sequence: 0, payloadType: 0, payload: Buffer.from('{}') }));
  const acknowledge = (sequence: number) =>
    channel.receive(
      encodePlain({
        type: 'acknowledge',
        sequence: 0,
        flags: 3n,
        payloadType: 0,
        payload: Buffer.from(JSON.stringify({ AcknowledgedMessageSequenceNumber: sequence })),
      }),
    );
  const acknowledged = () =>
    sent
      .filter(({ type }) => type === 'acknowledge')
      .map(
        ({ payload }) =>
          (JSON.parse(payload.toString()) as Record<string, number>)['AcknowledgedMessageSequenceNumber'],
      );
  const sentSequences = () =>
    sent.filter(({ type }) => type === 'output_stream_data').map(({ sequence }) => sequence);

  it('acknowledges with sequence 0, flags 3, payload type 0 and the four keys', () => {
    input(0, 'a');
    const { sequence, flags, payloadType, payload } = sent[0]!;
    expect([sequence, flags, payloadType]).toEqual([0, 3n, 0]);
    expect(JSON.parse(payload.toString())).toEqual({
      AcknowledgedMessageType: 'input_stream_data',
      AcknowledgedMessageId: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as string,
      AcknowledgedMessageSequenceNumber: 0,
      IsSequentialMessage: true,
    });
  });

  it('takes messages in order, acknowledging early ones as they come', () => {
    input(2, 'c');
    input(1, 'b');
    expect([taken, acknowledged()]).toEqual([[], [2, 1]]);
    input(0, 'a');
    expect([taken, acknowledged()]).toEqual([
      ['a', 'b', 'c'],
      [2, 1, 0],
    ]);
  });

  it('acknowledges repetitions again without taking them twice', () => {
    input(0, 'a');
    input(0, 'a');
    input(5, 'f');
    input(5, 'f');
    expect([taken, acknowledged()]).toEqual([['a'], [0, 0, 5, 5]]);
  });

  it('as an agent from before mid-2023 leaves repetitions without an answer', () => {
    create(false);
    input(0, 'a');
    input(0, 'a');
    expect([taken, acknowledged()]).toEqual([['a'], [0]]);
  });

  it('neither acknowledges nor advances while the worker is not ready', () => {
    ready = false;
    input(0, 'a');
    expect([taken, acknowledged()]).toEqual([[], []]);
    ready = true;
    input(0, 'a');
    expect([taken, acknowledged()]).toEqual([['a'], [0]]);
  });

  it('acknowledges nothing while the worker is busy, then what it held, in order', () => {
    channel.setBusy(true);
    input(0, 'a');
    input(2, 'c');
    input(0, 'a');
    input(1, 'b');
    expect([taken, acknowledged()]).toEqual([[], []]);
    channel.setBusy(false);
    expect([taken, acknowledged()]).toEqual([
      ['a', 'b', 'c'],
      [0, 1, 2],
    ]);
  });

  it('ignores frames that it cannot read', () => {
    channel.receive(Buffer.from('short'));
    const wrong = encodePlain({
      type: 'input_stream_data',
      sequence: 0,
      payloadType: 1,
      payload: Buffer.from('a'),
    });
    wrong[120]! ^= 1;
    channel.receive(wrong);
    expect([taken, sent]).toEqual([[], []]);
  });

  it('numbers from 0, with SYN on the first message only', () => {
    channel.send(5, Buffer.from('{}'));
    channel.send(1, Buffer.from('x'));
    expect(sent.map(({ sequence, flags, type }) => [sequence, flags, type])).toEqual([
      [0, 1n, 'output_stream_data'],
      [1, 0n, 'output_stream_data'],
    ]);
  });

  it('sends only the oldest again, each time it is overdue', () => {
    for (const text of ['a', 'b', 'c']) channel.send(1, Buffer.from(text));
    clock.advance(199);
    expect(sentSequences()).toEqual([0, 1, 2]);
    clock.advance(1);
    expect(sentSequences()).toEqual([0, 1, 2, 0]);
    clock.advance(200);
    expect(sentSequences()).toEqual([0, 1, 2, 0, 0]);
    acknowledge(0);
    clock.advance(100);
    expect(sentSequences()).toEqual([0, 1, 2, 0, 0, 1]);
    acknowledge(1);
    acknowledge(2);
    clock.advance(10_000);
    expect(sentSequences()).toHaveLength(6);
  });

  it('never gives up', () => {
    channel.send(1, Buffer.from('a'));
    clock.advance(3_600_000);
    expect(sentSequences().length).toBeGreaterThan(10_000);
  });

  it('is silent while publication is paused and goes on at once when the client is heard', () => {
    channel.send(1, Buffer.from('a'));
    service('pause_publication');
    expect(channel.writable).toBe(false);
    channel.send(1, Buffer.from('b'));
    clock.advance(10_000);
    expect(sentSequences()).toEqual([0]);
    let drained = 0;
    channel.onDidDrain(() => (drained += 1));
    input(0, 'x');
    expect([sentSequences(), channel.writable, drained]).toEqual([[0, 1], true, 1]);
    clock.advance(100);
    expect(sentSequences()).toEqual([0, 1, 0]);
  });

  it.each(['start_publication', 'acknowledge'])('resumes on %s', type => {
    service('pause_publication');
    if (type === 'acknowledge') acknowledge(99);
    else service(type);
    expect(channel.writable).toBe(true);
  });

  it('closes its window at 1024 messages and says when it opens', () => {
    for (let at = 0; at < 1_024; at += 1) channel.send(1, Buffer.from('x'));
    expect(channel.writable).toBe(false);
    let drained = 0;
    channel.onDidDrain(() => (drained += 1));
    acknowledge(500);
    expect([channel.writable, drained]).toEqual([true, 1]);
  });
});
