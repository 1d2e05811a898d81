import { AppError } from '../../../src/base/errors';
import type { Clock } from '../../../src/base/clock';
import type { SessionControl, SessionTicket } from '../../../src/ssm/sessionControl';
import type { Transport, TransportFactory, TransportListener } from '../../../src/ssm/transport';

/** What goes wrong between client and agent. Times are milliseconds after `beginOutages`. */
export interface FaultSchedule {
  readonly seed: number;
  readonly latencyMs: number;
  /** Each frame is late by up to this in addition, so frames overtake one another. */
  readonly jitterMs: number;
  /** Probabilities per frame and direction, 0 to 1. */
  readonly dropRate: number;
  readonly duplicateRate: number;
  /** The socket is closed: what is under way is lost. */
  readonly closesAt: readonly number[];
  /** Nothing passes and nobody says so. */
  readonly blackouts: readonly { readonly at: number; readonly lastsMs: number }[];
  /** ResumeSession fails this often after each close. */
  readonly resumeFailures: number;
  readonly resumeMs: number;
}

export const NO_FAULTS: FaultSchedule = {
  seed: 1,
  latencyMs: 5,
  jitterMs: 0,
  dropRate: 0,
  duplicateRate: 0,
  closesAt: [],
  blackouts: [],
  resumeFailures: 0,
  resumeMs: 10,
};

/** Service and network in memory, on a clock of the caller's: tokens that open one socket each, frames that suffer a schedule. */
export class SimulatedService {
  readonly #clock: Clock;
  readonly #faults: FaultSchedule;
  #outagesFrom = Number.POSITIVE_INFINITY;
  #random: number;
  #socket: SimulatedSocket | undefined;
  #tokens = 0;
  #validToken: string | undefined;
  #failuresLeft = 0;
  #ended = false;
  readonly calls: string[] = [];
  /** OpenDataChannel frames, as parsed. */
  readonly opened: Record<string, unknown>[] = [];
  /** To the agent. */
  onFrameFromClient: (frame: Uint8Array) => void = () => undefined;
  /** The first data channel is open. */
  onFirstOpen: () => void = () => undefined;
  /** Replaces what ResumeSession would do. */
  onResume: (() => Promise<SessionTicket | undefined>) | undefined;
  generateDataKey: SessionControl['generateDataKey'];
  explainEnd: SessionControl['explainEnd'];

  constructor(clock: Clock, faults: FaultSchedule = NO_FAULTS) {
    this.#clock = clock;
    this.#faults = faults;
    this.#random = faults.seed >>> 0 || 1;
  }

  /** Closes and blackouts are counted from now; before, only frames get lost. */
  beginOutages(): void {
    this.#outagesFrom = this.#clock.now();
    for (const at of this.#faults.closesAt) this.#clock.schedule(at, () => this.closeSocket());
  }

  readonly connect: TransportFactory = async ({ url }, listener) => {
    await this.#wait(this.#faults.latencyMs);
    if (this.#isBlackedOut()) throw new AppError('network', 'no route to host');
    if (!url.includes('session-1')) throw new AppError('network', `unknown stream ${url}`);
    return (this.#socket = new SimulatedSocket(this, listener));
  };

  control(): SessionControl {
    const control: SessionControl = {
      targetId: 'i-060ee0879f3ec4eb7',
      ticket: this.#issue(),
      resume: () => this.#resume(),
      terminate: async () => {
        this.calls.push('terminate');
      },
      signUpgrade: async () => ({}),
      ...(this.generateDataKey ? { generateDataKey: this.generateDataKey } : {}),
      ...(this.explainEnd ? { explainEnd: this.explainEnd } : {}),
    };
    return control;
  }

  /** From here on ResumeSession has no token to give. */
  endSession(): void {
    this.#ended = true;
  }

  closeSocket(code = 1000, message = 'Bye'): void {
    this.#failuresLeft = this.#faults.resumeFailures;
    this.#socket?.closeFromService({ code, message });
  }

  sendToClient(frame: Uint8Array): void {
    const socket = this.#socket;
    if (socket) this.#carry(() => socket.deliver(frame));
  }

  /** Carries something over the wire, or loses it. */
  #carry(arrive: () => void): void {
    const copies = this.#chance(this.#faults.duplicateRate) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (this.#chance(this.#faults.dropRate) || this.#isBlackedOut()) continue;
      const late = this.#faults.latencyMs + Math.floor(this.#next() * this.#faults.jitterMs);
      this.#clock.schedule(late, () => {
        if (!this.#isBlackedOut()) arrive();
      });
    }
  }

