import { isAppError, type ErrorCode } from '../../../base/errors';
import type { CloseReason } from '../../../ssm/closeReason';
import type { PhaseChange } from '../../../ssm/sessionPhase';
import { closeText } from './closeText';
import { errorText } from '../errorText';
import type { Localizer } from '../localizer';
import { timeOfDayWithSeconds } from '../timeText';

/** Failures while resuming that only a person can mend, by signing in. */
const WANTS_SIGN_IN: ReadonlySet<ErrorCode> = new Set([
  'signed-out',
  'credentials-expired',
  'sign-in-denied',
  'sign-in-expired',
  'sign-in-failed',
]);

/** Failures that the words "connection lost, resuming" cover. */
const COVERED: ReadonlySet<ErrorCode> = new Set([
  'network',
  'cancelled',
  'service-fault',
  'throttled',
  'session-ended',
  'internal',
]);

export interface SessionTellerDeps {
  readonly l10n: Localizer;
  readonly now: () => number;
  readonly roleLabel: string;
  readonly kind: 'shell' | 'forward';
  /** `below`: on a fresh line, for the far side may have left the cursor anywhere. */
  readonly say: (sentence: string, place: 'here' | 'below') => void;
}

/** What a session's terminal says of the session itself, for shells and forwards alike: lost, waiting for what, resumed, over why. */
export class SessionTeller {
  readonly #deps: SessionTellerDeps;
  #troubledSince: number | undefined;
  #saidLost = false;
  #problem: Error | undefined;
  #saidProblem: ErrorCode | undefined;
  #resumed = 0;

  constructor(deps: SessionTellerDeps) {
    this.#deps = deps;
  }

  /** How often a lost connection was resumed. */
  get resumed(): number {
    return this.#resumed;
  }

  /** Why it is not connected, while it is not. */
  get problem(): Error | undefined {
    return this.#problem;
  }

  /** Tells what of a change of phase is news. The first connection is for the terminal to tell. */
  tellPhase({ phase, at, problem }: PhaseChange): void {
    switch (phase) {
      case 'stale':
        this.#problem = problem;
        this.#tellStale(at);
        break;
      case 'resuming':
        this.#problem = problem;
        this.#tellLost(at);
        this.#tellProblem(problem);
        break;
      case 'connected':
        this.#problem = undefined;
        this.#tellBack(at);
        break;
      default:
        this.#problem = undefined;
    }
  }

  /** The sentence for the end. */
  endText(reason: CloseReason): string {
    const { l10n, roleLabel, kind, now } = this.#deps;
    return closeText(l10n, reason, { roleLabel, kind, atMs: now() });
  }

  #tellStale(at: number): void {
    if (this.#troubledSince !== undefined) return;
    this.#troubledSince = at;
    const { l10n, say } = this.#deps;
    say(l10n.t('No answer at {0}, waiting…', timeOfDayWithSeconds(at)), 'below');
  }

  #tellLost(at: number): void {
    this.#troubledSince ??= at;
    if (this.#saidLost) return;
    this.#saidLost = true;
    const { l10n, say } = this.#deps;
    say(l10n.t('Connection lost {0}, resuming…', timeOfDayWithSeconds(at)), 'below');
  }

  /** Each kind of problem once: what is tried again every few seconds would fill the screen. */
  #tellProblem(problem: Error | undefined): void {
    if (!isAppError(problem) || COVERED.has(problem.code) || problem.code === this.#saidProblem) return;
    this.#saidProblem = problem.code;
    const { l10n, say } = this.#deps;
    const { sentence } = errorText(l10n, problem);
    say(
      wantsSignIn(problem)
        ? l10n.t('{0} The session goes on when you sign in: JIT Access: Sign In.', sentence)
        : l10n.t('{0} Trying again.', sentence),
      'here',
    );
  }

  #tellBack(at: number): void {
    const since = this.#troubledSince;
    if (since === undefined) return;
    const seconds = ((at - since) / 1000).toFixed(1);
    const lost = this.#saidLost;
    this.#troubledSince = undefined;
    this.#saidLost = false;
    this.#saidProblem = undefined;
    if (lost) this.#resumed += 1;
    const { l10n, say } = this.#deps;
    say(
      lost
        ? l10n.t('Resumed after {0} s, nothing lost.', seconds)
        : l10n.t('Answering again after {0} s, nothing lost.', seconds),
      'here',
    );
  }
}

/** Whether a session waits for a person to sign in. */
export function wantsSignIn(problem: Error | undefined): boolean {
  return isAppError(problem) && WANTS_SIGN_IN.has(problem.code);
}
