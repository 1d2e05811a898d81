import * as vscode from 'vscode';
import type { Clock } from '../../base/clock';
import { Emitter, type Event } from '../../base/events';
import { DisposableStore } from '../../base/lifecycle';
import type { Log } from '../../base/log';
import { instanceLabel, type Instance } from '../../access/instance';
import type { CloseReason } from '../../ssm/closeReason';
import type { PluginCommand } from '../../ssm/officialPlugin';
import type { SessionPhase } from '../../ssm/sessionPhase';
import { terminateSession } from '../../ssm/terminateSession';
import { closeText } from '../model/sessions/closeText';
import { exactReason } from '../model/sessions/exactReason';
import type { LiveSession } from '../model/sessions/liveSession';
import type { SessionRole } from '../model/sessions/roleChoice';
import type { StartedControl } from './sessionStarter';

const { l10n } = vscode;

export interface PluginShellTerminalDeps {
  readonly control: StartedControl;
  readonly command: PluginCommand;
  readonly instance: Instance;
  readonly role: SessionRole;
  readonly clock: Clock;
  readonly log: Log;
}

/** An integrated terminal whose program is the official plugin. What happens in it is between the plugin and the person. */
export class PluginShellTerminal implements LiveSession {
  readonly kind = 'shell';
  readonly id: string;
  readonly instance: Instance;
  readonly role: SessionRole;
  readonly startedAt: number;
  readonly bytes = undefined;
  readonly resumed = 0;

  readonly #deps: PluginShellTerminalDeps;
  readonly #listeners = new DisposableStore();
  readonly #terminal: vscode.Terminal;
  readonly #change = new Emitter<void>();
  readonly onDidChange: Event<void> = this.#change.event;
  readonly #close = new Emitter<CloseReason>();
  readonly onDidClose: Event<CloseReason> = this.#close.event;
  #phase: SessionPhase = 'connected';
  #terminated: Promise<void> | undefined;

  constructor(deps: PluginShellTerminalDeps) {
    this.#deps = deps;
    this.id = deps.control.ticket.sessionId;
    this.instance = deps.instance;
    this.role = deps.role;
    this.startedAt = deps.clock.now();
    const { command, instance } = deps;
    this.#terminal = vscode.window.createTerminal({
      name: `${instanceLabel(instance)} · SSM plugin`,
      shellPath: command.file,
      shellArgs: [...command.args],
      env: { ...command.env },
      iconPath: new vscode.ThemeIcon('remote-explorer'),
      color: new vscode.ThemeColor('terminal.ansiCyan'),
      isTransient: true,
    });
    this.#listeners.add(
      vscode.window.onDidCloseTerminal(terminal => {
        if (terminal === this.#terminal) void this.#onTerminalClosed(terminal.exitStatus);
      }),
    );
  }

  get phase(): SessionPhase {
    return this.#phase;
  }

  retryNow(): void {}

  show(): void {
    this.#terminal.show();
  }

  end(reason: CloseReason): Promise<void> {
    if (this.#terminated) return this.#terminated;
    const { control, role, clock } = this.#deps;
    this.#terminated = terminateSession(control, this.#deps);
    this.#phase = 'closed';
    this.#terminal.dispose();
    this.#close.fire(reason);
    // The end of a grant has a notice of its own; what ends without one would leave nothing but a terminal that is gone.
    if (reason.kind !== 'user' && reason.kind !== 'grant-ended' && reason.kind !== 'remote-exit') {
      const text = closeText(l10n, reason, { roleLabel: role.label, kind: 'shell', atMs: clock.now() });
      void vscode.window.showInformationMessage(`${instanceLabel(this.instance)}: ${text}`);
    }
    return this.#terminated;
  }

  dispose(): void {
    void this.end({ kind: 'user' });
    this.#listeners.dispose();
    this.#change.dispose();
    this.#close.dispose();
  }

  async #onTerminalClosed(status: vscode.TerminalExitStatus | undefined): Promise<void> {
    this.#listeners.dispose();
    if (this.#terminated) return;
    const { control, clock } = this.#deps;
    const byProgram = status?.reason === vscode.TerminalExitReason.Process;
    const explain = () => control.explainEnd();
    // The plugin ends with 0 whenever the session has ended.
    const reason: CloseReason = !byProgram
      ? { kind: 'user' }
      : status.code
        ? { kind: 'plugin-exit', exitCode: status.code }
        : { kind: 'remote-exit' };
    await this.end(await exactReason(reason, { asked: true, explain, clock }));
  }
}
