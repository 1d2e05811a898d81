import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Clock } from '../base/clock';
import { Emitter } from '../base/events';
import type { Disposable } from '../base/lifecycle';
import type { PluginCommand } from './officialPlugin';

/** How long the plugin may take to end by itself, which it does politely, before it is killed. */
const STOP_WITHIN_MS = 3000;
/** A line is cut here: what the plugin says is short. */
const LONGEST_LINE = 2000;

export interface PluginExit {
  /** Absent when it was ended by a signal or could not be run at all. */
  readonly code?: number;
  /** Why it could not be run. */
  readonly error?: Error;
}

/** The official plugin as a child process: its words line by line, its end once. */
export class PluginProcess implements Disposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #clock: Clock;
  readonly #didLine = new Emitter<string>();
  readonly #didExit = new Emitter<PluginExit>();
  #exit: PluginExit | undefined;
  #killing: Disposable | undefined;

  /** What it says, on either stream, without line ends. */
  readonly onDidLine = this.#didLine.event;
  readonly onDidExit = this.#didExit.event;

  /** `env` is that of the process; the command's own is added to it. */
  constructor(
    command: PluginCommand,
    deps: { readonly env: Readonly<Record<string, string | undefined>>; readonly clock: Clock },
  ) {
    this.#clock = deps.clock;
    this.#child = spawn(command.file, [...command.args], {
      env: { ...deps.env, ...command.env },
      windowsHide: true,
    });
    // Nothing is said to it; a pipe that breaks is no failure of ours.
    this.#child.stdin.on('error', () => undefined);
    this.#child.stdin.end();
    for (const stream of [this.#child.stdout, this.#child.stderr]) this.#readLines(stream);
    this.#child.on('error', error => this.#onExit({ error }));
    this.#child.on('close', code => this.#onExit(code === null ? {} : { code }));
  }

  get exit(): PluginExit | undefined {
    return this.#exit;
  }

  /** Asks it to end; makes it end if it does not. */
  dispose(): void {
    if (this.#exit || this.#killing) return;
    this.#child.kill('SIGTERM');
    this.#killing = this.#clock.schedule(STOP_WITHIN_MS, () => this.#child.kill('SIGKILL'));
  }

  #readLines(stream: NodeJS.ReadableStream): void {
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      const lines = (rest + text).split(/\r\n|\n|\r/);
      rest = (lines.pop() ?? '').slice(0, LONGEST_LINE);
      for (const line of lines) this.#tell(line);
    });
    stream.on('end', () => this.#tell(rest));
  }

  #tell(line: string): void {
    const words = line.trim();
    if (words !== '') this.#didLine.fire(words.slice(0, LONGEST_LINE));
  }

  #onExit(exit: PluginExit): void {
    if (this.#exit) return;
    this.#exit = exit;
    this.#killing?.dispose();
    this.#didExit.fire(exit);
  }
}
