import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { DisposableStore, toDisposable } from '../../base/lifecycle';
import { PayloadType } from '../../ssm/wire/clientMessage';
import { processesOf, signalAll } from './processTree';
import type { SessionWork, WorkContext } from './sessionWork';

/** Control bytes are all that a client without terminal can say to a command. */
const CONTROL_SIGNALS: ReadonlyMap<number, NodeJS.Signals> = new Map([
  [0x03, 'SIGINT'],
  [0x1c, 'SIGQUIT'],
  [0x1a, 'SIGTSTP'],
]);

/** NonInteractiveCommands: a program on pipes. */
export class CommandWork implements SessionWork {
  readonly #context: WorkContext;
  readonly #separate: boolean;
  readonly #owned = new DisposableStore();
  #child: ChildProcess | undefined;
  #closed: Promise<void> = Promise.resolve();

  constructor(context: WorkContext) {
    this.#context = context;
    this.#separate = context.session.document.properties['separateOutputStream']?.toLowerCase() === 'true';
  }

  start(): void {
    const { session, pump, log } = this.#context;
    const home = this.#context.home();
    const { command = '', stdoutSeparatorPrefix, stderrSeparatorPrefix } = session.document.properties;
    const child = spawn(home.shell, ['-c', command], {
      cwd: home.home,
      env: home.environment(session.id),
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own, so that a control byte reaches all of it.
      detached: true,
    });
    this.#child = child;
    this.#forward(child.stdout, PayloadType.Output, stdoutSeparatorPrefix);
    this.#forward(
      child.stderr,
      this.#separate ? PayloadType.StdErr : PayloadType.Output,
      stderrSeparatorPrefix,
    );
    this.#closed = new Promise(resolve => {
      child.once('error', failure => {
        log.warn('agent: command did not start', failure.message);
        this.#context.finish(failure.message);
        resolve();
      });
      child.once('close', (code, signal) => {
        const exitCode = code ?? exitCodeOf(signal);
        if (this.#separate) pump.write(Buffer.from(`EXIT_CODE: ${exitCode}`), PayloadType.ExitCode);
        this.#context.finish();
        resolve();
      });
    });
  }

  take(payloadType: number, payload: Uint8Array): 'taken' | 'notReady' {
    if (this.#child === undefined) return 'notReady';
    if (payloadType !== PayloadType.Output || this.#child.pid === undefined) return 'taken';
    for (const byte of payload) {
      const signal = CONTROL_SIGNALS.get(byte);
      if (signal !== undefined && this.#child.exitCode === null) signalAll([-this.#child.pid], signal);
    }
    return 'taken';
  }

  async stop(): Promise<void> {
    this.#owned.dispose();
    const pid = this.#child?.pid;
    if (pid !== undefined) {
      let left = await processesOf(this.#context.session.id, pid);
      while (left.length > 0) {
        signalAll(left, 'SIGKILL');
        await new Promise(resolve => setImmediate(resolve));
        left = await processesOf(this.#context.session.id, pid);
      }
    }
    this.#child?.stdout?.resume();
    this.#child?.stderr?.resume();
    await this.#closed;
  }

  #forward(stream: Readable, payloadType: number, prefix: string | undefined): void {
    const { pump } = this.#context;
    const decoder = new StringDecoder('utf8');
    const write = (text: string) => {
      if (text !== '') pump.write(Buffer.from(this.#separate && prefix ? prefix + text : text), payloadType);
    };
    stream.on('data', (bytes: Buffer) => {
      write(decoder.write(bytes));
      if (!pump.writable) stream.pause();
    });
    stream.on('end', () => write(decoder.end()));
    this.#owned.add(pump.onDidDrain(() => stream.resume()));
    this.#owned.add(toDisposable(() => stream.removeAllListeners('data')));
  }
}

/** As a shell tells a signalled end: 128 + the signal's number. */
function exitCodeOf(signal: NodeJS.Signals | null): number {
  return 128 + (signal === null ? 0 : constants.signals[signal]);
}
