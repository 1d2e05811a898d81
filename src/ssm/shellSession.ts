import { AppError } from '../base/errors';
import type { CallOptions } from '../base/cancellation';
import { Emitter } from '../base/events';
import type { Disposable } from '../base/lifecycle';
import { AgentSession } from './agentSession';
import type { TerminalSize } from './sessionContent';
import { ByteQueue } from './byteQueue';
import type { CloseReason } from './closeReason';
import type { SessionFacts } from './handshake';
import type { SessionControl } from './sessionControl';
import type { SessionDeps } from './sessionDeps';
import type { SessionPhase } from './sessionPhase';
import { PayloadType } from './wire/clientMessage';
import { decodeExitCode, encodeSize } from './wire/payloads';

export type { TerminalSize } from './sessionContent';

/** A paste larger than this is refused rather than kept in memory. */
const UNSENT_LIMIT_BYTES = 64 * 1024 * 1024;

/**
 * A shell or a command on a node: Standard_Stream, InteractiveCommands and NonInteractiveCommands sessions, with and without
 * a handshake. Bytes pass unchanged in both directions.
 */
export class ShellSession implements Disposable {
  readonly #session: AgentSession;
  readonly #unsent = new ByteQueue();
  readonly #didOutput = new Emitter<Uint8Array>();
  readonly #didErrorOutput = new Emitter<Uint8Array>();
  readonly #didClose = new Emitter<CloseReason>();
  #size: TerminalSize | undefined;
  #isCommand = false;
  #exitCode: number | undefined;
  #closeReason: CloseReason | undefined;
  #sent = 0;
  #received = 0;

  /** Standard output, in order, exactly as the agent sent it. */
  readonly onDidOutput = this.#didOutput.event;
  /** Standard error, only where the document separates the streams. */
  readonly onDidErrorOutput = this.#didErrorOutput.event;
  readonly onDidClose = this.#didClose.event;

  constructor(control: SessionControl, deps: SessionDeps) {
    const size = () => (this.#isCommand ? undefined : this.#size);
    this.#session = new AgentSession(control, deps, {
      get size() {
        return size();
      },
      onReady: facts => this.#onReady(facts),
      onPayload: (payloadType, payload) => this.#onPayload(payloadType, payload),
      readOutput: (target, offset) => this.#readOutput(target, offset),
    });
    this.#session.onDidClose(reason => this.#onClose(reason));
  }

  get onDidChangePhase(): AgentSession['onDidChangePhase'] {
    return this.#session.onDidChangePhase;
  }

  get phase(): SessionPhase {
    return this.#session.phase;
  }

  /** Set once closed. */
  get closeReason(): CloseReason | undefined {
    return this.#closeReason;
  }

  /** Text the agent wants the user to read, known once `open` has resolved. */
  get customerMessage(): string {
    return this.#session.customerMessage;
  }

  /** Payload bytes since the start, without handshake and repetition. */
  get bytes(): { readonly sent: number; readonly received: number } {
    return { sent: this.#sent, received: this.#received };
  }

  /** Resolves when the agent has answered. Throws `AppError`; the session is closed and terminated then. */
  async open(size: TerminalSize, options?: CallOptions): Promise<void> {
    // Sent before anything is known: a shell needs it first, and its acknowledgement shows that an agent is there.
    this.resize(size.cols, size.rows);
    await this.#session.start(options);
  }

  /** A string goes out as UTF-8. Throws `AppError('request-invalid')` when more waits to be sent than is reasonable. */
  write(data: Uint8Array | string): void {
    if (this.#closeReason) return;
    const bytes = typeof data === 'string' ? Buffer.from(data, 'utf8') : Uint8Array.from(data);
    if (this.#unsent.length + bytes.length > UNSENT_LIMIT_BYTES)
      throw new AppError('request-invalid', 'More input is waiting to be sent than fits in memory.');
    this.#unsent.push(bytes);
    this.#session.poke();
  }

  /** Columns and rows of the terminal, both at least 1. */
  resize(cols: number, rows: number): void {
    if (cols < 1 || rows < 1) return;
    if (this.#size?.cols === cols && this.#size.rows === rows) return;
    this.#size = { cols, rows };
    if (!this.#isCommand) this.#session.sendControl(PayloadType.Size, encodeSize(cols, rows));
  }

  /** Skips the wait before the next try to resume: the machine woke, is online again, or the user signed in. */
  retryNow(): void {
    this.#session.retryNow();
  }

  /** Ends the session on the node too. Resolves when TerminateSession was answered or has taken too long. */
  close(reason: CloseReason): Promise<void> {
    return this.#session.close(reason);
  }

  dispose(): void {
    this.#session.dispose();
  }

  #onReady(facts: SessionFacts): void {
    if (facts.sessionType === 'Port')
      throw new AppError('document-invalid', 'The document starts a port session, not a shell.');
    this.#isCommand = facts.sessionType === 'NonInteractiveCommands';
  }

  #onPayload(payloadType: number, payload: Uint8Array): void {
    switch (payloadType) {
      case PayloadType.Output:
        this.#received += payload.length;
        this.#didOutput.fire(payload);
        break;
      case PayloadType.StdErr:
        this.#received += payload.length;
        if (this.#didErrorOutput.hasListeners) this.#didErrorOutput.fire(payload);
        else this.#didOutput.fire(payload);
        break;
      case PayloadType.ExitCode:
        this.#exitCode = decodeExitCode(payload);
        break;
      default:
      // Later agents may send more; nothing of it belongs on the screen.
    }
  }

  #readOutput(target: Buffer, offset: number): number {
    const length = this.#unsent.read(target, offset);
    this.#sent += length;
    return length;
  }

  #onClose(reason: CloseReason): void {
    this.#unsent.clear();
    this.#closeReason =
      reason.kind === 'remote-exit' && this.#exitCode !== undefined
        ? { ...reason, exitCode: this.#exitCode }
        : reason;
    this.#didClose.fire(this.#closeReason);
  }
}
