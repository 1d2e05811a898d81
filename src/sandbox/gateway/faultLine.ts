import type { Clock } from '../../base/clock';
import type { Disposable } from '../../base/lifecycle';
import { readFrameHeader } from './frameHeader';
import type { Direction, FaultPlan, FrameFault } from './faults';

const HEADER_BYTES = 120;

export interface FaultLineOptions {
  readonly direction: Direction;
  readonly plan: FaultPlan;
  readonly clock: Clock;
  readonly deliver: (frame: Uint8Array) => void;
  /** Cuts or closes the client's socket. */
  readonly breakSocket: (how: { kind: 'kill' } | { kind: 'close'; code: number; reason: string }) => void;
}

/** One direction of the relay, with the faults that a plan puts into it. */
export class FaultLine implements Disposable {
  readonly #options: FaultLineOptions;
  readonly #faults: readonly { readonly fault: FrameFault; seen: number }[];
  readonly #random: () => number;
  readonly #delayed = new Set<Disposable>();
  /** Frames held back until others have overtaken them. */
  #held: { readonly frame: Uint8Array; remaining: number }[] = [];

  constructor(options: FaultLineOptions) {
    this.#options = options;
    this.#faults = options.plan.frames
      .filter(fault => fault.direction === options.direction)
      .map(fault => ({ fault, seen: 0 }));
    this.#random = seededRandom(options.plan.seed + (options.direction === 'toAgent' ? 1 : 0));
  }

  /** Carries a frame across, or does to it what the plan says. The first fault that fits is the one that counts. */
  push(frame: Uint8Array): void {
    if (this.#held.length === 0) {
      this.#carry(frame);
      return;
    }
    const overtaken = this.#held;
    for (const waiting of overtaken) waiting.remaining -= 1;
    this.#carry(frame);
    const released = overtaken.filter(waiting => waiting.remaining <= 0);
    this.#held = this.#held.filter(waiting => waiting.remaining > 0);
    for (const { frame: late } of released) this.#pass(late);
  }

  dispose(): void {
    for (const timer of this.#delayed) timer.dispose();
    this.#delayed.clear();
    this.#held = [];
  }

  #carry(frame: Uint8Array): void {
    const fault = this.#faultFor(frame);
    switch (fault?.action) {
      case undefined:
        return this.#pass(frame);
      case 'drop':
        return;
      case 'duplicate':
        this.#pass(frame);
        return this.#pass(frame);
      case 'corrupt':
        return this.#pass(corrupted(frame));
      case 'delay':
        return this.#after(fault.delayMs, () => this.#pass(frame));
      case 'reorder':
        this.#held.push({ frame, remaining: fault.byFrames });
        return;
      case 'killSocket':
        return this.#options.breakSocket({ kind: 'kill' });
      case 'closeSocket':
        return this.#options.breakSocket({ kind: 'close', code: fault.closeCode, reason: fault.closeReason });
    }
  }

  #pass(frame: Uint8Array): void {
    const { plan, deliver } = this.#options;
    if (plan.latencyMs === 0) deliver(frame);
    else this.#after(plan.latencyMs, () => deliver(frame));
  }

  #after(delayMs: number, action: () => void): void {
    const timer = this.#options.clock.schedule(delayMs, () => {
      this.#delayed.delete(timer);
      action();
    });
    this.#delayed.add(timer);
  }

  #faultFor(frame: Uint8Array): FrameFault | undefined {
    if (this.#faults.length === 0) return undefined;
    const header = readFrameHeader(frame);
    if (header === undefined) return undefined;
    const kind =
      header.messageType === 'acknowledge'
        ? 'acknowledge'
        : header.messageType.endsWith('_stream_data')
          ? 'stream'
          : 'other';
    let found: FrameFault | undefined;
    for (const entry of this.#faults) {
      const { fault } = entry;
      if (fault.frame === 'any' ? kind === 'other' : fault.frame !== kind) continue;
      if (fault.sequence !== undefined && (kind !== 'stream' || header.sequenceNumber !== fault.sequence))
        continue;
      const index = entry.seen++;
      const struck =
        fault.rate === undefined
          ? index >= fault.nth && (fault.count === 'all' || index < fault.nth + fault.count)
          : this.#random() < fault.rate;
      if (struck) found ??= fault;
    }
    return found;
  }
}

/** One bit of the payload turned over; the frame is copied, since its sender may send it again. */
function corrupted(frame: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(frame);
  const first = copy[HEADER_BYTES];
  if (first !== undefined) copy[HEADER_BYTES] = first ^ 1;
  return copy;
}

/** mulberry32: small, and the same on every machine. Numbers from 0 up to, not including, 1. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
