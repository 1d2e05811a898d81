import {
  runSimulation,
  runUnsafeSimulation,
  type EvaluationResult,
  type Simulation,
} from '@cloud-copilot/iam-simulate';
import type { Principal } from '../state/principal';

export type Decision = 'allowed' | 'denied-implicitly' | 'denied-explicitly';

/** Context keys of one request. `aws:userid` and the principal's keys are filled in. */
export type RequestContext = Readonly<Record<string, string | string[]>>;

/** Decisions kept at most; a fleet of thousands would otherwise grow it without end. */
const CACHE_LIMIT = 5_000;

/**
 * Decides by evaluating the principal's policies, never by script. The unvalidated form of the simulator is used because the
 * validated one refuses ARNs without an account, which is what AWS's own documents have
 * (`arn:aws:ssm:us-east-1::document/AWS-StartPortForwardingSession`).
 */
export class AccessEvaluator {
  readonly #decisions = new Map<string, Decision>();

  evaluate(principal: Principal, action: string, resource: string, context: RequestContext = {}): Decision {
    const question = simulationOf(principal, action, resource, context);
    const key = JSON.stringify(question);
    const known = this.#decisions.get(key);
    if (known !== undefined) return known;
    const decision = decisionOf(runUnsafeSimulation(question, {}));
    if (this.#decisions.size >= CACHE_LIMIT) this.#decisions.clear();
    this.#decisions.set(key, decision);
    return decision;
  }

  /**
   * For a resource with a policy of its own, without which nobody may use a KMS key. By the validated simulator: the other one
   * cannot read resource policies, and these resources' ARNs have an account.
   */
  async evaluateWithResourcePolicy(
    principal: Principal,
    action: string,
    resource: string,
    context: RequestContext,
    resourcePolicy: object,
  ): Promise<Decision> {
    const question = { ...simulationOf(principal, action, resource, context), resourcePolicy };
    const outcome = await runSimulation(question, {});
    if (outcome.resultType === 'error') {
      throw new Error(`IAM cannot evaluate ${action} on ${resource}: ${JSON.stringify(outcome.errors)}`);
    }
    return decisionOf(outcome.overallResult);
  }
}

function simulationOf(
  principal: Principal,
  action: string,
  resource: string,
  context: RequestContext,
): Simulation {
  return {
    request: {
      principal: principal.arn,
      action,
      resource: { resource, accountId: principal.accountId },
      contextVariables: {
        ...context,
        'aws:userid': principal.userId,
        'aws:PrincipalArn': principal.roleArn,
        'aws:PrincipalAccount': principal.accountId,
        'aws:PrincipalType': 'AssumedRole',
      },
    },
    identityPolicies: principal.policies.map((policy, index) => ({ name: `policy-${index}`, policy })),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
  };
}

function decisionOf(result: EvaluationResult): Decision {
  if (result === 'Allowed') return 'allowed';
  return result === 'ExplicitlyDenied' ? 'denied-explicitly' : 'denied-implicitly';
}

/** AWS's sentence for a denial. `resource` is left out where the action takes none. */
export function deniedSentence(
  principal: Principal,
  action: string,
  resource: string | undefined,
  decision: Exclude<Decision, 'allowed'>,
): string {
  const where = resource === undefined || resource === '*' ? '' : ` on resource: ${resource}`;
  const why =
    decision === 'denied-explicitly'
      ? 'with an explicit deny in an identity-based policy'
      : `because no identity-based policy allows the ${action} action`;
  return `User: ${principal.arn} is not authorized to perform: ${action}${where} ${why}`;
}
