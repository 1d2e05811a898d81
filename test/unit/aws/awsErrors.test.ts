import { describe, expect, it } from 'vitest';
import { toAppError } from '../../../src/aws/awsErrors';
import { AppError } from '../../../src/base/errors';

const thrown = (name: string, more: object = {}) => Object.assign(new Error('as AWS says'), { name }, more);
const codeOf = (error: unknown, context: object = {}) =>
  toAppError(error, { operation: 'Op', ...context }).code;

describe('an SDK exception as ours', () => {
  it.each([
    ['AccessDeniedException', 'access-denied'],
    ['UnauthorizedOperation', 'access-denied'],
    ['ExpiredTokenException', 'credentials-expired'],
    ['RequestExpired', 'credentials-expired'],
    ['UnrecognizedClientException', 'credentials-expired'],
    ['TargetNotConnected', 'target-not-connected'],
    ['InvalidInstanceID.NotFound', 'target-not-found'],
    ['InvalidDocument', 'document-invalid'],
    ['ThrottlingException', 'throttled'],
    ['RequestLimitExceeded', 'throttled'],
    ['RequestTimeTooSkewed', 'clock-skew'],
    ['TimeoutError', 'network'],
    ['SomethingNew', 'service-fault'],
  ])('%s is %s', (name, code) => {
    expect(codeOf(thrown(name))).toBe(code);
  });

  it.each([
    'ECONNREFUSED',
    'ENOTFOUND',
    'ECONNRESET',
    'EAI_AGAIN',
    'ETIMEDOUT',
    'CERT_HAS_EXPIRED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
  ])('%s is the network', code => {
    const error = toAppError(thrown('Error', { code }), { operation: 'Op' });
    expect(error.code).toBe('network');
    expect(error.details.systemCode).toBe(code);
  });

  it('blames the clock when signatures fail while it is far off, either way', () => {
    for (const name of [
      'InvalidSignatureException',
      'SignatureDoesNotMatch',
      'AuthFailure',
      'RequestExpired',
    ]) {
      expect(codeOf(thrown(name), { clockOffsetMs: 600_000 })).toBe('clock-skew');
      expect(codeOf(thrown(name), { clockOffsetMs: -600_000 })).toBe('clock-skew');
      expect(codeOf(thrown(name), { clockOffsetMs: 2000 })).not.toBe('clock-skew');
    }
    const { details } = toAppError(thrown('RequestTimeTooSkewed'), {
      operation: 'Op',
      clockOffsetMs: 600_000.4,
    });
    expect(details.clockOffsetMs).toBe('600000');
  });

  it('keeps what support will ask for, and what was denied', () => {
    const error = thrown('AccessDeniedException', {
      message: 'User: arn:x is not authorized to perform: ssm:StartSession on resource: arn:y',
      $metadata: { httpStatusCode: 400, requestId: 'r-1' },
    });
    const ours = toAppError(error, { operation: 'StartSession' });
    expect(ours.details).toEqual({
      operation: 'StartSession',
      awsCode: 'AccessDeniedException',
      status: '400',
      requestId: 'r-1',
      principal: 'arn:x',
      action: 'ssm:StartSession',
      resource: 'arn:y',
    });
    expect(ours.cause).toBe(error);
  });

  it('is cancelled when the caller was, whatever was thrown', () => {
    expect(codeOf(thrown('ECONNRESET'), { signal: AbortSignal.abort() })).toBe('cancelled');
    expect(codeOf(thrown('AbortError'))).toBe('cancelled');
  });

  it('reads what one operation means by a code before what all mean', () => {
    expect(codeOf(thrown('AccessDeniedException'), { codes: { AccessDeniedException: 'kms-denied' } })).toBe(
      'kms-denied',
    );
  });

  it('takes 429 for throttling under any name, passes ours through, and stands anything', () => {
    expect(codeOf(thrown('Odd', { $metadata: { httpStatusCode: 429 } }))).toBe('throttled');
    const ours = new AppError('signed-out', 'x');
    expect(toAppError(ours, { operation: 'Op' })).toBe(ours);
    expect(codeOf(undefined)).toBe('service-fault');
    expect(codeOf('text')).toBe('service-fault');
  });
});
