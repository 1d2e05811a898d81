import { isAppError, type AppError, type ErrorCode, type ErrorDetails } from '../../base/errors';
import { foreignAnswerText } from './foreignAnswerText';
import type { Localizer } from './localizer';

/** What a person can do about a failure with one click. */
export type Mend =
  | { readonly kind: 'signIn' }
  | { readonly kind: 'openConfig' }
  | { readonly kind: 'enterMfaCode' }
  | { readonly kind: 'setSymUrl' }
  | { readonly kind: 'signInToSym' }
  | {
      readonly kind: 'requestAccess';
      readonly label?: string;
      readonly flowId?: string;
      readonly targetId?: string;
    }
  | { readonly kind: 'openSettings'; readonly setting: string }
  | { readonly kind: 'refresh' }
  | { readonly kind: 'retry' };

export interface ErrorText {
  /** One or two sentences: what happened, and what to do. */
  readonly sentence: string;
  readonly mend?: Mend;
}

type Wording = (l10n: Localizer, error: AppError) => ErrorText;

/** What each failure means to a person, and the button that mends it. A code without an entry does not compile. */
const ERROR_TEXTS: Readonly<Record<ErrorCode, Wording>> = {
  cancelled: l10n => ({ sentence: l10n.t('Cancelled.') }),
  'config-invalid': (l10n, { message, details }) =>
    isOfSym(details)
      ? {
          sentence: l10n.t('{0}: {1}', message, details['path'] ?? '?'),
          mend: { kind: 'signInToSym' },
        }
      : {
          sentence: l10n.t('The AWS config cannot be used as it stands: {0}', message),
          mend: { kind: 'openConfig' },
        },
  'profile-not-found': l10n => ({
    sentence: l10n.t('No profile of your AWS config fits. Add one for this account, then try again.'),
    mend: { kind: 'openConfig' },
  }),
  'signed-out': l10n => ({ sentence: l10n.t('You are signed out of AWS.'), mend: { kind: 'signIn' } }),
  'sign-in-denied': (l10n, { details }) => ({
    sentence: l10n.t('The sign-in was refused in the browser.'),
    mend: signInMend(details),
  }),
  'sign-in-expired': (l10n, { details }) => ({
    sentence: isOfSym(details)
      ? l10n.t('The browser did not come back from Sym’s sign-in in time.')
      : l10n.t('The sign-in code ran out before it was confirmed.'),
    mend: signInMend(details),
  }),
  'sign-in-failed': (l10n, { message, details }) => ({
    sentence: isOfSym(details)
      ? l10n.t('Signing in to Sym failed: {0}', message)
      : l10n.t('Signing in failed: {0}', message),
    mend: signInMend(details),
  }),
  'role-not-assigned': l10n => ({
    sentence: l10n.t('AWS does not hand out this role to you now. It needs an approved request.'),
    mend: { kind: 'requestAccess' },
  }),
  'credentials-expired': endedCredentialsText,
  'mfa-required': (l10n, { details }) => ({
    sentence: l10n.t('Profile {0} asks for a code of your MFA device.', details['profile'] ?? ''),
    mend: { kind: 'enterMfaCode' },
  }),
  'access-denied': (l10n, { message, details }) => ({
    sentence: details['action']
      ? l10n.t('AWS refused: your role may not do {0} here.', details['action'])
      : l10n.t('AWS refused: {0}', message),
  }),
  'target-not-connected': l10n => ({
    sentence: l10n.t(
      'Systems Manager cannot reach this instance now: its agent is not connected. Check that the instance runs, has network access and the SSM permissions.',
    ),
    mend: { kind: 'refresh' },
  }),
  'target-not-found': l10n => ({
    sentence: l10n.t('AWS does not know this instance any more.'),
    mend: { kind: 'refresh' },
  }),
  'document-invalid': (l10n, { message }) => ({
    sentence: l10n.t('Systems Manager does not accept this kind of session: {0}', message),
  }),
  throttled: l10n => ({
    sentence: l10n.t('AWS asks to slow down. Try again in a moment.'),
    mend: { kind: 'retry' },
  }),
  'clock-skew': l10n => ({
    sentence: l10n.t(
      'The clock of this computer differs too much from AWS’s, so AWS rejects its requests. Set the clock.',
    ),
  }),
  'endpoint-refused': (l10n, { message }) => ({
    sentence: l10n.t('An address was refused before anything secret was sent to it: {0}', message),
  }),
  network: (l10n, { message, details }) => ({
    sentence: details['answeredBy']
      ? foreignAnswerText(l10n, 'AWS', details)
      : /CERT|UNABLE_TO|SELF_SIGNED/.test(details['systemCode'] ?? '')
        ? l10n.t(
            'The other side could not prove who it is: {0}. Where your network inspects TLS, let AWS_CA_BUNDLE name its certificate authority.',
            message,
          )
        : details['perhapsTaken']
          ? perhapsTakenText(l10n)
          : l10n.t('The network did not answer. Check connection, VPN and proxy.'),
    mend: { kind: 'retry' },
  }),
  'proxy-refused': (l10n, { message, details }) => ({
    sentence:
      details['status'] === '407'
        ? l10n.t(
            'The proxy {0} wants to know who you are before it connects to {1}. Put name and password into its URL, in the setting http.proxy or in HTTPS_PROXY.',
            details['proxy'] ?? message,
            details['host'] ?? 'AWS',
          )
        : l10n.t(
            'The proxy {0} does not let this computer connect to {1} (HTTP {2}). It was not AWS that refused. Ask who runs the proxy, or name the host in http.noProxy.',
            details['proxy'] ?? message,
            details['host'] ?? 'AWS',
            details['status'] ?? '?',
          ),
    mend: { kind: 'retry' },
  }),
  'service-fault': (l10n, { message }) => ({
    sentence: l10n.t('The service failed: {0}', message),
    mend: { kind: 'retry' },
  }),
  'broker-not-configured': l10n => ({
    sentence: l10n.t('No Sym API URL is set, so access cannot be requested.'),
    mend: { kind: 'setSymUrl' },
  }),
  'broker-signed-out': l10n => ({
    sentence: l10n.t('Sym does not accept your token, or there is none.'),
    mend: { kind: 'signInToSym' },
  }),
  'broker-forbidden': (l10n, { message, details }) => ({
    sentence: isOfAws(details)
      ? l10n.t('AWS does not let you do this: {0}', message)
      : l10n.t('Sym does not let you do this: {0}', message),
  }),
  'broker-refused': (l10n, { message }) => ({ sentence: l10n.t('The request was refused: {0}', message) }),
  'broker-unavailable': (l10n, { details }) => ({
    sentence: details['answeredBy']
      ? foreignAnswerText(l10n, isOfAws(details) ? 'AWS' : 'Sym', details)
      : details['perhapsTaken']
        ? perhapsTakenText(l10n)
        : isOfAws(details)
          ? l10n.t('AWS does not answer now. Nothing is lost; try again in a moment.')
          : l10n.t('Sym does not answer now. Nothing is lost; try again in a moment.'),
    mend: { kind: 'retry' },
  }),
  'request-invalid': (l10n, { message }) => ({ sentence: l10n.t('This cannot be sent: {0}', message) }),
  'no-grant': l10n => ({
    sentence: l10n.t('You have no active access that reaches this instance.'),
    mend: { kind: 'requestAccess' },
  }),
  'port-in-use': l10n => ({
    sentence: l10n.t(
      'This local port is taken by another program. Choose another, or let a free one be chosen.',
    ),
    mend: { kind: 'retry' },
  }),
  'port-invalid': (l10n, { message }) => ({
    sentence: l10n.t('This computer cannot listen there: {0}', message),
    mend: { kind: 'retry' },
  }),
  'session-ended': (l10n, { message }) => ({ sentence: l10n.t('The session is over: {0}', message) }),
  'handshake-failed': (l10n, { message }) => ({
    sentence: l10n.t('The instance’s agent and this extension could not agree on a session: {0}', message),
    mend: { kind: 'retry' },
  }),
  protocol: l10n => ({
    sentence: l10n.t(
      'The session sent something that cannot be understood and was ended. The log says what.',
    ),
    mend: { kind: 'retry' },
  }),
  'kms-denied': (l10n, { details }) => ({
    sentence: details['resource']
      ? l10n.t(
          'This account encrypts its sessions, and your role may not use the key: it needs kms:GenerateDataKey on {0}.',
          details['resource'],
        )
      : l10n.t(
          'This account encrypts its sessions, and your role may not use the key: it needs kms:GenerateDataKey.',
        ),
  }),
  'plugin-missing': (l10n, { message }) => ({
    sentence: l10n.t(
      'Your settings hand sessions to AWS’s session-manager-plugin, and it cannot be used: {0}. Install it, set its path, or let the built-in client run sessions.',
      message,
    ),
    mend: { kind: 'openSettings', setting: 'jitAccess.sessions' },
  }),
  'argument-invalid': (l10n, { message }) => ({
    sentence: l10n.t('This was called with something that cannot be used: {0}', message),
  }),
  internal: (l10n, { message }) => ({
    sentence: l10n.t('Something went wrong in the extension: {0}', message),
  }),
};