  fromClient(socket: SimulatedSocket, frame: Uint8Array | string): void {
    if (typeof frame === 'string') {
      const opening = JSON.parse(frame) as Record<string, unknown>;
      // The first frame travels on a socket that has just been opened, so it is the one thing that does not get lost.
      this.#clock.schedule(this.#faults.latencyMs, () => this.#open(socket, opening));
      return;
    }
    this.#carry(() => {
      if (socket.isOpen) this.onFrameFromClient(frame);
    });
  }

  ping(socket: SimulatedSocket): void {
    if (this.#isBlackedOut()) return;
    this.#clock.schedule(2 * this.#faults.latencyMs, () => {
      if (!this.#isBlackedOut()) socket.pong();
    });
  }

  #open(socket: SimulatedSocket, opening: Record<string, unknown>): void {
    if (opening.TokenValue !== this.#validToken) {
      socket.closeFromService({ code: 1008, message: 'token is invalid' });
      return;
    }
    this.#validToken = undefined;
    this.opened.push(opening);
    socket.isOpen = true;
    if (this.opened.length === 1) this.onFirstOpen();
  }

  async #resume(): Promise<SessionTicket | undefined> {
    this.calls.push('resume');
    await this.#wait(this.#faults.resumeMs);
    if (this.onResume) return this.onResume();
    if (this.#isBlackedOut() || this.#failuresLeft-- > 0) throw new AppError('network', 'no route to host');
    return this.#ended ? undefined : this.#issue();
  }

  #issue(): SessionTicket {
    this.#validToken = `token-${++this.#tokens}`;
    return {
      sessionId: 'session-1',
      streamUrl: 'wss://example/v1/data-channel/session-1',
      token: this.#validToken,
    };
  }

  #isBlackedOut(): boolean {
    const elapsed = this.#clock.now() - this.#outagesFrom;
    return this.#faults.blackouts.some(({ at, lastsMs }) => elapsed >= at && elapsed < at + lastsMs);
  }

  #chance(rate: number): boolean {
    return rate > 0 && this.#next() < rate;
  }

  /** xorshift32, so that a schedule can be replayed. */
  #next(): number {
    let x = this.#random;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#random = x >>> 0;
    return this.#random / 0x1_0000_0000;
  }

  #wait(milliseconds: number): Promise<void> {
    return new Promise(resolve => this.#clock.schedule(milliseconds, resolve));
  }
}

class SimulatedSocket implements Transport {
  readonly #service: SimulatedService;
  #listener: TransportListener | undefined;
  readonly #unread: Uint8Array[] = [];
  #reading = true;
  isOpen = false;
  readonly bufferedBytes = 0;

  constructor(service: SimulatedService, listener: TransportListener) {
    this.#service = service;
    this.#listener = listener;
  }

  send(frame: Uint8Array | string): void {
    if (this.#listener)
      this.#service.fromClient(this, typeof frame === 'string' ? frame : Uint8Array.from(frame));
  }

  ping(): void {
    if (this.#listener) this.#service.ping(this);
  }

  setReading(reading: boolean): void {
    this.#reading = reading;
    while (this.#reading && this.#unread.length > 0) this.#listener?.onFrame(this.#unread.shift()!);
  }

  dispose(): void {
    this.#listener = undefined;
    this.isOpen = false;
  }

  deliver(frame: Uint8Array): void {
    if (this.#reading) this.#listener?.onFrame(frame);
    else this.#unread.push(frame);
  }

  pong(): void {
    if (this.#reading) this.#listener?.onPong();
  }

  closeFromService(why: { code: number; message: string }): void {
    const listener = this.#listener;
    this.dispose();
    listener?.onClose(why);
  }
}
