import * as vscode from 'vscode';
import type { Event } from '../../base/events';
import { instanceLabel } from '../../access/instance';
import type { CloseReason } from '../../ssm/closeReason';
import type { ForwardConnection, PortForward } from '../../ssm/portForward';
import type { PhaseChange, SessionPhase } from '../../ssm/sessionPhase';
import { CalmLines } from '../model/sessions/calmLines';
import { exactReason } from '../model/sessions/exactReason';
import { dialHost, hostInUrl } from '../model/sessions/forwardAddress';
import type { ForwardTo, LiveSession } from '../model/sessions/liveSession';
import { ownLine, printable } from '../model/sessions/ownLine';
import { forwardTarget } from '../model/sessions/sessionTreeModel';
import { bytesText, timeOfDay, timeOfDayWithSeconds } from '../model/timeText';
import { SessionTerminal, type SessionTerminalDeps, type TerminalKeys } from './sessionTerminal';

const { l10n } = vscode;
const CTRL_C = '\u0003';

/** A forward that listens and is started: our own, or the official plugin's, which counts nothing and says lines of its own. */
export type CarriedForward = Pick<
  PortForward,
  'localHost' | 'localPort' | 'phase' | 'onDidChangePhase' | 'onDidClose' | 'retryNow' | 'close' | 'dispose'
> &
  Partial<Pick<PortForward, 'stats' | 'onDidConnection'>> & { readonly onDidLine?: Event<string> };

export interface ForwardTerminalDeps extends SessionTerminalDeps {
  readonly forward: CarriedForward;
  readonly to: ForwardTo;
}

/** A terminal that tells what a forward does, and ends it with Ctrl-C. Nothing of the forwarded bytes is shown. */
export class ForwardTerminal extends SessionTerminal {
  readonly kind = 'forward';
  readonly #deps: ForwardTerminalDeps;
  readonly #lines: CalmLines;
  /** What was said before the terminal was there to show it. */
  #early: string[] | undefined = [];
  #isOver = false;

  constructor(deps: ForwardTerminalDeps) {
    super('forward', deps);
    this.#deps = deps;
    this.#lines = this.listeners.add(
      new CalmLines({
        clock: deps.clock,
        write: line => this.#show(`${line}\r\n`),
        summary: held => l10n.t('… {0} more lines held back to keep this readable', held),
      }),
    );
    const { forward } = deps;
    if (forward.onDidConnection)
      this.listeners.add(forward.onDidConnection(connection => this.#tellConnection(connection)));
    if (forward.onDidLine) this.listeners.add(forward.onDidLine(line => this.#lines.add(printable(line))));
    this.listeners.add(forward.onDidChangePhase(change => this.#onPhase(change)));
    this.listeners.add(forward.onDidClose(reason => void this.#onClose(reason)));
    this.#tellStart();
    this.createTerminal(
      {
        name: `${forwardTarget(this, deps.to)} → ${forward.localPort}`,
        icon: 'arrow-swap',
        color: 'terminal.ansiMagenta',
      },
      this.#pty(),
    );
  }

  get phase(): SessionPhase {
    return this.#deps.forward.phase;
  }

  get bytes(): LiveSession['bytes'] {
    return this.#deps.forward.stats?.bytes;
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

  end(reason: CloseReason): Promise<void> {
    return this.#deps.forward.close(reason);
  }

  override dispose(): void {
    this.listeners.dispose();
    this.#deps.forward.dispose();
    super.dispose();
  }

  protected say(sentence: string): void {
    this.#show(ownLine(sentence));
  }

  #pty(): TerminalKeys {
    return {
      open: () => {
        const early = this.#early ?? [];
        this.#early = undefined;
        for (const text of early) this.write.fire(text);
      },
      close: () => {
        if (!this.#isOver) void this.end({ kind: 'user' });
      },
      handleInput: data => {
        if (this.#isOver) {
          if (data === '\r' || data === '\u0004' || data === CTRL_C) this.terminalClose.fire();
        } else if (data.includes(CTRL_C)) {
          void this.end({ kind: 'user' });
        }
      },
    };
  }

  #show(text: string): void {
    if (this.#early) this.#early.push(text);
    else this.write.fire(text);
  }

  #tellStart(): void {
    const { forward, to, instance, role } = this.#deps;
    const from = `${hostInUrl(forward.localHost)}:${forward.localPort}`;
    const through = `${instanceLabel(instance)} (${instance.id})`;
    this.say(
      to.host === undefined
        ? l10n.t('Forwarding {0} to port {1} of {2}', from, to.port, through)
        : l10n.t('Forwarding {0} to {1} through {2}', from, `${to.host}:${to.port}`, through),
    );
    const endsAt = role.grant?.effectiveEndsAt;
    this.say(
      endsAt === undefined
        ? l10n.t('As {0}. Ctrl-C ends it.', role.label)
        : l10n.t('As {0}, until {1}. Ctrl-C ends it.', role.label, timeOfDay(endsAt)),
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
    this.change.fire();
  }

  #onPhase(change: PhaseChange): void {
    this.teller.tellPhase(change);
    this.change.fire();
  }

  async #onClose(reason: CloseReason): Promise<void> {
    const { clock, explain } = this.#deps;
    this.#tellEnd(await exactReason(reason, { asked: false, explain, clock }));
  }

  #tellEnd(reason: CloseReason): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#lines.flush();
    this.say(this.teller.endText(reason));
    this.#tellTotals();
    this.close.fire(reason);
    if (this.#deps.keepOpen()) this.say(l10n.t('Press Enter to close this terminal.'));
    else this.terminalClose.fire();
  }

  #tellTotals(): void {
    const { stats } = this.#deps.forward;
    if (!stats) return;
    const { connections, bytes } = stats;
    this.say(
      l10n.t(
        '{0} connections in all, {1} failed · {2} sent, {3} received',
        connections.total,
        connections.failed,
        bytesText(bytes.sent),
        bytesText(bytes.received),
      ),
    );
  }
}