/** AWS takes credentials no longer; `which` of them, where it is known. */
function endedCredentialsText(l10n: Localizer, { details }: AppError): ErrorText {
  if (details['which'] === 'keys') {
    return {
      sentence: l10n.t('AWS does not take the access keys of this profile. Put current ones into its file.'),
      mend: { kind: 'openConfig' },
    };
  }
  return {
    sentence:
      details['which'] === 'replaced'
        ? l10n.t(
            'AWS does not take your credentials here, although they should still be good. The region may not be enabled in this account, or your role was withdrawn; else sign in again.',
          )
        : l10n.t('The credentials have run out. Sign in again to get new ones.'),
    mend: { kind: 'signIn' },
  };
}

function perhapsTakenText(l10n: Localizer): string {
  return l10n.t(
    'No answer came, so nobody can tell whether the request was taken. Ask the approvers before you send it again.',
  );
}

/** Whether the broker that refused is AWS's just-in-time node access. */
function isOfAws(details: ErrorDetails): boolean {
  return details['broker'] === 'aws';
}

function isOfSym(details: ErrorDetails): boolean {
  return details['broker'] === 'sym';
}

function signInMend(details: ErrorDetails): Mend {
  return isOfSym(details) ? { kind: 'signInToSym' } : { kind: 'signIn' };
}

/** The sentence and the way out for anything thrown. */
export function errorText(l10n: Localizer, thrown: unknown): ErrorText {
  if (isAppError(thrown)) return ERROR_TEXTS[thrown.code](l10n, thrown);
  return {
    sentence: l10n.t(
      'Something went wrong in the extension: {0}',
      thrown instanceof Error ? thrown.message : String(thrown),
    ),
  };
}

/** The label of the button that mends it. */
export function mendLabel(l10n: Localizer, mend: Mend): string {
  switch (mend.kind) {
    case 'signIn':
      return l10n.t('Sign In');
    case 'openConfig':
      return l10n.t('Open AWS Config');
    case 'enterMfaCode':
      return l10n.t('Enter Code…');
    case 'setSymUrl':
      return l10n.t('Set Sym API URL');
    case 'signInToSym':
      return l10n.t('Sign In to Sym…');
    case 'requestAccess':
      return mend.label ? l10n.t('Request {0}', mend.label) : l10n.t('Request Access…');
    case 'openSettings':
      return l10n.t('Open Settings');
    case 'refresh':
      return l10n.t('Refresh');
    case 'retry':
      return l10n.t('Try Again');
  }
}
