import { AppError, messageOf, type ErrorCode, type ErrorDetails } from '../base/errors';
import { parseAccessDenied } from './accessDenied';
import { ForeignAnswerError } from './answerCheck';

/** What is known of the circumstances, beside the error itself. */
export interface ErrorContext {
  /** For the log's reader: `StartSession`, `GetRoleCredentials`. */
  readonly operation: string;
  readonly signal?: AbortSignal | undefined;
  /** How far AWS's clock is ahead of ours, milliseconds, when measured. */
  readonly clockOffsetMs?: number | undefined;
  /** Codes that mean something particular to one operation. */
  readonly codes?: Readonly<Record<string, ErrorCode>>;
}

/** The members of an SDK exception that we read. Checked one by one: anything can be thrown. */
interface SdkError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly $fault?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: unknown; readonly requestId?: unknown };
  readonly $retryable?: { readonly throttling?: unknown };
}

/** Signatures are good for five minutes either way, by AWS's clock; a second or two is the measuring. */
const SKEW_MS = 4 * 60_000;

const CODES: Readonly<Record<string, ErrorCode>> = {
  AbortError: 'cancelled',
  AccessDenied: 'access-denied',
  AccessDeniedException: 'access-denied',
  UnauthorizedOperation: 'access-denied',
  ExpiredToken: 'credentials-expired',
  ExpiredTokenException: 'credentials-expired',
  RequestExpired: 'credentials-expired',
  InvalidClientTokenId: 'credentials-expired',
  UnrecognizedClientException: 'credentials-expired',
  AuthFailure: 'credentials-expired',
  RequestTimeTooSkewed: 'clock-skew',
  RequestInTheFuture: 'clock-skew',
  TargetNotConnected: 'target-not-connected',
  InvalidInstanceId: 'target-not-found',
  'InvalidInstanceID.NotFound': 'target-not-found',
  'InvalidInstanceID.Malformed': 'target-not-found',
  InvalidTarget: 'target-not-found',
  InvalidDocument: 'document-invalid',
  InvalidDocumentVersion: 'document-invalid',
  InvalidParameters: 'document-invalid',
  Throttling: 'throttled',
  ThrottlingException: 'throttled',
  ThrottledException: 'throttled',
  TooManyRequestsException: 'throttled',
  RequestLimitExceeded: 'throttled',
  RequestThrottledException: 'throttled',
  SlowDown: 'throttled',
  TimeoutError: 'network',
};

/** The codes a wrong clock hides behind, when the signature is what AWS complains of. */
const MAY_BE_SKEW = new Set([
  'AuthFailure',
  'InvalidSignatureException',
  'RequestExpired',
  'SignatureDoesNotMatch',
]);

/** Node's error codes for "could not be reached", TLS included. */
const NETWORK =
  /^(E(CONN\w+|NOTFOUND|AI_AGAIN|TIMEDOUT|PIPE|HOSTUNREACH|NETUNREACH|PROTO)|ERR_(TLS|SSL)_\w+|CERT_\w+|UNABLE_TO_\w+|\w*_CERT(IFICATE)?(_\w+)?)$/;

/** Any failure of an SDK call as ours. An `AppError` (thrown by the credentials' source) passes through. */
export function toAppError(thrown: unknown, context: ErrorContext): AppError {
  if (thrown instanceof AppError) return thrown;
  const error = thrown as SdkError | null | undefined;
  const name = typeof error?.name === 'string' ? error.name : 'Error';
  const code = context.signal?.aborted ? 'cancelled' : codeOf(name, error, context);
  const text = messageOf(thrown) || name;
  const message = code === 'cancelled' ? 'Cancelled' : `${context.operation}: ${text}`;
  return new AppError(code, message, { cause: thrown, details: detailsOf(name, text, code, error, context) });
}

function codeOf(name: string, error: SdkError | null | undefined, context: ErrorContext): ErrorCode {
  if (error instanceof ForeignAnswerError) return 'network';
  const particular = context.codes?.[name];
  if (particular !== undefined) return particular;
  if (MAY_BE_SKEW.has(name) && Math.abs(context.clockOffsetMs ?? 0) > SKEW_MS) return 'clock-skew';
  const known = CODES[name];
  if (known !== undefined) return known;
  const status = error?.$metadata?.httpStatusCode;
  if (status === 429 || error?.$retryable?.throttling === true) return 'throttled';
  if (typeof error?.code === 'string' && NETWORK.test(error.code)) return 'network';
  return 'service-fault';
}

function detailsOf(
  name: string,
  text: string,
  code: ErrorCode,
  error: SdkError | null | undefined,
  context: ErrorContext,
): ErrorDetails {
  const details: Record<string, string> = { operation: context.operation, awsCode: name };
  const { httpStatusCode, requestId } = error?.$metadata ?? {};
  if (typeof httpStatusCode === 'number') details.status = String(httpStatusCode);
  if (typeof requestId === 'string') details.requestId = requestId;
  if (typeof error?.code === 'string') details.systemCode = error.code;
  if (code === 'clock-skew' && context.clockOffsetMs !== undefined) {
    details.clockOffsetMs = String(Math.round(context.clockOffsetMs));
  }
  if (error instanceof ForeignAnswerError) Object.assign(details, error.answer);
  const denied = code === 'access-denied' ? parseAccessDenied(text) : undefined;
  return { ...details, ...denied };
}
