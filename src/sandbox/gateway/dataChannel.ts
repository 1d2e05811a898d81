import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Clock } from '../../base/clock';
import type { Disposable } from '../../base/lifecycle';
import type { Log } from '../../base/log';
import type { AgentHost } from '../agent/agentHost';
import type { AgentSession } from '../agent/agentSession';
import type { SandboxSession } from '../sessions/sessionRegistry';
import { ClientSocket } from './clientSocket';
import { FaultLine } from './faultLine';
import type { Direction, FaultPlan } from './faults';
import { readFrameHeader } from './frameHeader';
import { encodeServiceMessage } from './serviceMessage';

/** Bytes a client may leave unread before frames to it are dropped; the agent sends them again. */
const SOCKET_BUFFER_BYTES = 8 * 1_024 * 1_024;
/** As people have seen it (amazon-ssm-agent#261). */
const IDLE_OUTPUT = 'Your session timed out due to inactivity and has been terminated.';

export interface DataChannelOptions {
  readonly session: SandboxSession;
  readonly agents: AgentHost;
  readonly plan: FaultPlan;
  readonly clock: Clock;
  readonly log: Log;
  readonly socketLifeMs: number;
  /** The session is to end; called at most once. `output` is told to the client. */
  readonly onEnd: (why: 'agent' | 'idle' | 'max-duration' | 'instance' | 'fault', output: string) => void;
}

/** The service's part in one session: relays frames between the agent and whichever socket the client has just now. */
export class DataChannel {
  readonly #options: DataChannelOptions;
  readonly #highest: Record<Direction, number> = { toClient: -1, toAgent: -1 };
  #plan: FaultPlan;
  #lines: Record<Direction, FaultLine>;
  #agent: AgentSession | undefined;
  #socket: ClientSocket | undefined;
  #started = false;
  #closed = false;
  #framesToClient = 0;
  #activeAt: number;
  #idle: Disposable | undefined;
  #longest: Disposable | undefined;
  #socketLife: Disposable | undefined;
  #agentGone: Promise<void> = Promise.resolve();

