import * as vscode from 'vscode';
import type { Clock } from '../../base/clock';
import { Emitter, type Event } from '../../base/events';
import { DisposableStore } from '../../base/lifecycle';
import type { Instance } from '../../access/instance';
import type { CloseReason } from '../../ssm/closeReason';
import type { SessionPhase } from '../../ssm/sessionPhase';
import type { LiveSession } from '../model/sessions/liveSession';
import type { SessionRole } from '../model/sessions/roleChoice';
import { SessionTeller } from '../model/sessions/sessionTeller';

const { l10n } = vscode;

export interface SessionTerminalDeps {
  readonly sessionId: string;
  readonly instance: Instance;
  readonly role: SessionRole;
  readonly clock: Clock;
  /** Finds out why AWS ended it. */
  readonly explain: () => Promise<CloseReason | undefined>;
  /** Whether to leave the terminal there, to be read, when the session ends otherwise than by the person. */
  readonly keepOpen: () => boolean;
}

/** What the person does with a terminal. */
export type TerminalKeys = Omit<vscode.Pseudoterminal, 'onDidWrite' | 'onDidClose'>;

/** What an integrated terminal on a session of ours is, whatever runs in it. */
export abstract class SessionTerminal implements LiveSession {
  abstract readonly kind: LiveSession['kind'];
  readonly id: string;
  readonly instance: Instance;
  readonly role: SessionRole;
  readonly startedAt: number;
  protected readonly listeners = new DisposableStore();
  protected readonly teller: SessionTeller;
  /** On the screen. */
  protected readonly write = new vscode.EventEmitter<string>();
  protected readonly terminalClose = new vscode.EventEmitter<void>();
  protected readonly change = new Emitter<void>();
  readonly onDidChange: Event<void> = this.change.event;
  protected readonly close = new Emitter<CloseReason>();
  readonly onDidClose: Event<CloseReason> = this.close.event;
  #terminal: vscode.Terminal | undefined;

  protected constructor(
    kind: LiveSession['kind'],
    { sessionId, instance, role, clock }: SessionTerminalDeps,
  ) {
    this.id = sessionId;
    this.instance = instance;
    this.role = role;
    this.startedAt = clock.now();
    this.teller = new SessionTeller({
      l10n,
      now: () => clock.now(),
      roleLabel: role.label,
      kind,
      say: (sentence, place) => this.say(sentence, place),
    });
  }

  abstract get phase(): SessionPhase;
  abstract get bytes(): LiveSession['bytes'];
  abstract retryNow(): void;
  abstract end(reason: CloseReason): Promise<void>;
  /** Shows a sentence of ours. */
  protected abstract say(sentence: string, place: 'here' | 'below'): void;

  get problem(): Error | undefined {
    return this.teller.problem;
  }

  get resumed(): number {
    return this.teller.resumed;
  }

  show(): void {
    this.#terminal?.show();
  }

  dispose(): void {
    this.listeners.dispose();
    this.#terminal?.dispose();
    for (const emitter of [this.write, this.terminalClose, this.change, this.close]) emitter.dispose();
  }

  protected createTerminal(
    look: { readonly name: string; readonly icon: string; readonly color: string },
    keys: TerminalKeys,
  ): void {
    this.#terminal = vscode.window.createTerminal({
      name: look.name,
      pty: { ...keys, onDidWrite: this.write.event, onDidClose: this.terminalClose.event },
      iconPath: new vscode.ThemeIcon(look.icon),
      color: new vscode.ThemeColor(look.color),
      // A grant that is over must not be revived by a restart of the editor.
      isTransient: true,
    });
  }
}
