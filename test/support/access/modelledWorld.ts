import type { AccessBroker, BrokerReading } from '../../../src/access/broker';
import type { BrokerId } from '../../../src/access/flow';
import type { Grant } from '../../../src/access/grant';
import {
  GrantLedger,
  type GrantProbe,
  type LedgerStore,
  type LedgerTransition,
} from '../../../src/access/ledger';
import type { BrokerRef } from '../../../src/access/request';
import type { CallOptions } from '../../../src/base/cancellation';
import { AppError } from '../../../src/base/errors';
import { silentLog } from '../../../src/base/log';
import { ServerClock } from '../../../src/base/serverClock';
import { FakeClock } from './fakeClock';
import { Replicas } from './replicas';
import { DRAFT, FLOW, MemoryStore, MINUTE, SECOND } from './world';

/** What becomes of one answer on its way. */
export interface Delivery {
  /** `stale` answers from a replica that is `latencyMs` behind; `odd` uses a word we do not know, while nothing is decided. */
  readonly kind: 'ok' | 'error' | 'lost' | 'stale' | 'odd';
  readonly latencyMs: number;
}

/** What truly happens on the far side, in milliseconds from the request. */
export interface Fate {
  readonly decision: 'approve' | 'deny' | 'expire';
  readonly decidedAfterMs: number;
  readonly escalatedAfterMs: number;
  /** From the escalation until AWS hands out the role. */
  readonly propagationMs: number;
  readonly revokedAfterMs?: number;
}

export const DURATION_MS = 30 * MINUTE;

/** The far side as it truly is, on a clock that neither sleeps nor is set. */
class Truth {
  readonly #fate: Fate;
  readonly #start: number;
  #givenBackAt = Number.POSITIVE_INFINITY;

  constructor(fate: Fate, start: number) {
    this.#fate = fate;
    this.#start = start;
  }

  get decidedAt(): number {
    return this.#start + this.#fate.decidedAfterMs;
  }

  get liveFrom(): number {
    return this.#fate.decision === 'approve'
      ? this.decidedAt + this.#fate.escalatedAfterMs
      : Number.POSITIVE_INFINITY;
  }

  get isApproved(): boolean {
    return this.#fate.decision === 'approve';
  }

  get naturalEnd(): number {
    return this.liveFrom + DURATION_MS;
  }

