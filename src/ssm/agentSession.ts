import { AppError, isAppError, messageOf } from '../base/errors';
import { throwIfCancelled, type CallOptions } from '../base/cancellation';
import { Emitter } from '../base/events';
import type { Disposable } from '../base/lifecycle';
import { AgentFeature, isNewerThan } from './agentVersion';
import type { CloseReason } from './closeReason';
import { DataChannel, type ChannelPhase, type UnsealedMessage } from './dataChannel';
import type { SessionFacts } from './handshake';
import type { SessionControl } from './sessionControl';
import { DEFAULT_CLIENT_VERSION, DEFAULT_TUNING, type ChannelTuning, type SessionDeps } from './sessionDeps';
import type { PhaseChange, SessionPhase } from './sessionPhase';
import { NamedTimers } from './namedTimers';
import type { SessionContent, TerminalSize } from './sessionContent';
import { SessionHandshake } from './sessionHandshake';
import { terminateSession } from './terminateSession';
import { allocateFrame, FlagValue, HEADER_BYTES, PayloadType } from './wire/clientMessage';
import { encodeFlag, encodeSize } from './wire/payloads';

/** The agent acknowledged something although no handshake was seen; after this long it will not start one. */
const HANDSHAKE_OVERDUE_MS = 2000;

const ANY_SIZE: TerminalSize = { cols: 80, rows: 24 };
const NOTHING = new Uint8Array(0);
const ENDED_EARLY = 'The session ended before it was ready.';

/** Handshake, encryption, phases and the one end of a session, on top of its data channel. */
export class AgentSession implements Disposable {
  readonly #control: SessionControl;
  readonly #deps: SessionDeps;
  readonly #tuning: ChannelTuning;
  readonly #content: SessionContent;
  readonly #channel: DataChannel;
  readonly #didChangePhase = new Emitter<PhaseChange>();
  readonly #didClose = new Emitter<CloseReason>();
  readonly #ready: Promise<void>;
  #resolveReady!: () => void;
  #rejectReady!: (error: AppError) => void;
  /** Messages that go before Output, in order. */
  readonly #controlMessages: { readonly payloadType: number; readonly payload: Uint8Array }[] = [];
  readonly #timers: NamedTimers<'start' | 'settle' | 'no-handshake'>;
  readonly #handshake: SessionHandshake;
  #isReady = false;
  #canSendOutput = false;
  #started = false;
  #phase: SessionPhase = 'starting';
  #problem: Error | undefined;
  #closeReason: CloseReason | undefined;
  #terminated: Promise<void> | undefined;

  readonly onDidChangePhase = this.#didChangePhase.event;
  readonly onDidClose = this.#didClose.event;

