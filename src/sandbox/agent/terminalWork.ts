import { StringDecoder } from 'node:string_decoder';
import { DisposableStore, toDisposable, type Disposable } from '../../base/lifecycle';
import { PayloadType } from '../../ssm/wire/clientMessage';
import { PseudoTerminal } from './pseudoTerminal';
import type { SessionWork, WorkContext } from './sessionWork';

const MOST_CELLS = 0xffff;
/** Input a program has not read, above which the channel takes no more. */
const INPUT_HIGH_WATER_BYTES = 64 * 1_024;

/** Standard_Stream and InteractiveCommands: a program in a pseudo-terminal. */
export class TerminalWork implements SessionWork {
  readonly #context: WorkContext;
  readonly #command: string | undefined;
  readonly #owned = new DisposableStore();
  #terminal: PseudoTerminal | undefined;

  /** `command` absent: an interactive shell. */
  constructor(context: WorkContext, command?: string) {
    this.#context = context;
    this.#command = command;
  }

  start(): void {
    const { session, channel, pump, clock, pacing } = this.#context;
    const home = this.#context.home();
    // As the agent does: through text, so bytes that are no UTF-8 arrive as U+FFFD.
    const decoder = new StringDecoder('utf8');
    let waiting: Disposable | undefined;
    const terminal = new PseudoTerminal({
      command: this.#command === undefined ? [home.shell] : [home.shell, '-c', this.#command],
      cwd: home.home,
      env: home.environment(session.id),
      sessionId: session.id,
      onData: bytes => {
        pump.write(Buffer.from(decoder.write(Buffer.from(bytes))));
        if (!pump.writable) terminal.pause();
      },
    });
    this.#terminal = terminal;
    const resume = () => {
      if (waiting === undefined && pump.writable) terminal.resume();
    };
    if (pacing.firstOutputDelayMs > 0) {
      terminal.pause();
      waiting = clock.schedule(pacing.firstOutputDelayMs, () => {
        waiting = undefined;
        resume();
      });
    }
    this.#owned.add(toDisposable(() => waiting?.dispose()));
    this.#owned.add(pump.onDidDrain(resume));
    terminal.onInputDrain(() => channel.setBusy(false));
    void terminal.ended.then(() => {
      pump.write(Buffer.from(decoder.end()));
      this.#context.finish();
    });
    const profile = session.document.preferences.shellProfile;
    if (profile && this.#command === undefined) terminal.write(Buffer.from(`${profile}\n`));
  }

  take(payloadType: number, payload: Uint8Array): 'taken' | 'notReady' {
    if (this.#terminal === undefined) return 'notReady';
    if (payloadType === PayloadType.Output) {
      this.#terminal.write(payload);
      if (this.#terminal.inputBytes > INPUT_HIGH_WATER_BYTES) this.#context.channel.setBusy(true);
    } else if (payloadType === PayloadType.Size) {
      const size = readSize(payload);
      if (size === undefined) this.#context.log.warn('agent: terminal size ignored');
      else this.#terminal.resize(size.cols, size.rows);
    }
    return 'taken';
  }

  async stop(): Promise<void> {
    this.#owned.dispose();
    await this.#terminal?.close();
  }
}

function readSize(payload: Uint8Array): { cols: number; rows: number } | undefined {
  let size: { cols?: unknown; rows?: unknown } | null;
  try {
    size = JSON.parse(Buffer.from(payload).toString('utf8')) as typeof size;
  } catch {
    return undefined;
  }
  const valid = (cells: unknown): cells is number =>
    Number.isInteger(cells) && (cells as number) > 0 && (cells as number) <= MOST_CELLS;
  return valid(size?.cols) && valid(size.rows) ? { cols: size.cols, rows: size.rows } : undefined;
}
