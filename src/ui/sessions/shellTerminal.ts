import * as vscode from 'vscode';
import { isAppError } from '../../base/errors';
import { instanceLabel } from '../../access/instance';
import type { CloseReason } from '../../ssm/closeReason';
import type { PhaseChange, SessionPhase } from '../../ssm/sessionPhase';
import type { ShellSession } from '../../ssm/shellSession';
import { errorText } from '../model/errorText';
import { exactReason } from '../model/sessions/exactReason';
import type { LiveSession } from '../model/sessions/liveSession';
import { ownLine, ownLineBelow } from '../model/sessions/ownLine';
import { timeOfDay } from '../model/timeText';
import { SessionTerminal, type SessionTerminalDeps, type TerminalKeys } from './sessionTerminal';

const { l10n } = vscode;

/**
 * A full-screen program may have left the alternate screen, a hidden cursor, bracketed paste or mouse reports behind. 1047 and not
 * 1049: the latter would also put the cursor back to where it was saved, over what the shell had written.
 */
const LEAVE_FULL_SCREEN = '\u001b[?1047l\u001b[?25h\u001b[?2004l\u001b[?1000l\u001b[?1002l\u001b[?1003l';

/** An end without words this soon after a line or Ctrl-D was entered is what the person at the keyboard wanted. */
const ASKED_WITHIN_MS = 3000;
const ENTERS: readonly string[] = ['\r', '\n', '\u0004'];

/** What the far side assumes until the panel tells its size. */
const FIRST_SIZE = { columns: 80, rows: 24 };

export interface ShellTerminalDeps extends SessionTerminalDeps {
  readonly session: ShellSession;
}

/** An integrated terminal on a shell session. */
export class ShellTerminal extends SessionTerminal {
  readonly kind = 'shell';
  readonly #deps: ShellTerminalDeps;
  readonly #session: ShellSession;
  readonly #opening = new AbortController();
  #isOpening = true;
  #isOver = false;
  #enteredAt = 0;

  constructor(deps: ShellTerminalDeps) {
    super('shell', deps);
    this.#deps = deps;
    this.#session = deps.session;
    this.listeners.add(this.#session.onDidOutput(this.#screen()));
    this.listeners.add(this.#session.onDidErrorOutput(this.#screen()));
    this.listeners.add(this.#session.onDidChangePhase(change => this.#tellPhase(change)));
    this.listeners.add(this.#session.onDidClose(reason => void this.#onClose(reason)));
    this.createTerminal(
      {
        name: `${instanceLabel(deps.instance)} · SSM`,
        icon: 'remote-explorer',
        color: 'terminal.ansiCyan',
      },
      this.#pty(),
    );
  }

  get phase(): SessionPhase {
    return this.#session.phase;
  }

  get bytes(): LiveSession['bytes'] {
    return this.#session.bytes;
  }

  retryNow(): void {
    this.#session.retryNow();
  }

  end(reason: CloseReason): Promise<void> {
    this.#opening.abort();
    return this.#session.close(reason);
  }

  override dispose(): void {
    this.listeners.dispose();
    this.#opening.abort();
    this.#session.dispose();
    super.dispose();
  }

  protected say(sentence: string, place: 'here' | 'below'): void {
    this.write.fire(place === 'below' ? ownLineBelow(sentence) : ownLine(sentence));
  }

  /** A stream of text to show; a character may come in two pieces. */
  #screen(): (bytes: Uint8Array) => void {
    const decoder = new TextDecoder();
    return bytes => this.write.fire(decoder.decode(bytes, { stream: true }));
  }

  #pty(): TerminalKeys {
    return {
      open: dimensions => void this.#open(dimensions ?? FIRST_SIZE),
      close: () => {
        if (!this.#isOver) void this.end({ kind: 'user' });
      },
      handleInput: data => {
        if (!this.#isOver) this.#type(data);
        else if (data === '\r' || data === '\u0004') this.terminalClose.fire();
      },
      setDimensions: ({ columns, rows }) => {
        if (!this.#isOver) this.#session.resize(columns, rows);
      },
    };
  }

  #type(data: string): void {
    if (ENTERS.includes(data.slice(-1))) this.#enteredAt = this.#deps.clock.now();
    try {
      this.#session.write(data);
    } catch (thrown) {
      this.write.fire(ownLineBelow(errorText(l10n, thrown).sentence));
    }
  }

  async #open({ columns, rows }: vscode.TerminalDimensions): Promise<void> {
    try {
      await this.#session.open({ cols: columns, rows }, { signal: this.#opening.signal });
    } catch (thrown) {
      if (isAppError(thrown, 'cancelled')) this.#tellEnd({ kind: 'user' });
      else this.#tellEnd({ kind: 'start-failed', message: errorText(l10n, thrown).sentence });
    } finally {
      this.#isOpening = false;
    }
  }

  #tellPhase(change: PhaseChange): void {
    if (change.phase === 'connected' && change.previous === 'starting') {
      this.write.fire(ownLine(this.#greeting()));
      const { customerMessage } = this.#session;
      if (customerMessage) this.write.fire(ownLine(customerMessage));
    } else {
      this.teller.tellPhase(change);
    }
    this.change.fire();
  }

  #greeting(): string {
    const { instance, role } = this.#deps;
    const who = `${instanceLabel(instance)} (${instance.id})`;
    const endsAt = role.grant?.effectiveEndsAt;
    return endsAt === undefined
      ? l10n.t('Connected to {0} through {1}.', who, role.label)
      : l10n.t('Connected to {0} through {1}. Access ends {2}.', who, role.label, timeOfDay(endsAt));
  }

  async #onClose(reason: CloseReason): Promise<void> {
    // Why it could not be opened is worded by whoever opens it.
    if (this.#isOpening && reason.kind === 'start-failed') return;
    const { clock, explain } = this.#deps;
    const asked = clock.now() - this.#enteredAt < ASKED_WITHIN_MS;
    this.#tellEnd(await exactReason(reason, { asked, explain, clock }));
  }

  #tellEnd(reason: CloseReason): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.close.fire(reason);
    const byItself = reason.kind === 'remote-exit' && !reason.exitCode;
    if (byItself || reason.kind === 'user' || !this.#deps.keepOpen()) {
      this.terminalClose.fire();
      return;
    }
    this.write.fire(LEAVE_FULL_SCREEN);
    this.write.fire(
      ownLineBelow(this.teller.endText(reason)) + ownLine(l10n.t('Press Enter to close this terminal.')),
    );
  }
}
