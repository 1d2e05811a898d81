import { spawn, type IPty } from '@lydell/node-pty';
import type { Socket } from 'node:net';
import { EndMarker } from './endMarker';
import { processesOf, signalAll } from './processTree';

const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;
/** How long processes may take over a hang-up before they are killed. */
const HANG_UP_GRACE_MS = 500;
/**
 * Leads the terminal's session: runs the program, writes the mark given as `$0` after it, and waits to be killed. Interrupts are for
 * the program; a trap, unlike an ignored signal, is not inherited.
 */
const LEADER = `trap : INT QUIT; "$@"; printf %s "$0"; exec sleep 60`;

export interface PseudoTerminalOptions {
  /** Program and arguments. */
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** By which its processes are found when it ends. */
  readonly sessionId: string;
  readonly onData: (bytes: Uint8Array) => void;
}

/** A program in a pseudo-terminal whose output is never cut short and which leaves no process behind. */
export class PseudoTerminal {
  readonly #pty: IPty;
  readonly #sessionId: string;
  readonly #leaderGone: Promise<void>;
  #gone = false;
  #paused = false;
  /** Resolves when the program has ended and all of its output has been given to `onData`. */
  readonly ended: Promise<void>;

  constructor({ command, cwd, env, sessionId, onData }: PseudoTerminalOptions) {
    const marker = new EndMarker();
    this.#sessionId = sessionId;
    this.#pty = spawn('/bin/sh', ['-c', LEADER, marker.text, ...command], {
      name: 'xterm-256color',
      cols: DEFAULT_COLUMNS,
      rows: DEFAULT_ROWS,
      cwd,
      env,
      encoding: null,
    });
    this.#leaderGone = new Promise(resolve => {
      this.#pty.onExit(() => {
        this.#gone = true;
        resolve();
      });
    });
    this.ended = new Promise(resolve => {
      // Without an encoding the terminal emits buffers, whatever its types say.
      this.#pty.onData(data => {
        const output = marker.push(data as unknown as Uint8Array);
        if (output.length > 0) onData(output);
        if (marker.found) resolve();
      });
      // The leader itself was killed.
      void this.#leaderGone.then(() => {
        if (marker.rest().length > 0) onData(marker.rest());
        resolve();
      });
    });
  }

  /** Bytes written that the program has not read. node-pty has no public way to learn it. */
  get inputBytes(): number {
    return this.#socket.writableLength;
  }

  onInputDrain(listener: () => void): void {
    this.#socket.on('drain', listener);
  }

  write(bytes: Uint8Array): void {
    if (this.#usable) this.#socket.write(Buffer.from(bytes));
  }

  resize(cols: number, rows: number): void {
    if (this.#usable) this.#pty.resize(cols, rows);
  }

  pause(): void {
    if (this.#paused || !this.#usable) return;
    this.#paused = true;
    this.#pty.pause();
  }

  resume(): void {
    if (!this.#paused || !this.#usable) return;
    this.#paused = false;
    this.#pty.resume();
  }

  /** Hangs up, then kills; resolves when all of the session's processes are gone. */
  async close(): Promise<void> {
    this.resume();
    const { pid } = this.#pty;
    signalAll(await processesOf(this.#sessionId, pid), 'SIGHUP');
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      this.#leaderGone,
      new Promise<void>(resolve => {
        timer = setTimeout(resolve, HANG_UP_GRACE_MS);
      }),
    ]);
    clearTimeout(timer);
    for (;;) {
      const left = await processesOf(this.#sessionId, pid);
      if (left.length === 0) break;
      signalAll(left, 'SIGKILL');
      await new Promise(resolve => setImmediate(resolve));
    }
    await this.#leaderGone;
  }

  get #usable(): boolean {
    return !this.#gone && !this.#socket.destroyed;
  }

  get #socket(): Socket {
    return (this.#pty as unknown as { readonly _socket: Socket })._socket;
  }
}
