import type { Operations } from '../server/operation';
import type { XmlValue } from './xml';

/** API: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html. It needs no permission. */
export const STS_OPERATIONS: Operations<URLSearchParams, XmlValue> = new Map([
  [
    'GetCallerIdentity',
    ({ principal }) => ({ Arn: principal.arn, UserId: principal.userId, Account: principal.accountId }),
  ],
]);
