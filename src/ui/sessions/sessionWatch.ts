import type { Clock } from '../../base/clock';
import { messageOf } from '../../base/errors';
import type { Event } from '../../base/events';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import type { Log } from '../../base/log';
import type { CloseReason } from '../../ssm/closeReason';
import type { LiveSession } from '../model/sessions/liveSession';
import { wantsSignIn } from '../model/sessions/sessionTeller';
import type { SessionHub } from './sessionHub';

const LOOK_EVERY_MS = 5000;
/** A look that comes this much too late means that the machine slept. */
const SUSPENDED_AFTER_MS = 15_000;
/** Between two questions to AWS about an instance that does not answer. */
const ASK_EVERY_MS = 20_000;

export interface SessionWatchDeps {
  readonly hub: SessionHub;
  readonly onDidSignIn: Event<unknown>;
  /** The addresses of this computer, as one text: when it changes the network has. */
  readonly addresses: () => string;
  /** Whether the instance of a session that does not answer has been stopped. */
  readonly targetEnd: (session: LiveSession) => Promise<CloseReason | undefined>;
  /** Offers a sign-in, once for all sessions that wait for it. */
  readonly offerSignIn: (waiting: number) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Looks after open sessions from outside: has them try again at once when the cause of their trouble is over (signed in, another
 * network, awake), offers the sign-in they wait for, and ends those whose instance was stopped.
 */
export class SessionWatch implements Disposable {
  readonly #deps: SessionWatchDeps;
  readonly #store = new DisposableStore();
  /** When AWS was last asked about the instance of a silent session. */
  readonly #askedAt = new Map<string, number>();
  #timer: Disposable | undefined;
  #lookedAt = 0;
  #addresses = '';
  #offered = false;

  constructor(deps: SessionWatchDeps) {
    this.#deps = deps;
    this.#store.add(deps.hub.onDidChange(() => this.#review()));
    this.#store.add(deps.onDidSignIn(() => this.#retryAll('signed in')));
  }

  dispose(): void {
    this.#store.dispose();
    this.#timer?.dispose();
    this.#timer = undefined;
  }

  /** After every change: is anybody to be watched, does anybody wait for a sign-in? */
  #review(): void {
    const { hub, clock, addresses, offerSignIn } = this.#deps;
    const { sessions } = hub;
    if (sessions.length === 0) {
      this.#timer?.dispose();
      this.#timer = undefined;
      this.#askedAt.clear();
    } else if (!this.#timer) {
      this.#lookedAt = clock.now();
      this.#addresses = addresses();
      this.#arm();
    }
    const waiting = sessions.filter(session => wantsSignIn(session.problem)).length;
    if (waiting === 0) this.#offered = false;
    else if (!this.#offered) {
      this.#offered = true;
      offerSignIn(waiting);
    }
  }

  #arm(): void {
    this.#timer = this.#deps.clock.schedule(LOOK_EVERY_MS, () => {
      this.#arm();
      this.#look();
    });
  }

  #look(): void {
    const now = this.#deps.clock.now();
    const late = now - this.#lookedAt - LOOK_EVERY_MS;
    this.#lookedAt = now;
    const addresses = this.#deps.addresses();
    const moved = addresses !== this.#addresses;
    this.#addresses = addresses;
    if (late > SUSPENDED_AFTER_MS) this.#retryAll('the computer woke');
    else if (moved) this.#retryAll('the network changed');
    for (const session of this.#deps.hub.sessions) {
      if (session.phase === 'stale') void this.#askAbout(session, now);
      else this.#askedAt.delete(session.id);
    }
  }

  #retryAll(why: string): void {
    const { hub, log } = this.#deps;
    if (hub.sessions.length === 0) return;
    log.info(`Sessions try again at once: ${why}.`);
    for (const session of hub.sessions) session.retryNow();
  }

  async #askAbout(session: LiveSession, now: number): Promise<void> {
    if (now - (this.#askedAt.get(session.id) ?? -Infinity) < ASK_EVERY_MS) return;
    this.#askedAt.set(session.id, now);
    const { targetEnd, hub, log } = this.#deps;
    try {
      const reason = await targetEnd(session);
      // An agent that AWS has lost too may come back: the session itself decides when to give up on it.
      if (reason?.kind === 'target-stopped' && hub.find(session.id) === session) await session.end(reason);
    } catch (thrown) {
      log.debug(`The state of ${session.instance.id} could not be found out: ${messageOf(thrown)}`);
    }
  }
}