  constructor(control: SessionControl, deps: SessionDeps, content: SessionContent) {
    this.#control = control;
    this.#deps = deps;
    this.#timers = new NamedTimers(deps.clock);
    this.#tuning = { ...DEFAULT_TUNING, ...deps.tuning };
    this.#content = content;
    this.#handshake = new SessionHandshake(control, deps.clientVersion ?? DEFAULT_CLIENT_VERSION, {
      send: (payloadType, payload) => this.sendControl(payloadType, payload),
      onBegun: () => this.#timers.cancel('no-handshake'),
      onSettled: (facts, handshaken) => this.#settle(facts, handshaken),
      onFailed: error => this.#fail(error),
    });
    this.#channel = new DataChannel(control, deps, {
      onMessage: (payloadType, payload) => this.#onMessage(payloadType, payload),
      nextMessage: () => this.#nextMessage(),
      onPhase: (phase, problem) => this.#onChannelPhase(phase, problem),
      onProbeWanted: () => this.#sendProbe(),
      onAllAcknowledged: () => this.#onAllAcknowledged(),
      onEnd: (reason, problem) => this.#onChannelEnd(reason, problem),
    });
    this.#ready = new Promise((resolve, reject) => {
      this.#resolveReady = resolve;
      this.#rejectReady = reject;
    });
    // A session closed before it was started rejects with nobody listening.
    this.#ready.catch(() => undefined);
  }

  get phase(): SessionPhase {
    return this.#phase;
  }

  get closeReason(): CloseReason | undefined {
    return this.#closeReason;
  }

  /** Text the agent wants the user to read, from the end of the handshake. */
  get customerMessage(): string {
    return this.#handshake.customerMessage;
  }

  /** Bytes of Output per message. */
  get payloadBytes(): number {
    return this.#tuning.payloadBytes;
  }

  /** Resolves when data may flow. Throws `AppError`; the session is over then. */
  async start({ signal }: CallOptions = {}): Promise<void> {
    throwIfCancelled(signal);
    if (this.#started) throw new AppError('internal', 'A session is started once');
    this.#started = true;
    const onAbort = () => this.#fail(new AppError('cancelled', 'Cancelled', { cause: signal?.reason }));
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#timers.after('start', this.#tuning.startWithinMs, () => {
      const words = this.#problem?.message ?? 'The agent on the instance did not answer.';
      this.#fail(
        this.#problem instanceof AppError ? this.#problem : new AppError('target-not-connected', words),
      );
    });
    this.#channel.start();
    try {
      await this.#ready;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Queues a message that is not Output; it leaves before any Output that waits. Not encrypted. */
  sendControl(payloadType: number, payload: Uint8Array): void {
    if (this.#closeReason) return;
    this.#controlMessages.push({ payloadType, payload });
    this.#channel.poke();
  }

  /** The content has something for `readOutput`. */
  poke(): void {
    if (this.#canSendOutput) this.#channel.poke();
  }

  setReading(reading: boolean): void {
    this.#channel.setReading(reading);
  }

  retryNow(): void {
    this.#channel.retryNow();
  }

  /** Resolves when TerminateSession has been answered or has taken too long. */
  close(reason: CloseReason): Promise<void> {
    if (this.#closeReason === undefined) {
      this.#setPhase('closing');
      // The flag saves a round trip through the control plane; the call below is what counts.
      if (isNewerThan(this.#handshake.agentVersion, AgentFeature.terminateFlag))
        this.sendControl(PayloadType.Flag, encodeFlag(FlagValue.TerminateSession));
    }
    return this.#finish(reason);
  }

  dispose(): void {
    void this.close({ kind: 'user' });
  }

  // --- messages ----------------------------------------------------------------------------------------------------

  #onMessage(payloadType: number, payload: Uint8Array): void {
    try {
      this.#dispatch(payloadType, payload);
    } catch (thrown) {
      // The message has been acknowledged, so going on would mean a hole in the stream.
      const error = isAppError(thrown)
        ? thrown
        : new AppError('protocol', messageOf(thrown), { cause: thrown });
      this.#deps.log.warn(`session ended by what the agent sent: ${error.message}`);
      if (this.#isReady) void this.#finish({ kind: 'protocol-error', message: error.message });
      else this.#fail(error);
    }
  }

  #dispatch(payloadType: number, payload: Uint8Array): void {
    if (this.#handshake.take(payloadType, payload)) return;
    this.#handshake.skip();
    // Whoever sends output has left the handshake behind.
    if (this.#timers.has('settle')) this.#endSettling();
    if (payload.length > 0) this.#content.onPayload(payloadType, this.#handshake.open(payloadType, payload));
  }

  #nextMessage(): UnsealedMessage | undefined {
    const waiting = this.#controlMessages.shift();
    if (waiting) return { payloadType: waiting.payloadType, frame: frameOf(waiting.payload) };
    if (!this.#canSendOutput) return undefined;
    const frame = allocateFrame(this.#tuning.payloadBytes);
    const length = this.#content.readOutput(frame, HEADER_BYTES);
    if (length === 0) return undefined;
    const end = HEADER_BYTES + length;
    const filled = end === frame.length ? frame : frame.subarray(0, end);
    const { cipher } = this.#handshake;
    return {
      payloadType: PayloadType.Output,
      frame: cipher ? frameOf(cipher.encrypt(filled.subarray(HEADER_BYTES))) : filled,
    };
  }

  /** The size once more: a terminal has it already, and everything else acknowledges and ignores it. */
  #sendProbe(): void {
    this.#sendSize(this.#content.size ?? ANY_SIZE);
  }

  #sendSize({ cols, rows }: TerminalSize): void {
    this.sendControl(PayloadType.Size, encodeSize(cols, rows));
  }

  // --- the moment after the handshake ------------------------------------------------------------------------------

  #settle(facts: SessionFacts, handshaken: boolean): void {
    try {
      this.#content.onReady(facts);
    } catch (thrown) {
      return this.#fail(
        isAppError(thrown) ? thrown : new AppError('internal', messageOf(thrown), { cause: thrown }),
      );
    }
    this.#channel.setOldAgent(!isNewerThan(facts.agentVersion, AgentFeature.reacknowledges));
    this.#timers.cancel('start');
    this.#isReady = true;
    if (!handshaken) this.#canSendOutput = true;
    else {
      // Until a moment after its last handshake message the agent acknowledges data and throws it away. So it gets time, and
      // what it may throw away is blank: one message now and one in front of the first real data.
      this.#sendBlank();
      this.#timers.after('settle', this.#tuning.settleMs, () => this.#endSettling());
    }
    this.#setPhase('connected');
    this.#resolveReady();
    this.#channel.poke();
  }

  #endSettling(): void {
    this.#timers.cancel('settle');
    this.#sendBlank();
    // What was said of the size so far may all have been thrown away.
    if (this.#content.size) this.#sendSize(this.#content.size);
    this.#canSendOutput = true;
    this.#channel.poke();
  }

  #sendBlank(): void {
    // Of nothing only encryption makes a message.
    const blank = this.#handshake.cipher?.encrypt(NOTHING) ?? this.#content.blankOutput?.();
    if (blank) this.sendControl(PayloadType.Output, blank);
  }

  #onAllAcknowledged(): void {
    if (this.#canSendOutput) this.#content.onFlushed?.();
    if (!this.#handshake.isAwaited || this.#timers.has('no-handshake')) return;
    this.#timers.after('no-handshake', HANDSHAKE_OVERDUE_MS, () => this.#handshake.skip());
  }

  // --- phases and the end ------------------------------------------------------------------------------------------

  #onChannelPhase(phase: ChannelPhase, problem?: Error): void {
    this.#problem = problem;
    if (!this.#isReady || phase === 'connecting') return;
    this.#setPhase(phase, problem);
  }

  #onChannelEnd(reason: CloseReason, problem?: Error): void {
    // A command may be over before it has said anything.
    if (reason.kind === 'remote-exit') this.#handshake.skip();
    if (this.#isReady) void this.#finish(reason);
    else
      this.#fail(
        isAppError(problem) ? problem : new AppError('session-ended', reason.message ?? ENDED_EARLY),
      );
  }

  #setPhase(phase: SessionPhase, problem?: Error): void {
    if (this.#phase === 'closed' || (this.#phase === 'closing' && phase !== 'closed')) return;
    if (this.#phase === phase && problem === undefined) return;
    const previous = this.#phase;
    this.#phase = phase;
    this.#didChangePhase.fire({
      phase,
      previous,
      at: this.#deps.clock.now(),
      ...(problem === undefined ? {} : { problem }),
    });
  }

  #fail(error: AppError): void {
    this.#rejectReady(error);
    void this.#finish(
      error.code === 'cancelled' ? { kind: 'user' } : { kind: 'start-failed', message: error.message },
    );
  }

  /** The one way out. Everything that ends a session ends here, the first reason wins. */
  #finish(reason: CloseReason): Promise<void> {
    if (this.#terminated) return this.#terminated;
    this.#closeReason = reason;
    this.#timers.dispose();
    this.#channel.dispose();
    this.#terminated = terminateSession(this.#control, this.#deps);
    this.#rejectReady(new AppError('session-ended', reason.message ?? ENDED_EARLY));
    this.#setPhase('closed');
    this.#didClose.fire(reason);
    return this.#terminated;
  }
}

function frameOf(payload: Uint8Array): Buffer {
  const frame = allocateFrame(payload.length);
  frame.set(payload, HEADER_BYTES);
  return frame;
}
