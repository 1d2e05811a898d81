import type { Event } from '../../base/events';
import type { AccessRequest, AccessRequests } from '../nodeAccess/accessRequests';
import { judge } from '../nodeAccess/approvalPolicy';
import { TOKEN_ROLE } from '../nodeAccess/accessToken';
import type { RequestView } from '../pages/approvalsPage';
import { principalOf } from '../state/assignments';
import type { DecisionProblem } from '../state/symRuns';
import type { Instances } from '../world/instances';
import { APPROVAL_POLICIES, APPROVER_SET, REQUESTER_SET } from '../world/nodeAccess';
import { ACCOUNTS, findPermissionSet, USERS } from '../world/organization';

export type DeskVerb = 'approve' | 'deny' | 'expire' | 'revoke';

/** AWS's access requests on the approvals page, beside Sym's: what its console and its chat notices offer approvers. */
export class NodeAccessDesk {
  readonly #requests: AccessRequests;
  readonly #instances: Instances;
  readonly #channel: string;

  readonly onDidChange: Event<AccessRequest>;

  constructor(deps: { requests: AccessRequests; instances: Instances; channel: string }) {
    this.#requests = deps.requests;
    this.#instances = deps.instances;
    this.#channel = deps.channel;
    this.onDidChange = deps.requests.onDidChange;
  }

  /**
   * Asks as a person, as the SDK would with their sign-in: something for an approver to see. `undefined` for an instance that does not
   * exist or that no policy is for.
   */
  ask(by: string, instanceId: string, reason: string): RequestView | undefined {
    const instance = this.#instances.find(instanceId);
    const set = findPermissionSet(REQUESTER_SET);
    if (instance === undefined || set === undefined) return undefined;
    const { accountId, region } = instance;
    const requester = principalOf(by, accountId, set);
    const verdict = judge(APPROVAL_POLICIES, requester, instance.tags);
    if (verdict.kind !== 'auto' && verdict.kind !== 'manual') return undefined;
    const policy = verdict.kind === 'manual' ? verdict.policy : undefined;
    const instanceIds = [instanceId];
    return this.#view(this.#requests.create({ accountId, region, requester, reason, instanceIds, policy }));
  }

  /** Newest first. */
  list(): readonly RequestView[] {
    return this.#requests.all().map(request => this.#view(request));
  }

  /** Whether the id is one of AWS's, and not one of Sym's runs. */
  owns(id: string): boolean {
    return id.startsWith('oi-');
  }

  decide(verb: DeskVerb, id: string, by: string, reason: string): RequestView | DecisionProblem {
    const request = this.#requests.all().find(candidate => candidate.id === id);
    if (request === undefined) return 'no-run';
    const standing = this.#requests.standing(request);
    if (verb === 'revoke' ? standing !== 'Approved' : standing !== 'Pending') {
      return verb === 'revoke' ? 'not-escalated' : 'not-waiting';
    }
    if ((verb === 'approve' || verb === 'deny') && request.requester.userName === by) return 'self-approval';
    const set = findPermissionSet(APPROVER_SET);
    if (set === undefined) throw new Error(`The world has no permission set ${APPROVER_SET}`);
    const approver = principalOf(by, request.accountId, set);
    if (verb === 'approve') this.#requests.approve(request, approver);
    else this.#requests.settle(request, SETTLEMENTS[verb], approver, reason);
    return this.#view(this.#requests.all().find(candidate => candidate.id === id) ?? request);
  }

  #view(request: AccessRequest): RequestView {
    const { requester, manual, accessEndsAt, changedBy, settled } = request;
    const decidedBy = manual === undefined ? 'the auto-approval policy' : changedBy.split('/').at(-1);
    const nodes = request.instanceIds.map(id => {
      const name = this.#instances.find(id)?.tags.Name;
      return name === undefined ? id : `${name} (${id})`;
    });
    return {
      runId: request.id,
      status: this.#status(request),
      flow: 'Just-in-time node access',
      channel: this.#channel,
      requester: requester.userName,
      requesterName:
        USERS.find(({ email }) => email === requester.userName)?.displayName ?? requester.userName,
      reason: request.reason,
      target: nodes.join(', '),
      account: ACCOUNTS.find(({ id }) => id === request.accountId)?.name ?? request.accountId,
      permissionSet: TOKEN_ROLE,
      durationSeconds: this.#requests.accessMsOf(request) / 1000,
      requestedAt: request.createdAt,
      ...(settled === undefined || decidedBy === undefined ? {} : { decidedBy }),
      ...(request.comment === undefined ? {} : { message: request.comment }),
      ...(accessEndsAt === undefined ? {} : { endsAt: accessEndsAt }),
    };
  }

  /** In the words the page has for runs. */
  #status(request: AccessRequest): string {
    switch (this.#requests.standing(request)) {
      case 'Pending':
        return 'requested';
      case 'Approved':
        return 'escalated';
      case 'Rejected':
        return 'denied';
      case 'Expired':
        return request.accessEndsAt === undefined ? 'expired' : 'deescalated';
      case 'Revoked':
        return 'deescalated';
      case 'Cancelled':
        return 'cancelled';
    }
  }
}

const SETTLEMENTS = { deny: 'Rejected', expire: 'Expired', revoke: 'Revoked' } as const;