  constructor(options: DataChannelOptions) {
    this.#options = options;
    this.#plan = options.plan;
    this.#lines = this.#newLines();
    this.#activeAt = options.clock.now();
    const { maxDurationMs } = options.session.document.preferences;
    if (maxDurationMs !== undefined) {
      const remainingMs = options.session.startedAt + maxDurationMs - options.clock.now();
      this.#longest = options.clock.schedule(remainingMs, () =>
        // What the service says here, if anything, is not known; its record of the session tells.
        options.onEnd('max-duration', ''),
      );
    }
    this.#watchIdle();
  }

  /** Whether a client's socket is open. */
  get isConnected(): boolean {
    return this.#socket !== undefined;
  }

  /** Takes a socket whose token was good, with the connection under it. A socket of the same session that is still there gives way. */
  attach(webSocket: WebSocket, under: Duplex): void {
    if (this.#closed) {
      webSocket.terminate();
      return;
    }
    const { clock, log, session } = this.#options;
    const older = this.#socket;
    const socket = new ClientSocket(webSocket, under);
    this.#socket = socket;
    older?.close(1000, 'Replaced by a newer connection');
    this.#socketLife?.dispose();
    this.#socketLife = clock.schedule(this.#plan.socketLifeMs ?? this.#options.socketLifeMs, () =>
      socket.close(1000, 'Bye'),
    );
    webSocket.on('message', (data: Buffer, isBinary) => {
      if (this.#socket !== socket) return;
      if (isBinary) this.#lines.toAgent.push(data);
      else log.warn('gateway: text frame ignored', session.id);
    });
    webSocket.on('close', () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#socketLife?.dispose();
      this.#tellAgent('pause_publication');
    });
    if (this.#started) this.#tellAgent('start_publication');
    else this.#startAgent();
  }

  /** From here on the plan is this one. */
  setPlan(plan: FaultPlan): void {
    for (const line of Object.values(this.#lines)) line.dispose();
    this.#plan = plan;
    this.#lines = this.#newLines();
    this.#framesToClient = 0;
  }

  /** Breaks the client's connection, if there is one; the session lives on. */
  breakSocket(how: { kind: 'kill' } | { kind: 'close'; code: number; reason: string }): void {
    if (how.kind === 'kill') this.#socket?.terminate();
    else this.#socket?.close(how.code, how.reason);
  }

  /** Tells both ends that the session is over; resolves when the agent's worker and all it started are gone. */
  async close(output: string): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      for (const timer of [this.#idle, this.#longest, this.#socketLife]) timer?.dispose();
      for (const line of Object.values(this.#lines)) line.dispose();
      const { clock, session } = this.#options;
      this.#socket?.send(
        encodeServiceMessage({ type: 'channel_closed', sessionId: session.id, now: clock.now(), output }),
      );
      this.#socket?.close(1000, 'Session ended');
      this.#agentGone = this.#agent?.dispose() ?? Promise.resolve();
    }
    await this.#agentGone;
  }

  #startAgent(): void {
    this.#started = true;
    const { agents, session, onEnd } = this.#options;
    this.#agent = agents.start(
      session,
      {
        send: frame => this.#fromAgent(frame),
        end: ({ output }) => onEnd('agent', output),
      },
      this.#plan.agent,
    );
    if (this.#agent === undefined) onEnd('instance', `${session.instanceId} is not connected.`);
  }

  #fromAgent(frame: Uint8Array): void {
    if (this.#closed || readFrameHeader(frame)?.messageType === 'agent_session_state') return;
    this.#lines.toClient.push(frame);
  }

  #newLines(): Record<Direction, FaultLine> {
    const { clock } = this.#options;
    const plan = this.#plan;
    const breakSocket: DataChannel['breakSocket'] = how => this.breakSocket(how);
    return {
      toClient: new FaultLine({
        direction: 'toClient',
        plan,
        clock,
        breakSocket,
        deliver: frame => this.#toClient(frame),
      }),
      toAgent: new FaultLine({
        direction: 'toAgent',
        plan,
        clock,
        breakSocket,
        deliver: frame => this.#toAgent(frame),
      }),
    };
  }

  #toClient(frame: Uint8Array): void {
    const socket = this.#socket;
    if (!socket?.isOpen || socket.bufferedBytes > SOCKET_BUFFER_BYTES) return;
    this.#noteActivity('toClient', frame);
    socket.send(frame);
    if (this.#plan.channelClosed === undefined) return;
    if (readFrameHeader(frame)?.messageType === 'output_stream_data') this.#framesToClient += 1;
    if (this.#framesToClient >= this.#plan.channelClosed.afterFrames) {
      this.#options.onEnd('fault', this.#plan.channelClosed.output);
    }
  }

  #toAgent(frame: Uint8Array): void {
    this.#noteActivity('toAgent', frame);
    this.#agent?.receive(frame);
  }

  #tellAgent(type: 'start_publication' | 'pause_publication'): void {
    const { clock, session } = this.#options;
    this.#agent?.receive(encodeServiceMessage({ type, sessionId: session.id, now: clock.now() }));
  }

  /** New stream data is activity, in either direction; acknowledgements, repetitions and pings are not. */
  #noteActivity(direction: Direction, frame: Uint8Array): void {
    const header = readFrameHeader(frame);
    if (!header?.messageType.endsWith('_stream_data')) return;
    if (header.sequenceNumber <= this.#highest[direction]) return;
    this.#highest[direction] = header.sequenceNumber;
    this.#activeAt = this.#options.clock.now();
  }

  #watchIdle(): void {
    const { clock, session, onEnd } = this.#options;
    const { idleTimeoutMs } = session.document.preferences;
    const remainingMs = this.#activeAt + idleTimeoutMs - clock.now();
    this.#idle = clock.schedule(remainingMs, () => {
      if (clock.now() - this.#activeAt >= idleTimeoutMs) onEnd('idle', IDLE_OUTPUT);
      else this.#watchIdle();
    });
  }
}
