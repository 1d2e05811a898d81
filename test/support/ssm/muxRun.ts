import { Duplex } from 'node:stream';
import { silentLog } from '../../../src/base/log';
import type { CloseReason } from '../../../src/ssm/closeReason';
import { LocalConnection } from '../../../src/ssm/localConnection';
import { PortLane } from '../../../src/ssm/portLane';
import { PayloadType } from '../../../src/ssm/wire/clientMessage';
import { encodeSmuxFrame, SmuxCommand, SmuxDecoder } from '../../../src/ssm/wire/smux';
import { SimulatedService, type FaultSchedule } from './simulatedService';
import { TestAgent } from './testAgent';
import { TestClock, turn } from './testClock';

/** A local program: sends what it is told, keeps what it gets. */
class LocalProgram extends Duplex {
  readonly got: Buffer[] = [];

  constructor() {
    super({ allowHalfOpen: true });
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.got.push(chunk);
    callback();
  }

  say(bytes: Uint8Array): void {
    this.push(bytes);
  }

  hangUp(): void {
    this.push(null);
  }
}

export interface MuxConversation {
  /** One connection each: when it opens, and the sizes of what it sends, one after the other. */
  readonly connections: readonly { readonly at: number; readonly sizes: readonly number[] }[];
}

export interface MuxResult {
  readonly sent: readonly Buffer[];
  /** What came back from an agent that echoes. */
  readonly echoed: readonly Buffer[];
  readonly closed: CloseReason | undefined;
}

const GIVE_UP_AFTER_MS = 15 * 60_000;

/** Connections through a port session to an agent that echoes each, over a bad network. */
export async function runMux(faults: FaultSchedule, { connections }: MuxConversation): Promise<MuxResult> {
  const clock = new TestClock();
  const service = new SimulatedService(clock, faults);
  const smux = new SmuxDecoder();
  const streams = new Set<number>();
  const agent: TestAgent = new TestAgent({
    clock,
    transmit: frame => service.sendToClient(frame),
    resendAtOnce: 8,
    onMessage: (payloadType, payload) => {
      if (payloadType === PayloadType.HandshakeResponse)
        agent.sendJson(PayloadType.HandshakeComplete, { HandshakeTimeToComplete: 1, CustomerMessage: '' });
      if (payloadType !== PayloadType.Output) return;
      for (const { command, streamId, data } of smux.push(payload)) {
        if (command === SmuxCommand.Syn) streams.add(streamId);
        else if (command === SmuxCommand.Psh && streams.has(streamId))
          agent.write(encodeSmuxFrame(SmuxCommand.Psh, streamId, data));
        else if (command === SmuxCommand.Fin) streams.delete(streamId);
      }
    },
  });
  service.onFrameFromClient = frame => agent.receive(frame);
  service.onFirstOpen = () =>
    agent.sendJson(PayloadType.HandshakeRequest, {
      AgentVersion: '3.3.1142.0',
      RequestedClientActions: [
        {
          ActionType: 'SessionType',
          ActionParameters: {
            SessionType: 'Port',
            Properties: { portNumber: '80', type: 'LocalPortForwarding' },
          },
        },
      ],
    });
  const lane = new PortLane(
    service.control(),
    { connect: service.connect, clock, log: silentLog },
    {
      onConnectionClosed: () => undefined,
    },
  );
  let closed: CloseReason | undefined;
  lane.onDidClose(reason => (closed = reason));
  const sent: Buffer[] = connections.map(({ sizes }, index) =>
    Buffer.concat(sizes.map(size => pattern(size, index))),
  );
  const programs = connections.map(() => new LocalProgram());
  const opening = lane.start().then(
    () => {
      service.beginOutages();
      connections.forEach(({ at, sizes }, index) =>
        clock.schedule(at, () => {
          lane.attach(new LocalConnection(programs[index]!, index + 1, `test:${index}`));
          sizes.forEach((size, piece) =>
            clock.schedule(piece * 150, () => programs[index]!.say(pattern(size, index))),
          );
        }),
      );
    },
    () => undefined,
  );
  const start = clock.now();
  const isDone = () => programs.every((program, index) => total(program.got) >= sent[index]!.length);
  await turn();
  while (!closed && !isDone() && clock.runNext(start + GIVE_UP_AFTER_MS)) await turn();
  for (const end = clock.now() + 2000; clock.runNext(end);) await turn();
  const result = { sent, echoed: programs.map(({ got }) => Buffer.concat(got)), closed };
  for (const program of programs) program.hangUp();
  void lane.close({ kind: 'user' });
  await opening;
  await turn();
  return result;
}

function total(buffers: readonly Buffer[]): number {
  return buffers.reduce((sum, { length }) => sum + length, 0);
}

function pattern(size: number, salt: number): Buffer {
  const bytes = Buffer.alloc(size, 10);
  for (let index = 0; index < size; index += 3) bytes[index] = (index * 13 + salt * 41) & 0xff;
  return bytes;
}
