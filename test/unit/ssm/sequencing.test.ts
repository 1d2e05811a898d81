import { describe, expect, it } from 'vitest';
import { CongestionWindow, DEFAULT_WINDOW } from '../../../src/ssm/sequencing/congestion';
import { ReceiveBuffer } from '../../../src/ssm/sequencing/receiveBuffer';
import { RoundTrip } from '../../../src/ssm/sequencing/roundTrip';
import { SendWindow } from '../../../src/ssm/sequencing/sendWindow';

const frame = (text: string) => Buffer.from(text);
const texts = (frames: readonly Uint8Array[]) => frames.map(bytes => Buffer.from(bytes).toString());

function windowWith(count: number, now = 0): SendWindow {
  const window = new SendWindow();
  for (let index = 0; index < count; index++) window.sent(frame(String(index)), now);
  return window;
}

describe('round trip', () => {
  it('begins with the time-out of the official client and doubles it with each try, up to 4 s', () => {
    const roundTrip = new RoundTrip();
    expect([1, 2, 3, 4, 5, 6, 40].map(tries => roundTrip.timeoutMs(tries))).toEqual([
      200, 400, 800, 1600, 3200, 4000, 4000,
    ]);
  });

  it('follows what it measures', () => {
    const roundTrip = new RoundTrip();
    for (let sample = 0; sample < 50; sample++) roundTrip.sample(400);
    expect(roundTrip.smoothedMs).toBeCloseTo(400);
    expect(roundTrip.timeoutMs(1)).toBeGreaterThan(405);
    expect(roundTrip.timeoutMs(1)).toBeLessThan(450);
    for (let sample = 0; sample < 50; sample++) roundTrip.sample(5000);
    expect(roundTrip.timeoutMs(1)).toBe(1000);
  });

  it('is not upset by a clock that runs backwards', () => {
    const roundTrip = new RoundTrip();
    roundTrip.sample(-50);
    expect(roundTrip.smoothedMs).toBe(0);
  });
});

describe('congestion window', () => {
  const fast = new RoundTrip();
  fast.sample(10);

  it('grows on clean acknowledgements while it is the limit, up to its largest', () => {
    const window = new CongestionWindow();
    for (let ack = 0; ack < 10; ack++) window.onCleanAck(fast, true);
    expect(window.size).toBe(74);
    window.onCleanAck(fast, false);
    expect(window.size).toBe(74);
    for (let ack = 0; ack < 10_000; ack++) window.onCleanAck(fast, true);
    expect(window.size).toBe(DEFAULT_WINDOW.largest);
  });

  it('halves on loss, down to its smallest, and then grows slowly', () => {
    const window = new CongestionWindow();
    window.onLoss();
    expect(window.size).toBe(32);
    for (let ack = 0; ack < 33; ack++) window.onCleanAck(fast, true);
    expect(window.size).toBe(33);
    for (let loss = 0; loss < 10; loss++) window.onLoss();
    expect(window.size).toBe(DEFAULT_WINDOW.smallest);
  });

  it('holds still while round trips show a queue', () => {
    const window = new CongestionWindow();
    const queueing = new RoundTrip();
    queueing.sample(10);
    for (let sample = 0; sample < 30; sample++) queueing.sample(500);
    window.onCleanAck(queueing, true);
    expect(window.size).toBe(64);
  });
});

