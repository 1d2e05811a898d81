import type { Clock } from '../../../base/clock';
import { Emitter, type Event } from '../../../base/events';
import { DisposableStore, type Disposable } from '../../../base/lifecycle';
import type { GrantLedger, LedgerTransition, TransitionKind } from '../../../access/ledger';
import type { OnceOnly } from './onceOnly';

/** How long a window in the background leaves it to the one that somebody looks at. */
const BACKGROUND_WAIT_MS = 2500;
/** What may happen to one grant more than once is told again, but not by every window. */
const REPEATS_AFTER_MS = 30_000;
const ONCE: ReadonlySet<TransitionKind> = new Set([
  'submitted',
  'approved',
  'denied',
  'expired',
  'cancelled',
  'failed',
  'provisioning',
  'active',
  'ended',
]);
/** How long every window leaves it to the one that asked; long enough for that one to be reloaded and back. */
const STRANGER_WAIT_MS = 6000;

/**
 * What happened to requests and grants, told in one of the windows only: as a notice in the window that somebody looks at, and for doing
 * what was asked for in the window where it was asked.
 */
export class WindowNews implements Disposable {
  readonly #deps: {
    readonly ledger: Pick<GrantLedger, 'onDidTransition' | 'onDidTransitionElsewhere'>;
    readonly once: OnceOnly;
    readonly isFocused: () => boolean;
    readonly clock: Clock;
  };
  readonly #store = new DisposableStore();
  /** The requests that were sent from here. */
  readonly #own = new Set<string>();
  readonly #didHappen = new Emitter<LedgerTransition>();
  /** To be shown to a person. */
  readonly onDidHappen: Event<LedgerTransition> = this.#didHappen.event;
  readonly #didBecomeActive = new Emitter<LedgerTransition>();
  /** A grant became active for the first time: to be acted on. */
  readonly onDidBecomeActive: Event<LedgerTransition> = this.#didBecomeActive.event;

  constructor(deps: {
    readonly ledger: Pick<GrantLedger, 'onDidTransition' | 'onDidTransitionElsewhere'>;
    readonly once: OnceOnly;
    readonly isFocused: () => boolean;
    readonly clock: Clock;
  }) {
    this.#deps = deps;
    this.#store.add(deps.ledger.onDidTransition(transition => this.#hear(transition, true)));
    this.#store.add(deps.ledger.onDidTransitionElsewhere(transition => this.#hear(transition, false)));
    deps.once.sweep(deps.clock.now());
  }

  dispose(): void {
    this.#store.dispose();
    this.#didHappen.dispose();
    this.#didBecomeActive.dispose();
  }

  #hear(transition: LedgerTransition, here: boolean): void {
    const { kind, request, warningMs } = transition;
    const { isFocused } = this.#deps;
    // Only the window that sent it learns first-hand that it was taken.
    if (kind === 'submitted' && here) this.#own.add(request.id);
    const name = `${request.id} ${kind} ${warningMs ?? ''}`;
    // A warning comes again when the end has moved out, and not before the time it warned of has passed.
    const againAfterMs = warningMs ?? (ONCE.has(kind) ? undefined : REPEATS_AFTER_MS);
    this.#after(isFocused() ? 0 : BACKGROUND_WAIT_MS, `tell ${name}`, againAfterMs, () =>
      this.#didHappen.fire(transition),
    );
    if (kind === 'active') {
      this.#after(this.#own.has(request.id) ? 0 : STRANGER_WAIT_MS, `act ${name}`, undefined, () =>
        this.#didBecomeActive.fire(transition),
      );
    }
  }

  #after(waitMs: number, what: string, againAfterMs: number | undefined, run: () => void): void {
    const { clock, once } = this.#deps;
    const claimed = () => once.claim(what, clock.now(), againAfterMs);
    if (waitMs === 0) {
      if (claimed()) run();
      return;
    }
    this.#store.add(
      clock.schedule(waitMs, () => {
        if (!this.#store.isDisposed && claimed()) run();
      }),
    );
  }
}
