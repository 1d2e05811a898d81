import * as z from 'zod';
import { AppError, type ErrorCode, type ErrorDetails } from '../base/errors';

/** Sym's error envelope: any subset of these may be there. */
const envelope = z.object({
  error: z.union([z.string(), z.boolean()]).optional(),
  message: z.string().optional(),
  errors: z
    .union([
      z.string(),
      z.array(
        z.union([
          z.string(),
          z.object({ field: z.union([z.string(), z.array(z.unknown())]).optional(), message: z.string() }),
        ]),
      ),
    ])
    .optional(),
  code: z.string().optional(),
  is_retryable: z.boolean().optional(),
});

/**
 * Turns an answer other than 2xx into an `AppError`: 401 `broker-signed-out`, 403 `broker-forbidden`, 429, 5xx and what Sym calls
 * retryable `broker-unavailable`, the rest `broker-refused`. Details: `requestId`, `status`, and as far as given `code` (`Area:NAME`)
 * and `errors` (field by field).
 */
export function symFailure(status: number, body: unknown, requestId: string): AppError {
  const parsed = envelope.safeParse(body);
  const facts = parsed.success ? parsed.data : {};
  const fields = fieldErrors(facts.errors);
  const details: ErrorDetails = {
    requestId,
    status: String(status),
    ...(facts.code === undefined ? {} : { code: facts.code }),
    ...(fields === undefined ? {} : { errors: fields }),
  };
  // The order in which the vendor's own client looks.
  const candidates = [facts.message, fields, typeof facts.error === 'string' ? facts.error : undefined];
  const message = candidates.find(text => text !== undefined && text !== '') ?? `Sym answered ${status}`;
  return new AppError(codeFor(status, facts.is_retryable ?? false), message, { details });
}

function codeFor(status: number, retryable: boolean): ErrorCode {
  if (status === 401) return 'broker-signed-out';
  if (status === 403) return 'broker-forbidden';
  return status === 408 || status === 429 || status >= 500 || retryable
    ? 'broker-unavailable'
    : 'broker-refused';
}

function fieldErrors(errors: z.infer<typeof envelope>['errors']): string | undefined {
  if (errors === undefined || errors.length === 0) return undefined;
  if (typeof errors === 'string') return errors;
  return errors
    .map(item => {
      if (typeof item === 'string') return item;
      const field = Array.isArray(item.field) ? item.field.join('.') : item.field;
      return field ? `${field}: ${item.message}` : item.message;
    })
    .join('; ');
}
