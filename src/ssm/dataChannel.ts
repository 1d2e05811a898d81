import { randomUUID } from 'node:crypto';
import { AppError } from '../base/errors';
import type { Disposable } from '../base/lifecycle';
import { ChannelConnector } from './channelConnector';
import type { CloseReason } from './closeReason';
import { closeReasonOf } from './closeText';
import { IncomingMessages } from './incomingMessages';
import { Liveness } from './liveness';
import { Pacer } from './pacer';
import { SendWindow } from './sequencing/sendWindow';
import type { SessionControl } from './sessionControl';
import { DEFAULT_CLIENT_VERSION, DEFAULT_TUNING, type ChannelTuning, type SessionDeps } from './sessionDeps';
import type { Transport } from './transport';
import { MessageFlags, sealFrame } from './wire/clientMessage';
import { MessageIds } from './wire/messageIds';
import { encodeOpenDataChannel } from './wire/openDataChannel';

/** A message about to be sent: its payload stands at `HEADER_BYTES` of a frame that is not sealed yet. */
export interface UnsealedMessage {
  readonly payloadType: number;
  readonly frame: Buffer;
}

export type ChannelPhase = 'connecting' | 'connected' | 'stale' | 'resuming';

/** The session above the channel. */
export interface ChannelOwner {
  /** One stream message from the agent, in order and exactly once. Must not throw. */
  onMessage(payloadType: number, payload: Uint8Array): void;
  /** The next message to send, asked for only when it can leave at once. */
  nextMessage(): UnsealedMessage | undefined;
  onPhase(phase: ChannelPhase, problem?: Error): void;
  /** The agent has everything sent so far. */
  onAllAcknowledged(): void;
  /** Some message is needed that the agent has not seen yet and that does nothing. */
  onProbeWanted(): void;
  /** The channel is over and will not come back. Called at most once, never after `dispose`. */
  onEnd(reason: CloseReason, problem?: Error): void;
}

/** Beyond this the transport is let drain before more data is given to it; acknowledgements still pass. */
const TRANSPORT_FULL_BYTES = 256 * 1024;
/** Acknowledgements alone have piled up to this: stop reading what causes them. */
const TRANSPORT_CHOKED_BYTES = 2 * 1024 * 1024;
/** Unacknowledged for this long, the session is shown as stale. */
const AGENT_STALE_MS = 10_000;
/** The time-out of a resend is not looked at more often than this. */
const FINEST_TIMER_MS = 5;

/**
 * One session's stream of messages, whatever happens to its sockets: keeps both directions in order, acknowledges, resends,
 * and notices silence. Sequence numbers and unacknowledged frames outlive every socket.
 */
export class DataChannel implements Disposable {
  readonly #deps: SessionDeps;
  readonly #tuning: ChannelTuning;
  readonly #owner: ChannelOwner;
  readonly #connector: ChannelConnector;
  readonly #clientId = randomUUID();
  readonly #outgoing = new SendWindow();
  readonly #incoming: IncomingMessages;
  readonly #ids = new MessageIds();
  readonly #pacer: Pacer;
  #liveness: Liveness;
  #connectedAt = 0;
  #agentHeardAt = 0;
  #hasHeardAgent = false;
  #phase: ChannelPhase = 'connecting';
  #ownerReads = true;
  #choked = false;
  #pumping = false;
  #windowWasFull = false;
  #timer: { readonly at: number; readonly handle: Disposable } | undefined;
  #over = false;

