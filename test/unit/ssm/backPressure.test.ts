import { Duplex } from 'node:stream';
import { expect, it } from 'vitest';
import { silentLog } from '../../../src/base/log';
import { LocalConnection } from '../../../src/ssm/localConnection';
import { PortLane } from '../../../src/ssm/portLane';
import { ShellSession } from '../../../src/ssm/shellSession';
import { HEADER_BYTES, PayloadType } from '../../../src/ssm/wire/clientMessage';
import { SMUX_HEADER_BYTES, SmuxCommand, writeSmuxHeader } from '../../../src/ssm/wire/smux';
import { DirectTransport, plainControl, PORT_REQUEST } from '../../support/ssm/directTransport';
import { TestClock, turn } from '../../support/ssm/testClock';

const MIB = 2 ** 20;

/** A local program that takes nothing until it is told to. */
class StallingProgram extends Duplex {
  received = 0;
  #release: (() => void) | undefined;
  #isStalled = true;

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.received += chunk.length;
    if (this.#isStalled) this.#release = callback;
    else callback();
  }

  goOn(): void {
    this.#isStalled = false;
    this.#release?.();
  }
}

async function muxLane(transport: DirectTransport, clock: TestClock): Promise<PortLane> {
  const lane = new PortLane(
    plainControl(),
    { connect: transport.connect, clock, log: silentLog },
    {
      onConnectionClosed: () => undefined,
    },
  );
  const started = lane.start();
  await turn();
  transport.say(PayloadType.HandshakeRequest, PORT_REQUEST);
  transport.say(PayloadType.HandshakeComplete, { HandshakeTimeToComplete: 1, CustomerMessage: '' });
  await started;
  await clock.advance(200);
  return lane;
}

it('stops reading the session when a local program stalls, holds 2 MiB of 1 GiB, and loses none of the rest', async () => {
  const clock = new TestClock();
  const transport = new DirectTransport();
  const lane = await muxLane(transport, clock);
  transport.keepsSent = false;
  const program = new StallingProgram();
  lane.attach(new LocalConnection(program, 1, 'test:1'));

  const piece = Buffer.alloc(1024, 0x5a);
  writeSmuxHeader(piece, 0, SmuxCommand.Psh, 3, piece.length - SMUX_HEADER_BYTES);
  let offered = 0;
  /** The agent sends as long as the client reads, as it would over TCP. */
  const sendWhileRead = async (limit: number) => {
    while (transport.isReading && offered < limit) {
      transport.say(PayloadType.Output, piece);
      offered += piece.length;
      if (offered % (64 * piece.length) === 0) await turn();
    }
  };
  await sendWhileRead(1024 * MIB);
  expect(transport.isReading).toBe(false);
  expect(offered).toBeGreaterThan(1.5 * MIB);
  expect(offered).toBeLessThan(3 * MIB);
  const held = offered;
  await clock.advance(10 * 60_000);
  expect(lane.phase).toBe('connected');

  program.goOn();
  await turn();
  expect(transport.isReading).toBe(true);
  await sendWhileRead(held + 16 * MIB);
  await turn();
  expect(program.received).toBe((offered / piece.length) * (piece.length - SMUX_HEADER_BYTES));
  await lane.close({ kind: 'user' });
});

it('takes no more from a local program than the window lets out', async () => {
  const clock = new TestClock();
  const transport = new DirectTransport();
  const lane = await muxLane(transport, clock);
  let taken = 0;
  const program = new Duplex({
    read() {
      taken += 64 * 1024;
      this.push(Buffer.alloc(64 * 1024, 0x61));
    },
    write(_chunk, _encoding, callback) {
      callback();
    },
  });
  lane.attach(new LocalConnection(program, 1, 'test:1'));
  for (let count = 0; count < 200; count++) await turn();
  // Nobody acknowledges: one window of messages is out, a bounded rest waits, and the program is not read any further.
  expect(taken).toBeLessThan(512 * 1024);
  const output = transport.sent.filter(
    frame => typeof frame !== 'string' && frame.length > HEADER_BYTES + 900,
  );
  expect(output.length).toBeGreaterThan(20);
  expect(output.length).toBeLessThanOrEqual(64);
  await lane.close({ kind: 'user' });
});

it('stops reading when its own acknowledgements cannot leave, and goes on when they can', async () => {
  const clock = new TestClock();
  const transport = new DirectTransport();
  const session = new ShellSession(plainControl(), { connect: transport.connect, clock, log: silentLog });
  const opened = session.open({ cols: 80, rows: 24 });
  await turn();
  transport.say(PayloadType.Output, Buffer.from('$ '));
  await opened;
  transport.bufferedBytes = 3 * MIB;
  transport.say(PayloadType.Output, Buffer.from('more'));
  expect(transport.isReading).toBe(false);
  transport.bufferedBytes = 0;
  transport.listener!.onDrain();
  expect(transport.isReading).toBe(true);
  await session.close({ kind: 'user' });
});

it('refuses a paste that does not fit in memory', async () => {
  const clock = new TestClock();
  const transport = new DirectTransport();
  const session = new ShellSession(plainControl(), { connect: transport.connect, clock, log: silentLog });
  session.write(Buffer.alloc(60 * MIB));
  expect(() => session.write(Buffer.alloc(5 * MIB))).toThrow(
    expect.objectContaining({ code: 'request-invalid' }),
  );
  await session.close({ kind: 'user' });
});
