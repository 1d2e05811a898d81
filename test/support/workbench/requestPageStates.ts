import type { PromptField } from '../../../src/access/flow';
import type { Grant, GrantEndReason, GrantPhase } from '../../../src/access/grant';
import type { AccessRequest, RequestPhase } from '../../../src/access/request';
import { reviewed } from '../../../src/access/reviewItem';
import type { Draft, FormView, RequestView } from '../../../src/shared/requestPanel';
import { sourceLanguage as l10n } from '../../../src/ui/model/localizer';
import { draftOf } from '../../../src/ui/model/requests/formRecall';
import { requestFollowView, type FollowState } from '../../../src/ui/model/requests/requestFollowView';
import { requestFormView, type FormState } from '../../../src/ui/model/requests/requestFormView';
import {
  awsFlow,
  backend1,
  emergency,
  flow,
  frontEnd,
  grant,
  MINUTE,
  NOW,
  request,
  web1,
} from '../../unit/ui/samples';
import { CONDITIONAL, EVERY_QUESTION } from './requestFlows';
import { readFlowSettings } from '../../../src/access/flowSettings';

/** One thing that the request page can show. `answer` is what the host says to a form that is sent. */
export interface PageState {
  readonly name: string;
  readonly view: RequestView;
  readonly answer?:
    { readonly message: string; readonly problems: Readonly<Record<string, string>> } | 'none';
}

const breakGlass = { ...emergency, label: 'Break-glass' };
const { flows: questions } = readFlowSettings([EVERY_QUESTION, CONDITIONAL]);
const draft: Draft = draftOf({
  flowId: flow.id,
  targetId: frontEnd.id,
  values: { reason: 'checking the stuck deploy of 14:02', duration: '1h' },
  whenActive: 'forwardPort',
  forward: 'mydb.example:3306',
  localPort: '13306',
});

function form(name: string, over: Partial<FormState> = {}, answer?: PageState['answer']): PageState {
  const body: FormView = requestFormView(l10n, {
    flows: [flow],
    requests: [],
    grants: [],
    instance: web1,
    broker: 'ready',
    recall: { last: [], favourites: [], reasons: [] },
    forwards: [],
    now: NOW,
    ...over,
  });
  return {
    name: `form-${name}`,
    view: viewOf('Request access to web-1', body),
    ...(answer ? { answer } : {}),
  };
}

function follow(
  name: string,
  asked: Partial<AccessRequest>,
  granted?: Partial<Grant>,
  more: Partial<FollowState> = {},
): PageState {
  const body = requestFollowView(l10n, {
    request: request(asked),
    grant: granted && grant(granted),
    instance: web1,
    canCancel: false,
    warnBeforeMs: 5 * MINUTE,
    ...more,
  });
  return { name: `follow-${name}`, view: viewOf('Access to web-1', body) };
}

function viewOf(title: string, body: RequestView['body']): RequestView {
  const where = `Department=FrontEnd · ${web1.accountId} · ${web1.region}`;
  return { now: NOW, title, instance: { name: 'web-1', id: web1.id, where }, body };
}

const words = 'Use the log viewer, please.';
const withWords = (phase: RequestPhase) => ({
  phase,
  steps: [...request().steps, { phase, at: NOW, message: words }],
});

/** What a phase does not compile without. */
const REQUESTS: Readonly<Record<RequestPhase, readonly PageState[]>> = {
  submitting: [follow('submitting', { phase: 'submitting', steps: request().steps.slice(0, 1) })],
  submitted: [follow('submitted', { phase: 'submitted', steps: request().steps.slice(0, 2) })],
  pending: [
    follow('pending', { whenActive: 'openShell' }),
    follow('pending-aws', { broker: 'aws' }, undefined, { canCancel: true }),
    follow('unfollowed', { problem: { code: 'network', message: 'Sym answered 503', since: NOW } }),
    follow('signed-out-of-sym', {
      problem: { code: 'broker-signed-out', message: 'The token has expired', since: NOW },
    }),
    follow('signed-out-of-aws', {
      broker: 'aws',
      problem: { code: 'signed-out', message: 'The sign-in has run out', since: NOW },
    }),
  ],
  approved: [follow('approved', { phase: 'approved' })],
  denied: [follow('denied', withWords('denied')), follow('denied-in-silence', { phase: 'denied' })],
  expired: [follow('expired', { phase: 'expired' })],
  cancelled: [follow('cancelled', { phase: 'cancelled', broker: 'aws' })],
  failed: [
    follow('refused', { ...withWords('failed'), rawStatus: 'requested' }),
    follow('failed', { ...withWords('failed'), rawStatus: 'errored' }),
  ],
  other: [follow('unknown', { phase: 'other', rawStatus: 'needs_second_look' })],
};

