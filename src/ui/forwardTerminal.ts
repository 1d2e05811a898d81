import * as vscode from 'vscode';
import type { Clock } from '../base/clock';
import { Emitter, type Event } from '../base/events';
import { DisposableStore } from '../base/lifecycle';
import { instanceLabel, type Instance } from '../access/instance';
import type { CloseReason } from '../ssm/closeReason';
import type { ForwardConnection, PortForward } from '../ssm/portForward';
import type { PhaseChange, SessionPhase } from '../ssm/sessionPhase';
import { CalmLines } from './model/calmLines';
import { closeText } from './model/closeText';
import type { ForwardTo, LiveSession } from './model/liveSession';
import { ownLine, printable } from './model/ownLine';
import type { SessionRole } from './model/roleChoice';
import { forwardTarget } from './model/sessionTreeModel';
import { bytesText, timeOfDay, timeOfDayWithSeconds } from './model/timeText';

const { l10n } = vscode;
const CTRL_C = '\u0003';

export interface ForwardTerminalDeps {
  /** Listening, and started. */
  readonly forward: PortForward;
  readonly sessionId: string;
  readonly to: ForwardTo;
  readonly instance: Instance;
  readonly role: SessionRole;
  readonly clock: Clock;
  readonly keepOpen: () => boolean;
}

/** A terminal that tells what a forward does, and ends it with Ctrl-C. Nothing of the forwarded bytes is shown. */
export class ForwardTerminal implements LiveSession {
  readonly kind = 'forward';
  readonly id: string;
  readonly instance: Instance;
  readonly role: SessionRole;
  readonly startedAt: number;

  readonly #deps: ForwardTerminalDeps;
  readonly #listeners = new DisposableStore();
  readonly #write = new vscode.EventEmitter<string>();
  readonly #terminalClose = new vscode.EventEmitter<void>();
  readonly #change = new Emitter<void>();
  readonly onDidChange: Event<void> = this.#change.event;
  readonly #close = new Emitter<CloseReason>();
  readonly onDidClose: Event<CloseReason> = this.#close.event;
  readonly #lines: CalmLines;
  readonly #terminal: vscode.Terminal;
  /** What was said before the terminal was there to show it. */
  #early: string[] | undefined = [];
  #lostAt: number | undefined;
  #resumed = 0;
  #isOver = false;

