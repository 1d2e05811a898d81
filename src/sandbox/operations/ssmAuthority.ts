import { AwsFault } from '../errors/awsFault';
import {
  deniedSentence,
  type AccessEvaluator,
  type Decision,
  type RequestContext,
} from '../auth/accessEvaluator';
import type { AwsCall } from '../server/operation';

/** Asks IAM for the JSON services and words the refusal as they do. */
export class SsmAuthority {
  readonly #evaluator: AccessEvaluator;

  constructor({ evaluator }: { evaluator: AccessEvaluator }) {
    this.#evaluator = evaluator;
  }

  allows(call: AwsCall<unknown>, action: string, resource: string, context: RequestContext = {}): boolean {
    return this.#evaluator.evaluate(call.principal, action, resource, context) === 'allowed';
  }

  /** Throws `AccessDeniedException`. */
  require(call: AwsCall<unknown>, action: string, resource: string, context: RequestContext = {}): void {
    refuse(call, action, resource, this.#evaluator.evaluate(call.principal, action, resource, context));
  }

  /** The same for a resource that has a policy of its own. */
  async requireByResourcePolicy(
    call: AwsCall<unknown>,
    action: string,
    resource: string,
    context: RequestContext,
    policy: object,
  ): Promise<void> {
    const { principal } = call;
    const decision = await this.#evaluator.evaluateWithResourcePolicy(
      principal,
      action,
      resource,
      context,
      policy,
    );
    refuse(call, action, resource, decision);
  }

  /** For actions that take no resource: evaluated on `*`, told with the service's ARN. */
  requireOnService(call: AwsCall<unknown>, action: string): void {
    const shown = `arn:aws:ssm:${call.region}:${call.accountId}:*`;
    refuse(call, action, shown, this.#evaluator.evaluate(call.principal, action, '*'));
  }
}

function refuse(call: AwsCall<unknown>, action: string, resource: string, decision: Decision): void {
  if (decision === 'allowed') return;
  throw new AwsFault('AccessDeniedException', deniedSentence(call.principal, action, resource, decision));
}

/** The tags of a resource as IAM's `ssm:resourceTag/…` keys. */
export function tagContext(tags: Readonly<Record<string, string>>): RequestContext {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [`ssm:resourceTag/${key}`, value]));
}