  constructor(control: SessionControl, deps: SessionDeps, owner: ChannelOwner) {
    this.#deps = deps;
    this.#tuning = { ...DEFAULT_TUNING, ...deps.tuning };
    this.#owner = owner;
    this.#pacer = new Pacer(this.#tuning.bytesPerSecond);
    this.#liveness = new Liveness(this.#tuning, deps.clock.now());
    this.#incoming = new IncomingMessages(deps, {
      onAgentHeard: () => this.#hearAgent(),
      send: frame => this.#connector.transport?.send(frame),
      onMessage: (payloadType, payload) => owner.onMessage(payloadType, payload),
      onAcknowledged: sequence => this.#onAcknowledge(sequence),
      onChannelClosed: output => this.#end(closeReasonOf(output)),
      onNonsense: words =>
        this.#end({
          kind: 'protocol-error',
          message: `The service does not speak Session Manager: ${words}`,
        }),
    });
    this.#connector = new ChannelConnector(control, deps, this.#tuning, {
      onOpen: (transport, token) => this.#onOpen(transport, token),
      onFrame: frame => this.#onFrame(frame),
      onPong: () => this.#onHeard(),
      onDrain: () => this.#onDrain(),
      onLost: problem => this.#onLost(problem),
      onProblem: problem => this.#setPhase(this.#phase === 'connecting' ? 'connecting' : 'resuming', problem),
      onFinal: (reason, problem) => this.#end(reason, problem),
    });
  }

  /** Connects with the ticket of StartSession; when that socket fails, with fresh ones. Reports through the owner only. */
  start(): void {
    this.#connector.start();
  }

  /** There may be something to send. */
  poke(): void {
    this.#pump();
  }

  /** An agent of before mid-2023, or of unknown age, may never acknowledge a message whose first acknowledgement was lost. */
  setOldAgent(isOld: boolean): void {
    this.#outgoing.writesOffLostAcks = isOld;
  }

  /** False stops taking frames from the socket, so that the peer feels the back-pressure; nothing is lost. */
  setReading(reading: boolean): void {
    if (this.#ownerReads === reading) return;
    const before = this.#isReading;
    this.#ownerReads = reading;
    this.#applyReading(before);
  }

  /** The machine woke, came online, or the user signed in: try at once. On a live socket: ask for a sign of life. */
  retryNow(): void {
    if (this.#over || this.#connector.retryNow() || !this.#connector.transport) return;
    this.#sendPing();
    this.#armTimer();
  }

  dispose(): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.handle.dispose();
    this.#incoming.stop();
    this.#connector.dispose();
  }

  #end(reason: CloseReason, problem?: Error): void {
    if (this.#over) return;
    this.dispose();
    this.#owner.onEnd(reason, problem);
  }

  // --- sockets -----------------------------------------------------------------------------------------------------

  #onOpen(transport: Transport, token: string): void {
    const now = this.#deps.clock.now();
    this.#connectedAt = now;
    this.#agentHeardAt = now;
    this.#incoming.restart();
    this.#choked = false;
    this.#liveness = new Liveness(this.#tuning, now);
    this.#outgoing.restart(now);
    transport.send(
      encodeOpenDataChannel({
        requestId: randomUUID(),
        token,
        clientId: this.#clientId,
        clientVersion: this.#deps.clientVersion ?? DEFAULT_CLIENT_VERSION,
      }),
    );
    if (!this.#isReading) transport.setReading(false);
    // The first connection is proven by the agent's first frame, a further one by any sign of life.
    this.#sendPing();
    this.#pump();
  }

  #onLost(problem: Error): void {
    this.#deps.log.debug(`data channel socket lost: ${problem.message}`);
    this.#timer?.handle.dispose();
    this.#timer = undefined;
    if (this.#phase !== 'connecting') this.#setPhase('resuming', problem);
  }

  // --- receiving ---------------------------------------------------------------------------------------------------

  #onFrame(frame: Uint8Array): void {
    this.#onHeard();
    this.#incoming.take(frame);
    const transport = this.#connector.transport;
    if (transport && !this.#choked && transport.bufferedBytes > TRANSPORT_CHOKED_BYTES) {
      const before = this.#isReading;
      this.#choked = true;
      this.#applyReading(before);
    }
  }

  #onAcknowledge(sequence: number): void {
    if (!this.#outgoing.acknowledge(sequence, this.#deps.clock.now())) return;
    this.#hearAgent();
    // A full window is refilled in batches: one system call for many messages instead of one for each acknowledgement.
    if (!this.#windowWasFull || this.#outgoing.hasRoomForBatch) this.#pump();
    if (this.#outgoing.inFlight === 0) this.#owner.onAllAcknowledged();
  }

  #hearAgent(): void {
    this.#agentHeardAt = this.#deps.clock.now();
    this.#hasHeardAgent = true;
    this.#connector.noteUseful();
    if (this.#phase !== 'connected') this.#setPhase('connected');
  }

  #onHeard(): void {
    this.#liveness.heard(this.#deps.clock.now());
    if (this.#hasHeardAgent && this.#phase === 'resuming') this.#setPhase('connected');
    else if (this.#phase === 'stale' && !this.#agentIsStale()) this.#setPhase('connected');
  }

  #onDrain(): void {
    if (this.#choked) {
      this.#choked = false;
      this.#applyReading(false);
    }
    this.#pump();
  }

  get #isReading(): boolean {
    return this.#ownerReads && !this.#choked;
  }

  #applyReading(before: boolean): void {
    const reading = this.#isReading;
    if (reading === before) return;
    this.#connector.transport?.setReading(reading);
    if (!reading) return;
    // While nothing was read no acknowledgement could arrive, and no sign of life.
    const now = this.#deps.clock.now();
    this.#outgoing.rebase(now);
    this.#liveness.heard(now);
    this.#agentHeardAt = now;
    this.#armTimer();
  }

  // --- sending -----------------------------------------------------------------------------------------------------

  #pump(): void {
    if (this.#pumping || this.#over) return;
    this.#pumping = true;
    try {
      this.#resendDue();
      this.#sendNew();
    } finally {
      this.#pumping = false;
    }
    this.#armTimer();
  }

  #resendDue(): void {
    const now = this.#deps.clock.now();
    const due = this.#outgoing.nextDueAt;
    const transport = this.#connector.transport;
    // Not while reading is paused: the acknowledgements are there, only unread.
    if (!transport || due === undefined || due > now || !this.#isReading) return;
    for (const frame of this.#outgoing.takeDue(now)) transport.send(frame);
    if (this.#outgoing.takeProbeWanted()) this.#owner.onProbeWanted();
  }

  #sendNew(): void {
    const now = this.#deps.clock.now();
    for (;;) {
      const transport = this.#connector.transport;
      this.#windowWasFull = !this.#outgoing.hasRoom;
      if (!transport || this.#windowWasFull || transport.bufferedBytes >= TRANSPORT_FULL_BYTES) return;
      if (this.#pacer.waitMs(now) > 0) return;
      const message = this.#owner.nextMessage();
      if (message === undefined) return;
      sealFrame(message.frame, {
        messageType: 'input_stream_data',
        schemaVersion: 1,
        createdDate: now,
        sequenceNumber: this.#outgoing.nextSequence,
        flags: MessageFlags.None,
        messageId: this.#ids,
        payloadType: message.payloadType,
      });
      this.#pacer.spend(message.frame.length);
      this.#outgoing.sent(message.frame, now);
      transport.send(message.frame);
    }
  }

  #sendPing(): void {
    this.#connector.transport?.ping();
    this.#liveness.pinged(this.#deps.clock.now());
  }

  // --- time --------------------------------------------------------------------------------------------------------

  /** One timer for everything, moved only when something is due earlier than it. */
  #armTimer(): void {
    if (this.#over || !this.#connector.transport) return;
    const now = this.#deps.clock.now();
    let at = this.#liveness.nextLookAt();
    const due = this.#outgoing.nextDueAt;
    if (due !== undefined && this.#isReading) at = Math.min(at, due);
    const wait = this.#pacer.waitMs(now);
    if (wait > 0) at = Math.min(at, now + wait);
    at = Math.max(at, now + FINEST_TIMER_MS);
    if (this.#timer && this.#timer.at <= at) return;
    this.#timer?.handle.dispose();
    this.#timer = { at, handle: this.#deps.clock.schedule(at - now, () => this.#onTimer()) };
  }

  #onTimer(): void {
    this.#timer = undefined;
    const now = this.#deps.clock.now();
    if (this.#over || !this.#checkPulse(now) || !this.#checkAgent(now)) return;
    this.#pump();
    this.#armTimer();
  }

  /** False when the socket was given up. */
  #checkPulse(now: number): boolean {
    // What we do not read cannot tell us anything.
    if (!this.#isReading) this.#liveness.heard(now);
    switch (this.#liveness.look(now)) {
      case 'fine':
        return true;
      case 'ping':
        this.#sendPing();
        return true;
      case 'stale':
        if (this.#phase === 'connected') this.#setPhase('stale', silence('service'));
        return true;
      case 'dead':
        this.#connector.replace(silence('service'));
        return false;
      case 'slept':
        // The socket may look alive for minutes after a sleep; a new one costs little.
        this.#connector.replace(new AppError('network', 'The machine was suspended.'), { atOnce: true });
        return false;
    }
  }

  /** False when the agent was given up. */
  #checkAgent(now: number): boolean {
    if (this.#agentSilentMs(now) >= this.#tuning.agentSilenceMs) {
      this.#end({ kind: 'agent-gone', message: silence('agent').message });
      return false;
    }
    if (this.#phase === 'connected' && this.#agentIsStale()) this.#setPhase('stale', silence('agent'));
    return true;
  }

  #agentIsStale(): boolean {
    return this.#agentSilentMs(this.#deps.clock.now()) >= AGENT_STALE_MS;
  }

  /** How long the agent has owed an acknowledgement without a word of any kind. */
  #agentSilentMs(now: number): number {
    const waitingSince = this.#outgoing.waitingSince;
    if (waitingSince === undefined || !this.#isReading) return 0;
    return now - Math.max(waitingSince, this.#agentHeardAt, this.#connectedAt);
  }

  #setPhase(phase: ChannelPhase, problem?: Error): void {
    if (this.#phase === phase && problem === undefined) return;
    this.#phase = phase;
    this.#owner.onPhase(phase, problem);
  }
}

function silence(who: 'service' | 'agent'): AppError {
  return new AppError(
    'network',
    who === 'service' ? 'The service does not answer.' : 'The agent on the instance does not answer.',
  );
}
