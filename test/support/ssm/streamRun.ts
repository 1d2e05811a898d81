import { silentLog } from '../../../src/base/log';
import type { CloseReason } from '../../../src/ssm/closeReason';
import { ShellSession } from '../../../src/ssm/shellSession';
import { PayloadType } from '../../../src/ssm/wire/clientMessage';
import { SimulatedService, type FaultSchedule } from './simulatedService';
import { TestAgent } from './testAgent';
import { TestClock, turn } from './testClock';

/** What both sides say and when: sizes in bytes, times in milliseconds after the session is open. */
export interface Conversation {
  readonly up: readonly { readonly at: number; readonly size: number }[];
  readonly down: readonly { readonly at: number; readonly size: number }[];
  /** The agent cannot take anything until then. */
  readonly agentReadyAt: number;
  readonly reacknowledges: boolean;
}

export interface RunResult {
  readonly sent: Buffer;
  readonly agentGot: Buffer;
  readonly said: Buffer;
  readonly clientGot: Buffer;
  readonly closed: CloseReason | undefined;
  readonly virtualMs: number;
}

/** Far beyond what any schedule needs; whoever gets here hangs. */
const GIVE_UP_AFTER_MS = 15 * 60_000;

/** Runs a conversation over a bad network, on a clock that is turned from event to event, until all has arrived or time is up. */
export async function runStream(faults: FaultSchedule, conversation: Conversation): Promise<RunResult> {
  const clock = new TestClock();
  const service = new SimulatedService(clock, faults);
  const agentGot: Buffer[] = [];
  const clientGot: Buffer[] = [];
  const start = clock.now();
  const agent = new TestAgent({
    clock,
    transmit: frame => service.sendToClient(frame),
    reacknowledges: conversation.reacknowledges,
    resendAtOnce: 8,
    onMessage: (payloadType, payload) => {
      if (clock.now() - start < conversation.agentReadyAt) return false;
      if (payloadType === PayloadType.Output) agentGot.push(Buffer.from(payload));
      return true;
    },
  });
  service.onFrameFromClient = frame => agent.receive(frame);
  service.onFirstOpen = () => agent.write(Buffer.from('$ '));
  const session = new ShellSession(service.control(), { connect: service.connect, clock, log: silentLog });
  session.onDidOutput(data => clientGot.push(Buffer.from(data)));
  let closed: CloseReason | undefined;
  session.onDidClose(reason => (closed = reason));

  const sent: Buffer[] = [];
  const said: Buffer[] = [Buffer.from('$ ')];
  let opened = false;
  const opening = session.open({ cols: 80, rows: 24 }).then(
    () => {
      opened = true;
      service.beginOutages();
      for (const { at, size } of conversation.up)
        clock.schedule(at, () => {
          const bytes = pattern(size, sent.length);
          sent.push(bytes);
          session.write(bytes);
        });
      for (const { at, size } of conversation.down)
        clock.schedule(at, () => {
          const bytes = pattern(size, said.length + 100);
          said.push(bytes);
          agent.write(bytes);
        });
    },
    () => undefined,
  );
  const total = (buffers: readonly Buffer[]) => buffers.reduce((sum, { length }) => sum + length, 0);
  const upTotal = conversation.up.reduce((sum, { size }) => sum + size, 0);
  const downTotal = 2 + conversation.down.reduce((sum, { size }) => sum + size, 0);
  const isDone = () => opened && total(agentGot) >= upTotal && total(clientGot) >= downTotal;
  await turn();
  while (!closed && !isDone() && clock.runNext(start + GIVE_UP_AFTER_MS)) {
    // Promises need a turn of their own only while the session is between sockets.
    if (session.phase !== 'connected') await turn();
  }
  // What comes twice comes late.
  for (const end = clock.now() + 2000; clock.runNext(end););
  const result = {
    sent: Buffer.concat(sent),
    agentGot: Buffer.concat(agentGot),
    said: Buffer.concat(said),
    clientGot: Buffer.concat(clientGot),
    closed,
    virtualMs: clock.now() - start,
  };
  void session.close({ kind: 'user' });
  await turn();
  await opening;
  return result;
}

/** Bytes that differ by place and by piece, with plenty of line feeds and carriage returns. */
function pattern(size: number, salt: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let index = 0; index < size; index++)
    bytes[index] = index % 7 === 6 ? 10 : (index * 31 + salt * 17) & 0xff;
  return bytes;
}
