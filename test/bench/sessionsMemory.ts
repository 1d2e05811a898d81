import { fork, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { systemClock } from '../../src/base/clock';
import { silentLog } from '../../src/base/log';
import { PortForward } from '../../src/ssm/portForward';
import type { TransportFactory } from '../../src/ssm/transport';
import { webSocketTransport } from '../../src/ssm/webSocketTransport';
import { dial, MIB, round, transferHeader } from './sessionsLoads';
import type { PeerTicket } from './sessionsPeer';

/** Resident memory of a process that runs one forward and nothing else. */
export interface ForwardMemory {
  /** Passed through the forward. */
  readonly bytes: number;
  /** How often the reader stalled until the forward let the agent wait. */
  readonly stalls: number;
  /** With the forward open and no connection. */
  readonly idleMiB: number;
  /** Over idle: the most of all stalls, and the most there ever was. */
  readonly stalledMiB: number;
  readonly peakMiB: number;
}

type Question = 'stopped' | 'memory';
/** The answer to `stopped` comes when the forward does not read from the service; `peakBytes` is the system's high-water mark. */
type Word =
  | { readonly word: 'open'; readonly port: number }
  | { readonly word: 'stopped' }
  | { readonly word: 'memory'; readonly residentBytes: number; readonly peakBytes: number };

/** Opens a forward on the ticket that it is sent, and answers questions about it. Runs until the parent is gone. */
export function runForward(): void {
  const say = (word: Word) => process.send!(word);
  const network = webSocketTransport({ env: {} });
  let isReading = true;
  let isAsked = false;
  const answerStopped = () => {
    if (isReading || !isAsked) return;
    isAsked = false;
    say({ word: 'stopped' });
  };
  const connect: TransportFactory = async (...call) => {
    const transport = await network(...call);
    const setReading = transport.setReading.bind(transport);
    transport.setReading = reading => {
      setReading(reading);
      isReading = reading;
      answerStopped();
    };
    return transport;
  };
  const answer = (question: Question) => {
    if (question === 'stopped') {
      isAsked = true;
      answerStopped();
    } else {
      say({ word: 'memory', residentBytes: process.memoryUsage.rss(), peakBytes: highWaterBytes() });
    }
  };
  const open = async (ticket: PeerTicket) => {
    const forward = await PortForward.listen({ host: '127.0.0.1', port: 0 });
    const control = {
      ticket,
      targetId: 'i-060ee0879f3ec4eb7',
      resume: () => Promise.resolve(undefined),
      terminate: () => Promise.resolve(),
      signUpgrade: () => Promise.resolve({}),
    };
    await forward.start(() => Promise.resolve(control), { connect, clock: systemClock, log: silentLog });
    process.on('message', answer);
    say({ word: 'open', port: forward.localPort });
  };
  process.once('message', (ticket: PeerTicket) => void open(ticket));
  process.on('disconnect', () => process.exit(0));
}

/** On Linux the mark of `getrusage` outlives an exec, and would begin with what the parent held when it made this process. */
function highWaterBytes(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024;
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kib) * 1024;
}

/** The answer of the other process. */
async function word<Kind extends Word['word']>(
  child: ChildProcess,
  kind: Kind,
): Promise<Extract<Word, { word: Kind }>> {
  return await new Promise((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`the forward's process ended with ${code}`));
    child.once('exit', onExit);
    child.once('message', (said: Word) => {
      child.off('exit', onExit);
      if (said.word === kind) resolve(said as Extract<Word, { word: Kind }>);
      else reject(new Error(`"${said.word}" was said where "${kind}" was asked`));
    });
  });
}

async function ask<Asked extends Question>(
  child: ChildProcess,
  question: Asked,
): Promise<Extract<Word, { word: Asked }>> {
  child.send(question);
  return await word(child, question);
}

/**
 * Memory of a fresh process that forwards so many bytes from an agent as fast as it goes to a reader that stalls before every
 * `stallEvery` bytes until the forward lets the agent wait. `program` calls `runForward` when its argument is `forward`; it gets no flags,
 * and nobody calls its collector. The agent and the reader, which is the caller, are other processes.
 */
export async function stalledReader(
  program: string,
  ticket: PeerTicket,
  { bytes, stallEvery }: { readonly bytes: number; readonly stallEvery: number },
): Promise<ForwardMemory> {
  const child = fork(program, ['forward'], { execArgv: [] });
  try {
    child.send(ticket);
    const { port } = await word(child, 'open');
    const idle = (await ask(child, 'memory')).residentBytes;
    const socket = await dial(port);
    let left = bytes;
    let untilStall = 0;
    let onStall: () => void = () => undefined;
    const closed = new Promise<never>((_, reject) =>
      socket.once('close', () => reject(new Error(`closed with ${left} bytes to come`))),
    );
    closed.catch(() => undefined);
    socket.pause();
    socket.on('data', chunk => {
      left -= chunk.length;
      untilStall -= chunk.length;
      if (left > 0 && untilStall > 0) return;
      socket.pause();
      onStall();
    });
    socket.write(transferHeader(bytes));
    const growth: number[] = [];
    while (left > 0) {
      // What is left at last may fit into what the system keeps for the reader.
      if (left > stallEvery / 2) {
        await ask(child, 'stopped');
        growth.push((await ask(child, 'memory')).residentBytes - idle);
      }
      untilStall = stallEvery;
      const paused = new Promise<void>(resolve => (onStall = resolve));
      socket.resume();
      await Promise.race([paused, closed]);
    }
    const { peakBytes } = await ask(child, 'memory');
    socket.destroy();
    return {
      bytes,
      stalls: growth.length,
      idleMiB: round(idle / MIB),
      stalledMiB: round(Math.max(...growth) / MIB),
      peakMiB: round((peakBytes - idle) / MIB),
    };
  } finally {
    child.disconnect();
  }
}
