import { AwsFault } from '../errors/awsFault';
import type { SignatureRefused } from './signatureVerifier';

/** Words for a refused signature as the JSON services (SSM, KMS, ssmmessages) say it. */
export function jsonSignatureFault(refused: SignatureRefused): AwsFault {
  switch (refused.problem) {
    case 'missing':
      return new AwsFault('MissingAuthenticationTokenException', 'Missing Authentication Token');
    case 'incomplete':
      return new AwsFault('IncompleteSignatureException', refused.message);
    case 'unknown-key':
    case 'token-mismatch':
      return new AwsFault(
        'UnrecognizedClientException',
        'The security token included in the request is invalid.',
      );
    case 'token-expired':
      return new AwsFault('ExpiredTokenException', 'The security token included in the request is expired');
    default:
      return new AwsFault('InvalidSignatureException', mismatchText(refused));
  }
}

/** The same as STS says it, in its Query protocol. */
export function stsSignatureFault(refused: SignatureRefused): AwsFault {
  switch (refused.problem) {
    case 'missing':
      return new AwsFault('MissingAuthenticationToken', 'Request is missing Authentication Token', {
        status: 403,
      });
    case 'incomplete':
      return new AwsFault('IncompleteSignature', refused.message);
    case 'unknown-key':
    case 'token-mismatch':
      return new AwsFault('InvalidClientTokenId', 'The security token included in the request is invalid.', {
        status: 403,
      });
    case 'token-expired':
      return new AwsFault('ExpiredToken', 'The security token included in the request is expired', {
        status: 403,
      });
    default:
      return new AwsFault('SignatureDoesNotMatch', mismatchText(refused), { status: 403 });
  }
}

/** EC2 has one code for most of it, and calls both an old signature and an old token a request that has expired. */
export function ec2SignatureFault(refused: SignatureRefused): AwsFault {
  switch (refused.problem) {
    case 'missing':
    case 'incomplete':
    case 'unknown-key':
    case 'token-mismatch':
    case 'wrong-service':
    case 'mismatch':
      return new AwsFault('AuthFailure', 'AWS was not able to validate the provided access credentials', {
        status: 401,
      });
    case 'token-expired':
    case 'too-old':
    case 'not-yet-current':
      return new AwsFault('RequestExpired', 'Request has expired.');
  }
}

function mismatchText(refused: SignatureRefused): string {
  const { times } = refused;
  if (refused.problem === 'too-old' && times !== undefined) {
    return `Signature expired: ${times.signed} is now earlier than ${times.limit} (${times.server} - 5 min.)`;
  }
  if (refused.problem === 'not-yet-current' && times !== undefined) {
    return `Signature not yet current: ${times.signed} is still later than ${times.limit} (${times.server} + 5 min.)`;
  }
  if (refused.problem === 'wrong-service') return refused.message;
  return (
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and ' +
    'signing method. Consult the service documentation for details.'
  );
}
