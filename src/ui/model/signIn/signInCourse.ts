import { AppError, isAppError } from '../../../base/errors';
import type { SsoSession } from '../../../access/profile';
import type { DeviceVerification, SignInOptions } from '../../../aws/ssoSignIn';

/** `browser`: authorization code with PKCE, which comes back to this machine's loopback. */
export type SignInMethod = 'browser' | 'deviceCode';

/** `jitAccess.signIn.method`. */
export type SignInPreference = 'auto' | SignInMethod;

/** How to sign in. `reachesLoopback`: the browser of this window runs on the machine that the extension runs on. */
export function signInMethod(
  preference: SignInPreference,
  session: SsoSession,
  reachesLoopback: boolean,
): SignInMethod {
  // The legacy form has no scopes, and Identity Center grants an authorization code for scopes only.
  if (session.scopes.length === 0) return 'deviceCode';
  if (preference !== 'auto') return preference;
  return reachesLoopback ? 'browser' : 'deviceCode';
}

/** What a sign-in tells and asks. */
export interface SignInDesk {
  /** Shows that the sign-in is under way, with a way to cancel it, until `work` settles. */
  withProgress(
    session: SsoSession,
    work: (
      report: (waitingFor: SignInMethod, userCode?: string) => void,
      signal: AbortSignal,
    ) => Promise<void>,
  ): Promise<void>;
  /** Says what is about to happen and which host opens, and opens it once the person agrees. Rejects when the page cannot be opened. */
  openPage(session: SsoSession, url: string): Promise<'opened' | 'useCode' | 'dismissed'>;
  /** Shows the code, and opens the page to confirm it at once the person agrees. */
  showCode(session: SsoSession, verification: DeviceVerification): Promise<'opened' | 'dismissed'>;
  /** Tells that the browser's way failed, and asks whether to go on with a code. */
  offerCode(session: SsoSession, failure: unknown): Promise<boolean>;
}

export interface SignInCourseDeps {
  readonly signIn: (session: SsoSession, options: SignInOptions) => Promise<void>;
  readonly desk: SignInDesk;
  readonly method: (session: SsoSession) => SignInMethod;
}

interface Running {
  readonly done: Promise<void>;
  /** Leaves the browser's way for a code; does nothing on that way already. */
  useCode: () => void;
}

/** Signing in as a person lives it: asked once per session however many wait, and led on to a code where the browser fails. */
export class SignInCourse {
  readonly #deps: SignInCourseDeps;
  readonly #running = new Map<string, Running>();

  constructor(deps: SignInCourseDeps) {
    this.#deps = deps;
  }

  /** Joins a sign-in to the session that is under way, else begins one. Throws what `SsoSignIn.signIn` throws. */
  run(session: SsoSession, method = this.#deps.method(session)): Promise<void> {
    const known = this.#running.get(session.cacheKey);
    if (known) {
      if (method === 'deviceCode') known.useCode();
      return known.done;
    }
    const abandoned = new AbortController();
    const done = this.#go(session, method, abandoned.signal).finally(() =>
      this.#running.delete(session.cacheKey),
    );
    this.#running.set(session.cacheKey, { done, useCode: () => abandoned.abort() });
    return done;
  }

  async #go(session: SsoSession, method: SignInMethod, abandoned: AbortSignal): Promise<void> {
    if (method === 'browser' && (await this.#byBrowser(session, abandoned)) === 'signedIn') return;
    await this.#byCode(session);
  }

  async #byBrowser(session: SsoSession, abandoned: AbortSignal): Promise<'signedIn' | 'useCode'> {
    const page = new Answer();
    try {
      await this.#deps.desk.withProgress(session, (report, signal) =>
        this.#deps.signIn(session, {
          signal: AbortSignal.any([signal, abandoned, page.signal]),
          onAuthorizationPage: url => {
            const answer = this.#deps.desk.openPage(session, url);
            page.take(answer, () => report('browser'));
          },
        }),
      );
      return 'signedIn';
    } catch (thrown) {
      if (abandoned.aborted || page.answer === 'useCode') return 'useCode';
      const failure = page.failure ?? thrown;
      if (!mayWorkByCode(failure)) throw failure;
      if (await this.#deps.desk.offerCode(session, failure)) return 'useCode';
      throw new AppError('cancelled', 'Cancelled', { cause: failure });
    }
  }

  async #byCode(session: SsoSession): Promise<void> {
    const page = new Answer();
    try {
      await this.#deps.desk.withProgress(session, (report, signal) =>
        this.#deps.signIn(session, {
          signal: AbortSignal.any([signal, page.signal]),
          onVerification: verification => {
            report('deviceCode', verification.userCode);
            page.take(this.#deps.desk.showCode(session, verification));
          },
        }),
      );
    } catch (thrown) {
      throw page.failure ?? thrown;
    }
  }
}

/** What the person said to the page that was to open. The sign-in goes on while the question stands; anything but yes ends it. */
class Answer {
  readonly #ended = new AbortController();
  readonly signal = this.#ended.signal;
  answer: 'opened' | 'useCode' | 'dismissed' | undefined;
  failure: unknown;

  take(answer: Promise<'opened' | 'useCode' | 'dismissed'>, onOpened?: () => void): void {
    answer.then(
      said => {
        this.answer = said;
        if (said === 'opened') onOpened?.();
        else this.#ended.abort();
      },
      (failure: unknown) => {
        this.failure = failure;
        this.#ended.abort();
      },
    );
  }
}

/** A refusal by the person, or a line that is down, is the same by any way. */
function mayWorkByCode(failure: unknown): boolean {
  return !['cancelled', 'sign-in-denied', 'network', 'throttled', 'endpoint-refused'].some(
    code => isAppError(failure) && failure.code === code,
  );
}
