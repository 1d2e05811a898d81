import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { silentLog } from '../../src/base/log';
import type { CloseReason } from '../../src/ssm/closeReason';
import { PortLane } from '../../src/ssm/portLane';
import { ShellSession } from '../../src/ssm/shellSession';
import { encodeAcknowledge } from '../../src/ssm/wire/acknowledge';
import {
  decodeClientMessage,
  encodeClientMessage,
  HEADER_BYTES,
  MessageFlags,
  newMessageId,
  PayloadType,
} from '../../src/ssm/wire/clientMessage';
import { encodeSmuxFrame, SmuxCommand } from '../../src/ssm/wire/smux';
import { WireError } from '../../src/ssm/wire/wireError';
import { DirectTransport, plainControl, PORT_REQUEST } from '../support/ssm/directTransport';
import { TestClock, turn } from '../support/ssm/testClock';

const FRAMES = 1_000_000;
const FRAMES_PER_SESSION = 500;

/** xorshift32: a failing run can be repeated. */
class Dice {
  #state: number;
  constructor(seed: number) {
    this.#state = seed;
  }
  below(limit: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state % limit;
  }
}

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

/** One of everything an agent or the service may say. */
function samples(): Uint8Array[] {
  const frame = (messageType: string, payloadType: number, payload: Uint8Array, sequenceNumber = 1) =>
    encodeClientMessage({
      messageType,
      schemaVersion: 1,
      createdDate: 1_700_000_000_000,
      sequenceNumber,
      flags: MessageFlags.None,
      messageId: newMessageId(),
      payloadType,
      payload,
    });
  const kmsRequest = {
    ...PORT_REQUEST,
    RequestedClientActions: [
      { ActionType: 'SessionType', ActionParameters: { SessionType: 'Standard_Stream', Properties: null } },
      { ActionType: 'KMSEncryption', ActionParameters: { KMSKeyId: 'key', Challenge: 'cmFuZG9t' } },
    ],
  };
  return [
    frame('output_stream_data', PayloadType.Output, Buffer.from('hello'), 0),
    frame(
      'output_stream_data',
      PayloadType.Output,
      encodeSmuxFrame(SmuxCommand.Psh, 3, Buffer.from('hello')),
    ),
    frame('output_stream_data', PayloadType.Output, encodeSmuxFrame(SmuxCommand.Fin, 3), 2),
    frame('output_stream_data', PayloadType.HandshakeRequest, json(PORT_REQUEST), 0),
    frame('output_stream_data', PayloadType.HandshakeRequest, json(kmsRequest), 0),
    frame(
      'output_stream_data',
      PayloadType.HandshakeComplete,
      json({ HandshakeTimeToComplete: 1, CustomerMessage: 'x' }),
    ),
    frame('output_stream_data', PayloadType.EncChallengeRequest, json({ Challenge: 'AAAA' })),
    frame('output_stream_data', PayloadType.Flag, Buffer.from([0, 0, 0, 3])),
    frame('output_stream_data', PayloadType.StdErr, Buffer.from('oops')),
    frame('output_stream_data', PayloadType.ExitCode, Buffer.from('EXIT_CODE: 3')),
    frame(
      'acknowledge',
      0,
      encodeAcknowledge({
        AcknowledgedMessageType: 'input_stream_data',
        AcknowledgedMessageId: newMessageId(),
        AcknowledgedMessageSequenceNumber: 0,
        IsSequentialMessage: true,
      }),
    ),
    frame('channel_closed', 0, json({ Output: 'bye', SessionId: 's' })),
    frame('pause_publication', 0, json({})),
  ];
}

/** Bits flipped, bytes set, cut off, put in; half of them with a digest that fits again, so that they get further. */
function mutate(sample: Uint8Array, dice: Dice): Uint8Array {
  let bytes = Buffer.from(sample);
  for (let change = dice.below(4); change >= 0; change--) {
    const at = dice.below(bytes.length);
    switch (dice.below(6)) {
      case 0:
        bytes[at]! ^= 1 << dice.below(8);
        break;
      case 1:
        bytes[at] = dice.below(256);
        break;
      case 2:
        bytes = bytes.subarray(0, Math.max(1, at));
        break;
      case 3:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          Buffer.alloc(1 + dice.below(9), dice.below(256)),
          bytes.subarray(at),
        ]);
        break;
      case 4:
        if (bytes.length >= 56) bytes.writeUInt32BE(dice.below(40), 52);
        break;
      default:
        if (bytes.length > HEADER_BYTES)
          bytes[HEADER_BYTES + dice.below(bytes.length - HEADER_BYTES)] = dice.below(256);
    }
  }
  if (bytes.length > HEADER_BYTES && dice.below(2) === 0) {
    bytes.writeUInt32BE(bytes.length - HEADER_BYTES, 116);
    createHash('sha256').update(bytes.subarray(HEADER_BYTES)).digest().copy(bytes, 80);
  }
  return bytes;
}

it('a million mutated frames bring nothing but protocol errors, and keep no memory', async () => {
  const dice = new Dice(20_251_123);
  const good = samples();
  const ends = new Map<CloseReason['kind'], number>();
  let undecodable = 0;
  let warmBytes = 0;
  for (let done = 0; done < FRAMES; done += FRAMES_PER_SESSION) {
    const clock = new TestClock();
    const transport = new DirectTransport();
    transport.keepsSent = false;
    const deps = { connect: transport.connect, clock, log: silentLog };
    const isPort = dice.below(2) === 0;
    const session = isPort
      ? new PortLane(plainControl(), deps, { onConnectionClosed: () => undefined })
      : new ShellSession(plainControl(), deps);
    session.onDidClose(({ kind }) => ends.set(kind, (ends.get(kind) ?? 0) + 1));
    const opening = (
      session instanceof PortLane ? session.start() : session.open({ cols: 80, rows: 24 })
    ).catch((error: unknown) => expect(error).toHaveProperty('code'));
    await turn();
    if (dice.below(2) === 0) {
      if (isPort) {
        transport.say(PayloadType.HandshakeRequest, PORT_REQUEST);
        transport.say(PayloadType.HandshakeComplete, {});
      } else transport.say(PayloadType.Output, Buffer.from('$ '));
    }
    for (let count = 0; count < FRAMES_PER_SESSION; count++) {
      const frame = mutate(good[dice.below(good.length)]!, dice);
      try {
        decodeClientMessage(frame);
      } catch (thrown) {
        if (!(thrown instanceof WireError)) throw thrown;
        undecodable++;
      }
      // Whatever it is, it must not throw out of the listener; the session may end.
      transport.listener?.onFrame(frame);
    }
    await session.close({ kind: 'user' });
    await opening;
    if (done === FRAMES / 5) warmBytes = process.memoryUsage().heapUsed;
  }
  expect(undecodable).toBeGreaterThan(FRAMES / 4);
  expect(undecodable).toBeLessThan(FRAMES);
  expect(
    [...ends.keys()].filter(
      kind => !['user', 'start-failed', 'protocol-error', 'remote-exit', 'service'].includes(kind),
    ),
  ).toEqual([]);
  expect([...ends.values()].reduce((sum, count) => sum + count, 0)).toBe(FRAMES / FRAMES_PER_SESSION);
  expect(process.memoryUsage().heapUsed - warmBytes).toBeLessThan(64 * 2 ** 20);
});
