import * as vscode from 'vscode';
import type { Clock } from '../../base/clock';
import { Emitter, type Event } from '../../base/events';
import { DisposableStore } from '../../base/lifecycle';
import { instanceLabel, type Instance } from '../../access/instance';
import type { CloseReason } from '../../ssm/closeReason';
import type { ForwardConnection, PortForward } from '../../ssm/portForward';
import type { PhaseChange, SessionPhase } from '../../ssm/sessionPhase';
import { CalmLines } from '../model/sessions/calmLines';
import { exactReason } from '../model/sessions/exactReason';
import { dialHost, hostInUrl } from '../model/sessions/forwardAddress';
import type { ForwardTo, LiveSession } from '../model/sessions/liveSession';
import { ownLine, printable } from '../model/sessions/ownLine';
import type { SessionRole } from '../model/sessions/roleChoice';
import { SessionTeller } from '../model/sessions/sessionTeller';
import { forwardTarget } from '../model/sessions/sessionTreeModel';
import { bytesText, timeOfDay, timeOfDayWithSeconds } from '../model/timeText';

const { l10n } = vscode;
const CTRL_C = '\u0003';

/** A forward that listens and is started: our own, or the official plugin's, which counts nothing and says lines of its own. */
export type CarriedForward = Pick<
  PortForward,
  'localHost' | 'localPort' | 'phase' | 'onDidChangePhase' | 'onDidClose' | 'retryNow' | 'close' | 'dispose'
> &
  Partial<Pick<PortForward, 'stats' | 'onDidConnection'>> & { readonly onDidLine?: Event<string> };

export interface ForwardTerminalDeps {
  readonly forward: CarriedForward;
  readonly sessionId: string;
  readonly to: ForwardTo;
  readonly instance: Instance;
  readonly role: SessionRole;
  readonly clock: Clock;
  /** Finds out why AWS ended it. */
  readonly explain: () => Promise<CloseReason | undefined>;
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
  readonly #teller: SessionTeller;
  readonly #terminal: vscode.Terminal;
  /** What was said before the terminal was there to show it. */
  #early: string[] | undefined = [];
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
    this.#teller = new SessionTeller({
      l10n,
      now: () => deps.clock.now(),
      roleLabel: deps.role.label,
      kind: 'forward',
      say: sentence => this.#say(ownLine(sentence)),
    });
    const { forward } = deps;
    if (forward.onDidConnection)
      this.#listeners.add(forward.onDidConnection(connection => this.#tellConnection(connection)));
    if (forward.onDidLine) this.#listeners.add(forward.onDidLine(line => this.#lines.add(printable(line))));
    this.#listeners.add(forward.onDidChangePhase(change => this.#onPhase(change)));
    this.#listeners.add(forward.onDidClose(reason => void this.#onClose(reason)));
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
    return this.#deps.forward.stats?.bytes;
  }

  get problem(): Error | undefined {
    return this.#teller.problem;
  }

  get resumed(): number {
    return this.#teller.resumed;
  }

  get forward(): NonNullable<LiveSession['forward']> {
    const { forward, to } = this.#deps;
    return {
      to,
      localHost: dialHost(forward.localHost),
      localPort: forward.localPort,
      ...(forward.stats ? { connections: forward.stats.connections } : {}),
    };
  }

  retryNow(): void {
    this.#deps.forward.retryNow();
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
    const from = `${hostInUrl(forward.localHost)}:${forward.localPort}`;
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
    const active = this.#deps.forward.stats?.connections.active ?? 0;
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

  #onPhase(change: PhaseChange): void {
    this.#teller.tellPhase(change);
    this.#change.fire();
  }

  async #onClose(reason: CloseReason): Promise<void> {
    const { clock, explain } = this.#deps;
    this.#tellEnd(await exactReason(reason, { asked: false, explain, clock }));
  }

  #tellEnd(reason: CloseReason): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#lines.flush();
    this.#say(ownLine(this.#teller.endText(reason)));
    this.#tellTotals();
    this.#close.fire(reason);
    if (this.#deps.keepOpen()) this.#say(ownLine(l10n.t('Press Enter to close this terminal.')));
    else this.#terminalClose.fire();
  }
  #tellTotals(): void {
    const { stats } = this.#deps.forward;
    if (!stats) return;
    const { connections, bytes } = stats;
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
  }
}