const approved = { phase: 'approved' } as const;
const ENDS: Readonly<Record<GrantEndReason, Partial<Grant>>> = {
  expired: {},
  'given-back': {},
  revoked: { endMessage: 'Revoked by ana@myco.example' },
  'ended-by-broker': { endMessage: 'The shift is over' },
  'provisioning-failed': { lastProblem: 'ForbiddenException: No access' },
};
const ended = (endReason: GrantEndReason): Partial<Grant> => ({
  phase: 'ended',
  endReason,
  endedAt: NOW,
  ...ENDS[endReason],
});

const GRANTS: Readonly<Record<GrantPhase, readonly PageState[]>> = {
  provisioning: [
    follow('provisioning', approved, { phase: 'provisioning', attempts: 0 }),
    follow('provisioning-long', approved, {
      phase: 'provisioning',
      attempts: 7,
      lastProblem: 'ForbiddenException: No access',
    }),
    follow('provisioning-signed-out', approved, { phase: 'provisioning', lastProblemCode: 'signed-out' }),
  ],
  active: [
    follow('active', approved, {}),
    follow('active-soon', approved, { effectiveEndsAt: NOW + 4 * MINUTE }),
    follow('active-bound', approved, { boundBy: 'permission-set-session' }),
    follow('active-at-the-latest', approved, { earliestEndsAt: NOW }),
    follow('active-aws', { ...approved, broker: 'aws' }, {}),
    follow('active-extension', { ...approved, extensionOf: 'r' }, {}),
  ],
  ending: [follow('ending', approved, { phase: 'ending' })],
  ended: (Object.keys(ENDS) as GrantEndReason[]).map(reason =>
    follow(`ended-${reason}`, approved, ended(reason)),
  ),
};

const alarm = { ...approved, breakGlass: true } as const;
const review = reviewed(undefined, request(alarm), grant(ended('given-back')));

const BREAK_GLASS: readonly PageState[] = [
  follow('break-glass', alarm, { breakGlass: true }),
  follow('break-glass-due', alarm, ended('given-back'), { review }),
  follow('break-glass-reviewed', alarm, ended('given-back'), {
    review: { ...review, note: 'x', closedAt: NOW },
  }),
];

const required: PromptField = {
  name: 'ticket',
  label: 'Ticket',
  type: 'string',
  required: true,
  visible: true,
};

const FORMS: readonly PageState[] = [
  form('of-an-instance', { flows: [flow, awsFlow] }),
  form('of-none', { instance: undefined, flows: [flow, breakGlass] }),
  form('filled-in', { start: { draft, note: 'Filled in as you asked before.' } }),
  form('with-memory', {
    recall: {
      last: [],
      favourites: [{ name: 'Nightly logs', content: draft }],
      reasons: ['the nightly look at the logs', 'the stuck deploy'],
    },
    forwards: ['8080', 'mydb.example:3306'],
  }),
  form('without-flow', { flows: [] }),
  form('without-url', { broker: 'noUrl' }),
  form('without-token', { broker: 'noToken' }),
  form('needs-instance', { instance: undefined, flows: [awsFlow] }),
  form('unreachable', { instance: backend1, flows: [{ ...flow, targets: [frontEnd] }] }),
  form('overlap-active', { grants: [grant()] }),
  form('overlap-setting-up', { grants: [grant({ phase: 'provisioning' })] }),
  form('overlap-asked', { requests: [request()] }),
  form('extending', { extending: grant() }),
  form('break-glass', { flows: [breakGlass] }),
  ...questions.map(asked => form(`questions-${asked.label}`, { flows: [asked], instance: undefined })),
  form(
    'with-problems',
    { flows: [{ ...flow, fields: [...flow.fields, required] }] },
    {
      message: 'Something is missing.',
      problems: { reason: 'This needs an answer.', ticket: 'This needs an answer.' },
    },
  ),
  form('refused', {}, { message: 'Sym cannot be reached: ECONNREFUSED', problems: {} }),
  form('sending', {}, 'none'),
];

/** Every state of form and timeline that the code knows. */
export const PAGE_STATES: readonly PageState[] = [
  ...FORMS,
  ...Object.values(REQUESTS).flat(),
  ...Object.values(GRANTS).flat(),
  ...BREAK_GLASS,
];