  constructor(deps: ForwardTerminalDeps) {
    this.#deps = deps;
    this.id = deps.sessionId;
    this.instance = deps.instance;
    this.role = deps.role;
    this.startedAt = deps.clock.now();
    this.#lines = this.#listeners.add(
      new CalmLines({
        clock: deps.clock,
        write: line => this.#say(`${line}\r\n`),
        summary: held => l10n.t('… {0} more lines held back to keep this readable', held),
      }),
    );
    const { forward } = deps;
    this.#listeners.add(forward.onDidConnection(connection => this.#tellConnection(connection)));
    this.#listeners.add(forward.onDidChangePhase(change => this.#tellPhase(change)));
    this.#listeners.add(forward.onDidClose(reason => this.#tellEnd(reason)));
    this.#tellStart();
    this.#terminal = vscode.window.createTerminal({
      name: `${forwardTarget(this, deps.to)} → ${forward.localPort}`,
      pty: this.#pty(),
      iconPath: new vscode.ThemeIcon('arrow-swap'),
      color: new vscode.ThemeColor('terminal.ansiMagenta'),
      isTransient: true,
    });
  }

  get phase(): SessionPhase {
    return this.#deps.forward.phase;
  }

  get bytes(): LiveSession['bytes'] {
    return this.#deps.forward.stats.bytes;
  }

  get resumed(): number {
    return this.#resumed;
  }

  get forward(): NonNullable<LiveSession['forward']> {
    const { forward, to } = this.#deps;
    return { to, localPort: forward.localPort, connections: forward.stats.connections };
  }

  show(): void {
    this.#terminal.show();
  }

  end(reason: CloseReason): Promise<void> {
    return this.#deps.forward.close(reason);
  }

  dispose(): void {
    this.#listeners.dispose();
    this.#deps.forward.dispose();
    this.#terminal.dispose();
    this.#write.dispose();
    this.#terminalClose.dispose();
    this.#change.dispose();
    this.#close.dispose();
  }

  #pty(): vscode.Pseudoterminal {
    return {
      onDidWrite: this.#write.event,
      onDidClose: this.#terminalClose.event,
      open: () => {
        const early = this.#early ?? [];
        this.#early = undefined;
        for (const text of early) this.#write.fire(text);
      },
      close: () => {
        if (!this.#isOver) void this.end({ kind: 'user' });
      },
      handleInput: data => {
        if (this.#isOver) {
          if (data === '\r' || data === '\u0004' || data === CTRL_C) this.#terminalClose.fire();
        } else if (data.includes(CTRL_C)) {
          void this.end({ kind: 'user' });
        }
      },
    };
  }

  #say(text: string): void {
    if (this.#early) this.#early.push(text);
    else this.#write.fire(text);
  }

  #tellStart(): void {
    const { forward, to, instance, role } = this.#deps;
    const from = `${forward.localHost}:${forward.localPort}`;
    const through = `${instanceLabel(instance)} (${instance.id})`;
    this.#say(
      ownLine(
        to.host === undefined
          ? l10n.t('Forwarding {0} to port {1} of {2}', from, to.port, through)
          : l10n.t('Forwarding {0} to {1} through {2}', from, `${to.host}:${to.port}`, through),
      ),
    );
    const endsAt = role.grant?.effectiveEndsAt;
    this.#say(
      ownLine(
        endsAt === undefined
          ? l10n.t('As {0}. Ctrl-C ends it.', role.label)
          : l10n.t('As {0}, until {1}. Ctrl-C ends it.', role.label, timeOfDay(endsAt)),
      ),
    );
  }

  #tellConnection(connection: ForwardConnection): void {
    const time = timeOfDayWithSeconds(this.#deps.clock.now());
    const { active } = this.#deps.forward.stats.connections;
    switch (connection.kind) {
      case 'opened':
        this.#lines.add(
          l10n.t('{0}  #{1} opened from {2} · {3} open', time, connection.id, connection.from, active),
        );
        break;
      case 'failed':
        this.#lines.add(
          l10n.t(
            '{0}  #{1} failed: {2}',
            time,
            connection.id,
            printable(connection.message ?? l10n.t('no reason given')),
          ),
        );
        break;
      case 'closed':
        this.#lines.add(
          l10n.t(
            '{0}  #{1} closed · {2} sent, {3} received · {4} open',
            time,
            connection.id,
            bytesText(connection.bytes.sent),
            bytesText(connection.bytes.received),
            active,
          ),
        );
        break;
    }
    this.#change.fire();
  }

  #tellPhase({ phase, at }: PhaseChange): void {
    if ((phase === 'stale' || phase === 'resuming') && this.#lostAt === undefined) {
      this.#lostAt = at;
      this.#say(ownLine(l10n.t('Connection lost {0}, resuming…', timeOfDayWithSeconds(at))));
    } else if (phase === 'connected' && this.#lostAt !== undefined) {
      const seconds = ((at - this.#lostAt) / 1000).toFixed(1);
      this.#lostAt = undefined;
      this.#resumed += 1;
      this.#say(ownLine(l10n.t('Resumed after {0} s, nothing lost.', seconds)));
    }
    this.#change.fire();
  }

  #tellEnd(reason: CloseReason): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#lines.flush();
    const { connections, bytes } = this.#deps.forward.stats;
    this.#say(ownLine(closeText(l10n, reason, this.role.label, this.#deps.clock.now())));
    this.#say(
      ownLine(
        l10n.t(
          '{0} connections in all, {1} failed · {2} sent, {3} received',
          connections.total,
          connections.failed,
          bytesText(bytes.sent),
          bytesText(bytes.received),
        ),
      ),
    );
    this.#close.fire(reason);
    if (this.#deps.keepOpen()) this.#say(ownLine(l10n.t('Press Enter to close this terminal.')));
    else this.#terminalClose.fire();
  }
}
