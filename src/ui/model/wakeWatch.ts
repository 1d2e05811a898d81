import type { Clock } from '../../base/clock';
import { Emitter, type Event } from '../../base/events';
import type { Disposable } from '../../base/lifecycle';

const LOOK_EVERY_MS = 5000;
/** A timer this late, or early by the wall clock, means that the machine slept or that somebody set the clock. */
const JUMP_MS = 5000;

/** Notices what neither Node nor VS Code tells: that the machine woke, that its clock was set, and that its network is another. */
export class WakeWatch implements Disposable {
  readonly #clock: Clock;
  readonly #addresses: () => string;
  readonly #didWake = new Emitter<'clock' | 'network'>();
  readonly onDidWake: Event<'clock' | 'network'> = this.#didWake.event;
  #known: string;
  #timer: Disposable | undefined;

  /** `addresses`: what the machine's network looks like now, as any text that changes when it does. */
  constructor(deps: { readonly clock: Clock; readonly addresses: () => string }) {
    this.#clock = deps.clock;
    this.#addresses = deps.addresses;
    this.#known = deps.addresses();
    this.#arm();
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#didWake.dispose();
  }

  #arm(): void {
    const dueAt = this.#clock.now() + LOOK_EVERY_MS;
    this.#timer = this.#clock.schedule(LOOK_EVERY_MS, () => {
      const offBy = Math.abs(this.#clock.now() - dueAt);
      this.#arm();
      const addresses = this.#addresses();
      const isElsewhere = addresses !== this.#known;
      this.#known = addresses;
      if (offBy > JUMP_MS) this.#didWake.fire('clock');
      else if (isElsewhere) this.#didWake.fire('network');
    });
  }
}
