import { fault, startServer, type Answer, type Received, type Reply, type TestServer } from './testServer';

/** The OIDC service and the portal, just far enough; each part can be replaced by a test. */
export async function startSignInServer(overrides: Record<string, Answer> = {}): Promise<TestServer> {
  let tokens = 0;
  const answers: Record<string, Answer> = {
    'POST /client/register': () => ({
      body: {
        clientId: 'client-1',
        clientSecret: 'secret-1',
        clientSecretExpiresAt: REGISTRATION_ENDS / 1000,
      },
    }),
    'POST /device_authorization': () => ({
      body: {
        deviceCode: 'device-1',
        userCode: 'ABCD-EFGH',
        verificationUri: 'https://device.example/',
        verificationUriComplete: 'https://device.example/?user_code=ABCD-EFGH',
        expiresIn: 600,
        interval: 1,
      },
    }),
    'POST /token': () => tokenReply((tokens += 1)),
    'POST /logout': () => ({}),
    ...overrides,
  };
  return await startServer(
    request => answers[request.operation]?.(request) ?? fault('NotFoundException', 'no', 404),
  );
}

export const REGISTRATION_ENDS = Date.parse('2027-02-20T00:00:00Z');

export function tokenReply(number: number): Reply {
  return {
    body: {
      accessToken: `token-${number}`,
      expiresIn: 3600,
      refreshToken: `refresh-${number}`,
      tokenType: 'Bearer',
    },
  };
}

/** Answers one after the other; the last for good. */
export function inTurn(...replies: (Reply | Answer)[]): Answer {
  let turn = 0;
  return request => {
    const reply = replies[Math.min(turn, replies.length - 1)];
    turn += 1;
    return typeof reply === 'function' ? reply(request) : (reply ?? {});
  };
}

export const json = (request: Received | undefined): Record<string, unknown> =>
  JSON.parse(request?.body ?? '{}') as Record<string, unknown>;

export const PENDING = fault('AuthorizationPendingException', 'pending', 400, {
  error: 'authorization_pending',
});
export const SLOW_DOWN = fault('SlowDownException', 'slow down', 400, { error: 'slow_down' });
