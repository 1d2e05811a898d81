export interface LivenessLimits {
  /** Between pings; proxies drop what is silent for 60 s, so the official client's 5 minutes are too long. */
  readonly pingEveryMs: number;
  /** After a ping without a sign of life for this long the socket is dead. Together under 30 s. */
  readonly pongWithinMs: number;
}

/** `stale`: the ping is overdue but not hopeless. `slept`: the clock jumped, the machine was probably suspended. */
export type Pulse = 'fine' | 'ping' | 'stale' | 'dead' | 'slept';

/** No two looks are further apart than this, so a jump of the clock is seen soon after it happened. */
const LOOK_EVERY_MS = 5000;
/** How late a look may come before it is put down to a suspended machine; far beyond what a busy event loop causes. */
const SUSPENDED_AFTER_MS = 15_000;

/** Decides from the time alone whether the other end of a socket is alive. Pure: told the time, asked what to do. */
export class Liveness {
  readonly #limits: LivenessLimits;
  #heardAt: number;
  #pingedAt: number | undefined;
  #lookedAt: number;

  constructor(limits: LivenessLimits, now: number) {
    this.#limits = limits;
    this.#heardAt = now;
    this.#lookedAt = now;
  }

  /** Any frame or pong from the peer. */
  heard(now: number): void {
    this.#heardAt = now;
    this.#pingedAt = undefined;
  }

  pinged(now: number): void {
    this.#pingedAt ??= now;
  }

  /** To be asked no later than `nextLookAt`. */
  look(now: number): Pulse {
    const jumped = now - this.#lookedAt > LOOK_EVERY_MS + SUSPENDED_AFTER_MS || now < this.#lookedAt - 1000;
    this.#lookedAt = now;
    if (jumped) {
      this.heard(now);
      return 'slept';
    }
    if (this.#pingedAt === undefined)
      return now - this.#heardAt >= this.#limits.pingEveryMs ? 'ping' : 'fine';
    const silent = now - this.#pingedAt;
    if (silent >= this.#limits.pongWithinMs) return 'dead';
    return silent >= this.#limits.pongWithinMs / 2 ? 'stale' : 'fine';
  }

  nextLookAt(): number {
    const due =
      this.#pingedAt === undefined
        ? this.#heardAt + this.#limits.pingEveryMs
        : this.#pingedAt +
          (this.#lookedAt - this.#pingedAt >= this.#limits.pongWithinMs / 2
            ? this.#limits.pongWithinMs
            : this.#limits.pongWithinMs / 2);
    return Math.min(due, this.#lookedAt + LOOK_EVERY_MS);
  }
}
