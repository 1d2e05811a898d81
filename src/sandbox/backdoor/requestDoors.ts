import * as z from 'zod';
import { approvalsPage, type RequestView } from '../pages/approvalsPage';
import { html, json, type HttpReply } from '../server/http';
import type { DecisionProblem, SymRun, SymRuns } from '../state/symRuns';
import { ANA } from '../world/organization';
import { BadCall, door, knownUser, read, type BackDoorRoute } from './door';
import type { DeskVerb, NodeAccessDesk } from './nodeAccessDesk';
import { requestView, type RequestFeed } from './requestFeed';

const decision = z.strictObject({ by: z.string().optional(), reason: z.string().max(1000).optional() });
const nodeAccessAsk = z.strictObject({
  instance: z.string(),
  user: z.string().optional(),
  reason: z.string().min(1).max(256).optional(),
});
const toldStatus = z.strictObject({ status: z.string().min(1).max(64) });

const DECISION_PROBLEMS: Readonly<Record<DecisionProblem, { status: number; message: string }>> = {
  'no-run': { status: 404, message: 'There is no such request' },
  'not-waiting': { status: 409, message: 'The request no longer waits for an answer' },
  'not-escalated': { status: 409, message: 'The request is not active' },
  'self-approval': { status: 403, message: 'Nobody approves their own request (allow_self is false)' },
};

/** The approvers’ side: the page that plays their chat channel, and what it and the tests decide. */
export function requestDoors(deps: {
  readonly runs: SymRuns;
  readonly desk: NodeAccessDesk;
  readonly feed: RequestFeed;
  /** The chat channel that the approvals page plays. */
  readonly channel: string;
}): readonly BackDoorRoute[] {
  const { runs, desk, feed, channel } = deps;
  const decide = (
    verb: DeskVerb,
    about: string,
    run: (id: string, by: string, reason: string) => SymRun | DecisionProblem,
  ) =>
    door('POST', `requests/{runId}/${verb}`, about, (call, id) => {
      const { by = ANA.email, reason = '' } = read(decision, call);
      knownUser(by);
      if (desk.owns(id)) return decided(desk.decide(verb, id, by, reason));
      const outcome = run(id, by, reason);
      return decided(typeof outcome === 'string' ? outcome : requestView(outcome));
    });
  return [
    door('GET', 'approvals', 'The chat channel where requests are approved or denied', () =>
      html(200, approvalsPage(channel, ANA.email)),
    ),
    door('GET', 'approvals/events', 'The requests as server-sent events', () => feed.stream()),
    door('GET', 'requests', 'The requests as JSON, newest first', () => json(200, { requests: feed.list() })),
    door('POST', 'node-access', 'Asks for AWS node access as a person: {instance, user?, reason?}', call => {
      const { instance, user = ANA.email, reason = 'looking into it' } = read(nodeAccessAsk, call);
      const request = desk.ask(knownUser(user), instance, reason);
      if (request === undefined) throw new BadCall(`Nobody can ask for ${instance}`, 404);
      return json(200, { request });
    }),
    decide('approve', 'Approves: {by?}', (id, by) => runs.approve(id, by)),
    decide('deny', 'Denies: {by?, reason?}', (id, by, reason) => runs.deny(id, by, reason)),
    decide('expire', 'Lets a waiting request expire', id => runs.expire(id)),
    decide('revoke', 'Ends an active grant: {by?}', (id, by) => {
      const outcome = runs.deescalate(id, `Revoked by ${by}`);
      return typeof outcome === 'string' ? outcome : outcome.run;
    }),
    door('POST', 'requests/{runId}/status', 'Has Sym report a status of your own: {status}', (call, id) => {
      const outcome = runs.tell(id, read(toldStatus, call).status);
      return decided(typeof outcome === 'string' ? outcome : requestView(outcome));
    }),
  ];
}

function decided(outcome: RequestView | DecisionProblem): HttpReply {
  if (typeof outcome !== 'string') return json(200, { request: outcome });
  const { status, message } = DECISION_PROBLEMS[outcome];
  throw new BadCall(message, status);
}