  get liveUntil(): number {
    const revoked = this.liveFrom + (this.#fate.revokedAfterMs ?? Number.POSITIVE_INFINITY);
    return Math.min(this.naturalEnd, revoked, this.#givenBackAt);
  }

  isLive(at: number): boolean {
    return at >= this.liveFrom && at < this.liveUntil;
  }

  isUsable(at: number): boolean {
    return this.isLive(at) && at >= this.liveFrom + this.#fate.propagationMs;
  }

  giveBack(at: number): void {
    if (this.isLive(at)) this.#givenBackAt = at;
  }

  status(at: number): BrokerReading['phase'] {
    if (at < this.decidedAt) return 'pending';
    if (this.#fate.decision === 'deny') return 'denied';
    if (this.#fate.decision === 'expire') return 'expired';
    if (at < this.liveFrom) return 'approved';
    return at < this.liveUntil ? 'escalated' : 'ended';
  }
}

/** One window of the editor, with its own bad connection. */
export class Window {
  readonly ledger: GrantLedger;
  /** True time of the newest status this window's ledger has been given. */
  knowsUntil = Number.NEGATIVE_INFINITY;
  /** True time at which this window's ledger was last told the broker's time, by the clock it has now. */
  heardAt = Number.NEGATIVE_INFINITY;

  constructor(world: ModelledWorld) {
    const serverClock = new ServerClock();
    const broker: AccessBroker = {
      id: 'sym',
      submit: () => Promise.resolve({ runId: 'run', eventId: 'event' }),
      read: (_ref: BrokerRef, options?: CallOptions) =>
        world
          .travel<BrokerReading>(options, (at, delivery) => {
            if (delivery.kind === 'stale') return reading(world.truth.status(at - delivery.latencyMs));
            const status = world.truth.status(at);
            if (delivery.kind === 'odd' && status === 'pending')
              return { phase: 'other', rawStatus: 'musing' };
            return reading(status);
          })
          .then(({ value, at, kind, askedAt }) => {
            const answeredAt = world.clock.now();
            const before = serverClock.offsetMs;
            // As a server writes it: without the fraction of a second.
            serverClock.observe(new Date(at).toUTCString(), askedAt, answeredAt);
            const { offsetMs } = serverClock;
            if (!options?.signal?.aborted) {
              if (kind !== 'stale') this.knowsUntil = Math.max(this.knowsUntil, at);
              if (offsetMs !== before) this.heardAt = at;
            }
            return offsetMs === undefined ? value : { ...value, clockOffsetMs: offsetMs };
          }),
      giveBack: (_ref: BrokerRef, options?: CallOptions) =>
        world.travel(options, at => world.truth.giveBack(at)).then(() => undefined),
    };
    const probe: GrantProbe = {
      probe: (_target, options) =>
        world
          .travel(options, at =>
            world.truth.isUsable(at)
              ? { usable: true as const, expiresAt: at + 120 * MINUTE }
              : { usable: false as const, problem: 'ForbiddenException: No access' },
          )
          .then(({ value }) => value),
    };
    this.ledger = new GrantLedger({
      brokers: new Map<BrokerId, AccessBroker>([['sym', broker]]),
      flows: () => [FLOW],
      probe,
      clock: world.clock,
      store: world.openStore(),
      log: silentLog,
      random: () => 0.5,
      newId: () => 'the-request',
      serverOffsetMs: () => world.now - world.clock.now(),
    });
    this.ledger.onDidTransition(transition => world.told.push(transition));
    this.ledger.start();
  }

  get grant(): Grant | undefined {
    return this.ledger.grants[0];
  }
}

function reading(phase: BrokerReading['phase']): BrokerReading {
  return { phase, rawStatus: phase };
}

export class ModelledWorld {
  readonly clock = new FakeClock();
  /** One store that every window sees at once, or copies that follow each other late. */
  readonly #store: MemoryStore | Replicas;
  readonly told: LedgerTransition[] = [];
  readonly truth: Truth;
  windows: Window[] = [];
  readonly #deliveries: readonly Delivery[];
  #next = 0;
  #setBackBy = 0;
  /** True time at which somebody last set the clock. */
  setAt = Number.NEGATIVE_INFINITY;
  /** True time of the last answer that did not arrive as it should. */
  troubleAt = Number.NEGATIVE_INFINITY;

  /** `lagsMs`: how long each write of a window takes to reach the next; without them there is one store. */
  constructor(fate: Fate, deliveries: readonly Delivery[], lagsMs?: readonly number[]) {
    this.#deliveries = deliveries;
    let writes = 0;
    this.#store = lagsMs
      ? new Replicas(this.clock, () => lagsMs[writes++ % lagsMs.length] ?? 0)
      : new MemoryStore();
    this.truth = new Truth(fate, this.now);
  }

  /** True time. */
  get now(): number {
    return this.clock.now() + this.#setBackBy;
  }

  openStore(): LedgerStore {
    return this.#store instanceof Replicas ? this.#store.open() : this.#store;
  }

  open(): Window {
    const window = new Window(this);
    this.windows.push(window);
    return window;
  }

  async submit(): Promise<void> {
    await this.open().ledger.submit(DRAFT, { whenActive: 'nothing' });
  }

  close(): void {
    for (const { ledger } of this.windows) ledger.dispose();
    this.windows = [];
    if (this.#store instanceof Replicas) this.#store.close();
  }

  /** The machine sleeps: time passes, nothing runs. */
  sleep(ms: number): void {
    this.clock.jump(ms);
    this.troubleAt = this.now;
  }

  /** Somebody sets the clock forward, or back by a negative span: no time passes. */
  set(ms: number): void {
    this.clock.jump(ms);
    this.#setBackBy -= ms;
    this.setAt = this.now;
    this.troubleAt = this.now;
  }

  /** Sends a question; half of the latency later it is answered, and after the rest the answer is there, if ever. */
  travel<T>(
    options: CallOptions | undefined,
    answer: (at: number, delivery: Delivery) => T,
  ): Promise<{ value: T; at: number; kind: Delivery['kind']; askedAt: number }> {
    const askedAt = this.clock.now();
    const delivery = this.#deliveries[this.#next++] ?? { kind: 'ok', latencyMs: 50 };
    if (delivery.kind !== 'ok' || delivery.latencyMs > SECOND) this.troubleAt = this.now;
    return new Promise((resolve, reject) => {
      this.clock.schedule(delivery.latencyMs / 2, () => {
        const at = this.now;
        const value = answer(at, delivery);
        if (delivery.kind === 'lost') return;
        this.clock.schedule(delivery.latencyMs / 2, () => {
          if (options?.signal?.aborted) this.troubleAt = this.now;
          if (delivery.kind === 'error') reject(new AppError('broker-unavailable', 'Sym answered 503'));
          else resolve({ value, at, kind: delivery.kind, askedAt });
        });
      });
    });
  }
}
