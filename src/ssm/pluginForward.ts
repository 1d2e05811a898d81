import type { CallOptions } from '../base/cancellation';
import type { Clock } from '../base/clock';
import { Emitter } from '../base/events';
import type { Disposable } from '../base/lifecycle';
import type { Log } from '../base/log';
import type { CloseReason } from './closeReason';
import type { PluginCommand } from './officialPlugin';
import { PluginProcess, type PluginExit } from './pluginProcess';
import type { SessionControl } from './sessionControl';
import type { PhaseChange, SessionPhase } from './sessionPhase';
import { terminateSession } from './terminateSession';

/** A port forward that the official plugin carries. It listens by itself; what it says is passed on line by line. */
export class PluginForward implements Disposable {
  readonly #control: SessionControl;
  readonly #deps: { readonly clock: Clock; readonly log: Log };
  readonly #process: PluginProcess;
  readonly #didChangePhase = new Emitter<PhaseChange>();
  readonly #didClose = new Emitter<CloseReason>();
  readonly localHost = 'localhost';
  readonly localPort: number;
  #phase: SessionPhase = 'connected';
  #closed: Promise<void> | undefined;

  readonly onDidLine: PluginProcess['onDidLine'];
  readonly onDidChangePhase = this.#didChangePhase.event;
  readonly onDidClose = this.#didClose.event;

  constructor(
    control: SessionControl,
    command: PluginCommand,
    deps: {
      /** The port that the session was asked to be forwarded to; the plugin binds it. */
      readonly localPort: number;
      readonly env: Readonly<Record<string, string | undefined>>;
      readonly clock: Clock;
      readonly log: Log;
    },
  ) {
    this.#control = control;
    this.#deps = deps;
    this.localPort = deps.localPort;
    this.#process = new PluginProcess(command, deps);
    this.onDidLine = this.#process.onDidLine;
    this.#process.onDidExit(exit => void this.close(exitReason(exit)));
  }

  get phase(): SessionPhase {
    return this.#phase;
  }

  /** The plugin tries again as it sees fit. */
  retryNow(): void {}

  /** Ends the session at AWS and the plugin. The first reason wins. Resolves when TerminateSession was answered or took too long. */
  close(reason: CloseReason): Promise<void> {
    if (this.#closed) return this.#closed;
    this.#closed = terminateSession(this.#control, this.#deps);
    this.#process.dispose();
    const previous = this.#phase;
    this.#phase = 'closed';
    this.#didChangePhase.fire({ phase: 'closed', previous, at: this.#deps.clock.now() });
    this.#didClose.fire(reason);
    return this.#closed;
  }

  /** Asks the control plane why the session ended; undefined when it does not know. */
  async explainEnd(options?: CallOptions): Promise<CloseReason | undefined> {
    return await this.#control.explainEnd?.(options);
  }

  dispose(): void {
    void this.close({ kind: 'user' });
  }
}

/** It ends with 0 when the session has ended, whatever ended it. */
function exitReason({ code, error }: PluginExit): CloseReason {
  if (error) return { kind: 'plugin-exit', message: error.message };
  if (code === 0) return { kind: 'remote-exit' };
  return { kind: 'plugin-exit', ...(code === undefined ? {} : { exitCode: code }) };
}
