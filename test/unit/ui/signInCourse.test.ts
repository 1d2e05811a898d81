import { describe, expect, it } from 'vitest';
import type { SsoSession } from '../../../src/access/profile';
import type { SignInOptions } from '../../../src/aws/ssoSignIn';
import { AppError } from '../../../src/base/errors';
import {
  SignInCourse,
  signInMethod,
  type SignInDesk,
  type SignInMethod,
} from '../../../src/ui/model/signIn/signInCourse';
import { settle } from '../../support/access/fakeClock';

const SESSION: SsoSession = {
  cacheKey: 'myco',
  label: 'myco',
  startUrl: 'https://myco.awsapps.com/start',
  region: 'us-east-1',
  scopes: ['sso:account:access'],
};
const LEGACY: SsoSession = { ...SESSION, cacheKey: SESSION.startUrl, scopes: [] };
const PAGE = 'https://oidc.us-east-1.amazonaws.com/authorize?state=x';
const VERIFICATION = {
  userCode: 'ABCD-EFGH',
  verificationUri: 'https://device.example/',
  verificationUriComplete: 'https://device.example/?user_code=ABCD-EFGH',
  expiresAt: 0,
};

interface Attempt {
  readonly options: SignInOptions;
  succeed(): void;
  fail(failure: unknown): void;
}

/** A person, a browser and a service, each answering as the test says. */
class Room {
  readonly asked: string[] = [];
  readonly attempts: Attempt[] = [];
  method: SignInMethod = 'browser';
  page: () => Promise<'opened' | 'useCode' | 'dismissed'> = () => Promise.resolve('opened');
  code: () => Promise<'opened' | 'dismissed'> = () => Promise.resolve('opened');
  offer = true;
  cancel: () => void = () => undefined;

  readonly #desk: SignInDesk = {
    withProgress: async (_session, work) => {
      const controller = new AbortController();
      this.cancel = () => controller.abort();
      await work((waitingFor, code) => this.asked.push(`waiting ${code ?? waitingFor}`), controller.signal);
    },
    openPage: (_session, url) => {
      this.asked.push(`page ${url}`);
      return this.page();
    },
    showCode: (_session, verification) => {
      this.asked.push(`code ${verification.userCode}`);
      return this.code();
    },
    offerCode: (_session, failure) => {
      this.asked.push(`offer after ${failure instanceof AppError ? failure.code : String(failure)}`);
      return Promise.resolve(this.offer);
    },
  };

  readonly course = new SignInCourse({
    desk: this.#desk,
    method: () => this.method,
    signIn: (_session, options) =>
      new Promise((resolve, reject) => {
        this.attempts.push({ options, succeed: resolve, fail: reject });
        options.signal?.addEventListener('abort', () => reject(new AppError('cancelled', 'Cancelled')));
        if (options.onAuthorizationPage) options.onAuthorizationPage(PAGE);
        else options.onVerification?.(VERIFICATION);
      }),
  });
}

describe('the method', () => {
  it.each([
    ['auto', SESSION, true, 'browser'],
    ['auto', SESSION, false, 'deviceCode'],
    ['browser', SESSION, false, 'browser'],
    ['deviceCode', SESSION, true, 'deviceCode'],
    ['browser', LEGACY, true, 'deviceCode'],
  ] as const)('is, by %s for %o with loopback %s: %s', (preference, session, loopback, method) => {
    expect(signInMethod(preference, session, loopback)).toBe(method);
  });
});

describe('a sign-in', () => {
  it('asks once however many wait, and again when it is over', async () => {
    const room = new Room();
    const all = [room.course.run(SESSION), room.course.run(SESSION), room.course.run(SESSION)];
    await settle();
    expect(room.asked).toEqual([`page ${PAGE}`, 'waiting browser']);
    expect(room.attempts).toHaveLength(1);
    room.attempts[0]?.succeed();
    await Promise.all(all);
    const other = room.course.run({ ...SESSION, cacheKey: 'other' });
    const again = room.course.run(SESSION);
    await settle();
    expect(room.attempts).toHaveLength(3);
    for (const attempt of room.attempts) attempt.succeed();
    await Promise.all([other, again]);
  });

  it('shows a code where the browser cannot come back', async () => {
    const room = new Room();
    room.method = 'deviceCode';
    const done = room.course.run(SESSION);
    await settle();
    expect(room.asked).toEqual(['waiting ABCD-EFGH', 'code ABCD-EFGH']);
    expect(room.attempts[0]?.options.onAuthorizationPage).toBeUndefined();
    room.attempts[0]?.succeed();
    await done;
  });

  it('goes on with a code when the person prefers one, and ends the other way first', async () => {
    const room = new Room();
    room.page = () => Promise.resolve('useCode');
    const done = room.course.run(SESSION);
    await settle();
    expect(room.attempts[0]?.options.signal?.aborted).toBe(true);
    expect(room.asked.slice(1)).toEqual(['waiting ABCD-EFGH', 'code ABCD-EFGH']);
    room.attempts[1]?.succeed();
    await done;
  });

  it('changes over to a code while the browser has not come back', async () => {
    const room = new Room();
    const done = room.course.run(SESSION);
    await settle();
    const joined = room.course.run(SESSION, 'deviceCode');
    await settle();
    expect(room.attempts[0]?.options.signal?.aborted).toBe(true);
    expect(room.asked.at(-1)).toBe('code ABCD-EFGH');
    room.attempts[1]?.succeed();
    await Promise.all([done, joined]);
  });

  it.each(['sign-in-failed', 'sign-in-expired'] as const)('offers a code after %s', async code => {
    const room = new Room();
    const done = room.course.run(SESSION);
    await settle();
    room.attempts[0]?.fail(new AppError(code, 'no'));
    await settle();
    expect(room.asked).toContain(`offer after ${code}`);
    room.attempts[1]?.succeed();
    await done;
  });

  it('offers a code when the page could not be opened', async () => {
    const room = new Room();
    room.page = () => Promise.reject(new AppError('sign-in-failed', 'no browser'));
    room.offer = false;
    await expect(room.course.run(SESSION)).rejects.toMatchObject({ code: 'cancelled' });
    expect(room.asked.at(-1)).toBe('offer after sign-in-failed');
  });

  it.each(['sign-in-denied', 'network'] as const)(
    'offers no code after %s, which it would not mend',
    async code => {
      const room = new Room();
      const outcome = expect(room.course.run(SESSION)).rejects.toMatchObject({ code });
      await settle();
      room.attempts[0]?.fail(new AppError(code, 'no'));
      await outcome;
      expect(room.attempts).toHaveLength(1);
    },
  );

  it('is silent when the person turns the question down or cancels', async () => {
    const room = new Room();
    room.page = () => Promise.resolve('dismissed');
    await expect(room.course.run(SESSION)).rejects.toMatchObject({ code: 'cancelled' });
    room.page = () => Promise.resolve('opened');
    const cancelled = expect(room.course.run(SESSION)).rejects.toMatchObject({ code: 'cancelled' });
    await settle();
    room.cancel();
    await cancelled;
    expect(room.asked.some(said => said.startsWith('offer'))).toBe(false);
  });

  it('tells why a page was not trusted', async () => {
    const room = new Room();
    room.method = 'deviceCode';
    room.code = () => Promise.reject(new AppError('endpoint-refused', 'ftp'));
    await expect(room.course.run(SESSION)).rejects.toMatchObject({ code: 'endpoint-refused' });
  });
});
