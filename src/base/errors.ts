/**
 * Every failure the product can explain. The user interface maps each code to one sentence and one way out,
 * so a code without user text does not compile (see `src/ui/errorText.ts`).
 */
export type ErrorCode =
  | 'cancelled'
  // profiles and sign-in
  | 'config-invalid'
  | 'profile-not-found'
  | 'signed-out'
  | 'sign-in-denied'
  | 'sign-in-expired'
  | 'sign-in-failed'
  | 'role-not-assigned'
  | 'credentials-expired'
  | 'mfa-required'
  // AWS
  | 'access-denied'
  | 'target-not-connected'
  | 'target-not-found'
  | 'document-invalid'
  | 'throttled'
  | 'clock-skew'
  | 'endpoint-refused'
  | 'network'
  | 'proxy-refused'
  | 'service-fault'
  // brokers
  | 'broker-not-configured'
  | 'broker-signed-out'
  | 'broker-forbidden'
  | 'broker-refused'
  | 'broker-unavailable'
  | 'request-invalid'
  // sessions
  | 'no-grant'
  | 'port-in-use'
  | 'port-invalid'
  | 'session-ended'
  | 'handshake-failed'
  | 'protocol'
  | 'kms-denied'
  | 'plugin-missing'
  // what was called from outside: links, key bindings, tasks, other extensions
  | 'argument-invalid'
  | 'internal';

/** Named facts about a failure: request ids, the denied action, the resource. Never a token, URL of a stream, or keystroke. */
export type ErrorDetails = Readonly<Record<string, string>>;

/** The only error thrown on purpose below `ui`. `message` is for the log and the details view; the UI words its own sentence by `code`. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; details?: ErrorDetails } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.details = options.details ?? {};
  }
}

export function isAppError(value: unknown, code?: ErrorCode): value is AppError {
  return value instanceof AppError && (code === undefined || value.code === code);
}

/** The text of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
