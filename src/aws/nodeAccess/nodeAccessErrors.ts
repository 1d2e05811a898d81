import { AppError, messageOf, type ErrorCode } from '../../base/errors';

/** What these calls throw beside what every call throws; all of it means that asking again will not help. */
export const NODE_ACCESS_CODES: Readonly<Record<string, ErrorCode>> = {
  ValidationException: 'broker-refused',
  ServiceQuotaExceededException: 'broker-refused',
  ResourceNotFoundException: 'broker-refused',
  UnknownOperationException: 'broker-refused',
  InvalidAutomationSignalException: 'broker-refused',
  InvalidAutomationStatusUpdateException: 'broker-refused',
  AutomationExecutionNotFoundException: 'broker-refused',
  AutomationStepNotFoundException: 'broker-refused',
  OpsItemNotFoundException: 'broker-refused',
  OpsItemAccessDeniedException: 'broker-forbidden',
};

/** How a broker says what an AWS call says. What is not here keeps its code: signing in mends it, or the clock. */
const AS_BROKER: Readonly<Partial<Record<ErrorCode, ErrorCode>>> = {
  'access-denied': 'broker-forbidden',
  throttled: 'broker-unavailable',
  network: 'broker-unavailable',
  'service-fault': 'broker-unavailable',
};

/** The failure of a node access call as a broker's, in AWS's own words. */
export function toBrokerFailure(thrown: unknown): unknown {
  if (!(thrown instanceof AppError)) return thrown;
  const code = AS_BROKER[thrown.code] ?? thrown.code;
  if (!code.startsWith('broker-')) return thrown;
  const message = thrown.cause === undefined ? thrown.message : messageOf(thrown.cause);
  const details = { ...thrown.details, broker: 'aws' };
  return new AppError(code, message || thrown.message, { cause: thrown, details });
}
