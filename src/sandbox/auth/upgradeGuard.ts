import type { IncomingMessage } from 'node:http';
import type { UpgradeRefusal } from '../gateway/messageGateway';
import { awsJsonFault } from '../server/awsReplies';
import { callOf } from '../server/http';
import { AwsFault } from '../errors/awsFault';
import { deniedSentence, type AccessEvaluator } from './accessEvaluator';
import { jsonSignatureFault } from './signatureFaults';
import { SignatureRefused, type SignatureVerifier } from './signatureVerifier';

const ACTION = 'ssmmessages:OpenDataChannel';

/**
 * Checks the upgrade of a data channel. Signed ones are verified for the service `ssmmessages` and need the permission
 * `ssmmessages:OpenDataChannel`; unsigned ones pass, as they still do on the real service, until that is switched off.
 */
export class UpgradeGuard {
  readonly #verifier: SignatureVerifier;
  readonly #evaluator: AccessEvaluator;
  readonly #baseUrl: () => string;

  /** Back door: refuse unsigned upgrades, as AWS has announced. */
  requireSignature = false;

  constructor(deps: { verifier: SignatureVerifier; evaluator: AccessEvaluator; baseUrl: () => string }) {
    this.#verifier = deps.verifier;
    this.#evaluator = deps.evaluator;
    this.#baseUrl = deps.baseUrl;
  }

  async check(request: IncomingMessage): Promise<UpgradeRefusal | undefined> {
    if (request.headers.authorization === undefined && !this.requireSignature) return undefined;
    try {
      const call = callOf(request, this.#baseUrl());
      const { credential, region } = await this.#verifier.verify(call, 'ssmmessages');
      const sessionId = call.url.pathname.split('/').at(-1) ?? '';
      const session = `arn:aws:ssm:${region}:${credential.principal.accountId}:session/${sessionId}`;
      const decision = this.#evaluator.evaluate(credential.principal, ACTION, session);
      if (decision === 'allowed') return undefined;
      const sentence = deniedSentence(credential.principal, ACTION, session, decision);
      return refusal(new AwsFault('AccessDeniedException', sentence));
    } catch (failure) {
      if (failure instanceof SignatureRefused) return refusal(jsonSignatureFault(failure));
      throw failure;
    }
  }
}

function refusal(fault: AwsFault): UpgradeRefusal {
  const { headers, body } = awsJsonFault(fault);
  return { status: 403, contentType: headers['content-type'] ?? 'application/x-amz-json-1.1', body };
}