describe('send window', () => {
  it('numbers messages from 0 and forgets them when acknowledged, in any order', () => {
    const window = windowWith(3);
    expect(window.nextSequence).toBe(3);
    expect([window.acknowledge(1, 10), window.acknowledge(1, 10), window.acknowledge(7, 10)]).toEqual([
      true,
      false,
      false,
    ]);
    expect([window.acknowledge(0, 10), window.acknowledge(2, 10), window.inFlight]).toEqual([true, true, 0]);
    expect(window.bytesInFlight).toBe(0);
    expect(window.nextDueAt).toBeUndefined();
  });

  it('has no room when it is full, and room again after an acknowledgement', () => {
    const window = windowWith(64);
    expect(window.hasRoom).toBe(false);
    window.acknowledge(5, 1);
    expect(window.hasRoom).toBe(true);
  });

  it('gives back each message when its own time-out has passed', () => {
    const window = windowWith(1, 0);
    window.sent(frame('1'), 150);
    expect(window.nextDueAt).toBe(200);
    expect(texts(window.takeDue(199))).toEqual([]);
    expect(texts(window.takeDue(200))).toEqual(['0']);
    expect(window.nextDueAt).toBe(350);
    expect(texts(window.takeDue(350))).toEqual(['1']);
    expect(window.nextDueAt).toBe(600);
    expect(texts(window.takeDue(600))).toEqual(['0']);
  });

  it('finds a message that later ones have overtaken before its time-out', () => {
    const window = windowWith(1, 0);
    window.sent(frame('1'), 60);
    window.acknowledge(1, 70);
    expect(window.nextDueAt).toBe(0);
    expect(texts(window.takeDue(70))).toEqual(['0']);
  });

  it('counts the losses of one window as one', () => {
    const window = windowWith(40);
    window.takeDue(200);
    expect(window.windowSize).toBe(32);
    window.takeDue(600);
    expect(window.windowSize).toBe(32);
  });

  it('measures no round trip by a message that was sent twice', () => {
    const window = windowWith(1);
    window.takeDue(200);
    window.acknowledge(0, 205);
    expect(window.roundTrip.shortestMs).toBe(Number.POSITIVE_INFINITY);
  });

  it('has everything sent again on a new connection, once', () => {
    const window = windowWith(3, 0);
    window.acknowledge(1, 50);
    window.restart(60);
    expect(texts(window.takeDue(60))).toEqual(['0', '2']);
    expect(texts(window.takeDue(61))).toEqual([]);
  });

  it('waits anew after the clock jumped', () => {
    const window = windowWith(1, 0);
    window.rebase(100_000);
    expect(texts(window.takeDue(100_000))).toEqual([]);
    expect(window.waitingSince).toBe(100_000);
    expect(texts(window.takeDue(100_200))).toEqual(['0']);
  });

  describe('towards an agent that acknowledges once only', () => {
    function repeat(window: SendWindow, times: number): number {
      let now = 0;
      for (let count = 0; count < times; count++) {
        now = Math.max(now, window.nextDueAt ?? now);
        window.takeDue(now);
      }
      return now;
    }

    it('asks for a new message after many tries, and takes its acknowledgement for the lost one', () => {
      const window = windowWith(1);
      window.writesOffLostAcks = true;
      repeat(window, 9);
      expect(window.takeProbeWanted()).toBe(false);
      const now = repeat(window, 1);
      expect(window.takeProbeWanted()).toBe(true);
      window.sent(frame('probe'), now);
      window.acknowledge(1, now + 5);
      repeat(window, 15);
      expect(window.inFlight).toBe(0);
    });

    it('goes on trying without that sign', () => {
      const window = windowWith(1);
      window.writesOffLostAcks = true;
      repeat(window, 60);
      expect(window.inFlight).toBe(1);
    });

    it('lets new messages pass those it doubts', () => {
      const window = windowWith(64);
      window.writesOffLostAcks = true;
      expect(window.hasRoom).toBe(false);
      repeat(window, 6);
      expect(window.hasRoom).toBe(true);
    });
  });
});

describe('receive buffer', () => {
  const message = (sequenceNumber: number, size = 1) => ({ sequenceNumber, payload: new Uint8Array(size) });

  it('delivers in order and knows what it has seen', () => {
    const buffer = new ReceiveBuffer();
    expect([2, 1, 1].map(number => buffer.receive(message(number)))).toEqual(['hold', 'hold', 'duplicate']);
    expect(buffer.next()).toBeUndefined();
    expect(buffer.receive(message(0))).toBe('deliver');
    expect([buffer.next()?.sequenceNumber, buffer.next()?.sequenceNumber, buffer.next()]).toEqual([
      1,
      2,
      undefined,
    ]);
    expect(buffer.receive(message(2))).toBe('duplicate');
    expect([buffer.expected, buffer.heldBytes, buffer.heldMessages]).toEqual([3, 0, 0]);
  });

  it('refuses what is too far ahead or too much to hold, but never the next in order', () => {
    const buffer = new ReceiveBuffer({ messages: 3, bytes: 10 });
    expect(buffer.receive(message(4))).toBe('refuse');
    expect(buffer.receive(message(3, 8))).toBe('hold');
    expect(buffer.receive(message(2, 3))).toBe('refuse');
    expect(buffer.receive(message(0, 100))).toBe('deliver');
  });
});
