import * as z from 'zod';
import type { Clock } from '../../base/clock';
import type { Disposable } from '../../base/lifecycle';
import type { UpgradeGuard } from '../auth/upgradeGuard';
import type { FaultBook } from '../gateway/faults';
import type { MessageGateway } from '../gateway/messageGateway';
import type { AccessRequests } from '../nodeAccess/accessRequests';
import { approvalsPage } from '../pages/approvalsPage';
import { indexPage, type Door } from '../pages/indexPage';
import { html, json, type HttpCall, type HttpReply, type HttpStream } from '../server/http';
import type { PreferencesStore } from '../sessions/preferences';
import type { SessionRegistry } from '../sessions/sessionRegistry';
import type { CredentialStore } from '../state/credentialStore';
import type { SsoTokens } from '../state/ssoTokens';
import type { DecisionProblem, SymRun, SymRuns } from '../state/symRuns';
import type { SymTokens } from '../state/symTokens';
import type { Instances } from '../world/instances';
import { ANA, USERS } from '../world/organization';
import { SYM_FLOWS } from '../world/symCatalogue';
import type { RequestView } from '../pages/approvalsPage';
import type { CallCounts } from './callCounts';
import type { CallFaults } from './callFaults';
import { NodeAccessDesk, type DeskVerb } from './nodeAccessDesk';
import { RequestFeed, requestView } from './requestFeed';

/** The sandbox as it can be turned and asked from here. */
export interface OpenSandbox {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly instances: Instances;
  readonly registry: SessionRegistry;
  readonly tokens: SsoTokens;
  readonly credentials: CredentialStore;
  readonly runs: SymRuns;
  readonly symTokens: SymTokens;
  readonly accessRequests: AccessRequests;
  readonly preferences: PreferencesStore;
  readonly callFaults: CallFaults;
  readonly callCounts: CallCounts;
  readonly sessionFaults: FaultBook;
}

export interface BackDoorDependencies {
  readonly sandbox: OpenSandbox;
  readonly gateway: MessageGateway;
  readonly upgradeGuard: UpgradeGuard;
  readonly clock: Clock;
}

type Reply = HttpReply | HttpStream;

interface Route extends Door {
  readonly handle: (call: HttpCall, parameter: string) => Reply;
}

/** The chat channel that the approvals page plays. */
const CHANNEL = SYM_FLOWS[0]?.channel ?? '';

/** A mistake of the caller, told as 400 or another status. */
class BadCall extends Error {
  readonly status: number;

  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}

const decision = z.strictObject({ by: z.string().optional(), reason: z.string().max(1000).optional() });
const nodeAccessAsk = z.strictObject({
  instance: z.string(),
  user: z.string().optional(),
  reason: z.string().min(1).max(256).optional(),
});
const instanceChange = z.strictObject({
  state: z.enum(['pending', 'running', 'stopping', 'stopped', 'shutting-down', 'terminated']).optional(),
  ping: z.enum(['Online', 'ConnectionLost']).optional(),
  agentVersion: z
    .string()
    .regex(/^\d+(\.\d+){3}$/)
    .optional(),
});
const seconds = z.number().min(0).max(86_400);
const settings = z.strictObject({
  approve: z.enum(['manual', 'auto']).optional(),
  grantSeconds: seconds.optional(),
  propagationSeconds: seconds.optional(),
  encryptSessions: z.boolean().optional(),
  idleSeconds: seconds.optional(),
  maxDurationSeconds: seconds.nullable().optional(),
  requireSignedUpgrade: z.boolean().optional(),
});
const sessionFault = z.strictObject({ sessionId: z.string().optional(), plan: z.unknown() });
const symToken = z.strictObject({
  email: z.string(),
  role: z.enum(['admin', 'member', 'guest']).default('member'),
  seconds: z.number().default(3600),
});

const DECISION_PROBLEMS: Readonly<Record<DecisionProblem, { status: number; message: string }>> = {
  'no-run': { status: 404, message: 'There is no such request' },
  'not-waiting': { status: 409, message: 'The request no longer waits for an answer' },
  'not-escalated': { status: 409, message: 'The request is not active' },
  'self-approval': { status: 403, message: 'Nobody approves their own request (allow_self is false)' },
};

/** Everything under `/_sandbox/`: the approvals page for people, and what tests turn and ask. */
export class BackDoor implements Disposable {
  readonly #deps: BackDoorDependencies;
  readonly #desk: NodeAccessDesk;
  readonly #feed: RequestFeed;
  readonly #routes: readonly { readonly pattern: RegExp; readonly route: Route }[];

  constructor(deps: BackDoorDependencies) {
    this.#deps = deps;
    const { runs, accessRequests, instances } = deps.sandbox;
    this.#desk = new NodeAccessDesk({ requests: accessRequests, instances, channel: CHANNEL });
    this.#feed = new RequestFeed({ runs, desk: this.#desk });
    this.#routes = this.#doors().map(route => ({
      pattern: new RegExp(`^${route.path.replace(/\{\w+\}/g, '([^/]+)')}$`),
      route,
    }));
  }

  handle(call: HttpCall): Reply {
    const path = call.url.pathname === '/_sandbox' ? '/_sandbox/' : call.url.pathname;
    for (const { pattern, route } of this.#routes) {
      const match = pattern.exec(path);
      if (match === null || route.method !== call.method) continue;
      try {
        return route.handle(call, decodeURIComponent(match[1] ?? ''));
      } catch (failure) {
        if (failure instanceof BadCall) return json(failure.status, { message: failure.message });
        if (failure instanceof RangeError) return json(400, { message: failure.message });
        throw failure;
      }
    }
    return json(404, { message: `There is no ${call.method} ${path}; see /_sandbox/` });
  }

  dispose(): void {
    this.#feed.dispose();
  }

  #doors(): readonly Route[] {
    const { sandbox, gateway } = this.#deps;
    const door = (method: string, path: string, about: string, handle: Route['handle']): Route => ({
      method,
      path: `/_sandbox/${path}`,
      about,
      handle,
    });
    const decide = (
      verb: DeskVerb,
      about: string,
      run: (id: string, by: string, reason: string) => SymRun | DecisionProblem,
    ) =>
      door('POST', `requests/{runId}/${verb}`, about, (call, id) => {
        const { by = ANA.email, reason = '' } = read(decision, call);
        if (!USERS.some(({ email }) => email === by)) throw new BadCall(`There is no user ${by}`);
        if (this.#desk.owns(id)) return this.#decided(this.#desk.decide(verb, id, by, reason));
        const outcome = run(id, by, reason);
        return this.#decided(typeof outcome === 'string' ? outcome : requestView(outcome));
      });
    return [
      door('GET', '', 'This page', () => this.#index()),
      door('GET', 'approvals', 'The chat channel where requests are approved or denied', () =>
        html(200, approvalsPage(CHANNEL, ANA.email)),
      ),
      door('GET', 'approvals/events', 'The requests as server-sent events', () => this.#feed.stream()),
      door('GET', 'requests', 'The requests as JSON, newest first', () =>
        json(200, { requests: this.#feed.list() }),
      ),
      door(
        'POST',
        'node-access',
        'Asks for AWS node access as a person: {instance, user?, reason?}',
        call => {
          const { instance, user = ANA.email, reason = 'looking into it' } = read(nodeAccessAsk, call);
          if (!USERS.some(({ email }) => email === user)) throw new BadCall(`There is no user ${user}`);
          const request = this.#desk.ask(user, instance, reason);
          if (request === undefined) throw new BadCall(`Nobody can ask for ${instance}`, 404);
          return json(200, { request });
        },
      ),
      decide('approve', 'Approves: {by?}', (id, by) => sandbox.runs.approve(id, by)),
      decide('deny', 'Denies: {by?, reason?}', (id, by, reason) => sandbox.runs.deny(id, by, reason)),
      decide('expire', 'Lets a waiting request expire', id => sandbox.runs.expire(id)),
      decide('revoke', 'Ends an active grant: {by?}', (id, by) => {
        const outcome = sandbox.runs.deescalate(id, `Revoked by ${by}`);
        return typeof outcome === 'string' ? outcome : outcome.run;
      }),
      door('POST', 'requests/{runId}/status', 'Has Sym report a status of your own: {status}', (call, id) => {
        const { status } = read(z.strictObject({ status: z.string().min(1).max(64) }), call);
        const outcome = sandbox.runs.tell(id, status);
        return this.#decided(typeof outcome === 'string' ? outcome : requestView(outcome));
      }),
      door('GET', 'sessions', 'Every session, newest first', () =>
        json(200, { sessions: sandbox.registry.list() }),
      ),
      door('POST', 'sessions/{sessionId}/terminate', 'The service ends a session: {output?}', (call, id) => {
        const { output = '' } = read(z.strictObject({ output: z.string().optional() }), call);
        if (!gateway.endSession(id, 'sandbox', output)) throw new BadCall('No such living session', 404);
        return json(200, { session: sandbox.registry.find(id) });
      }),
      door(
        'POST',
        'sessions/{sessionId}/break',
        "Cuts the client's connection; the session lives on",
        (_, id) => {
          if (!gateway.breakSocket(id)) throw new BadCall('No client is connected to that session', 404);
          return json(200, {});
        },
      ),
      door(
        'POST',
        'session-faults',
        'What goes wrong in a session: {sessionId?, plan}; without an id, in the next one',
        call => {
          const { sessionId, plan } = read(sessionFault, call);
          if (sessionId === undefined) sandbox.sessionFaults.setNext(plan as object);
          else sandbox.sessionFaults.setFor(sessionId, plan as object);
          return json(200, {});
        },
      ),
      door('DELETE', 'session-faults/{sessionId}', 'Ends the faults of a session', (_, id) => {
        sandbox.sessionFaults.clear(id);
        return json(200, {});
      }),
      door('GET', 'faults', 'Calls that are to go wrong', () =>
        json(200, { faults: sandbox.callFaults.list() }),
      ),
      door(
        'POST',
        'faults',
        'Makes calls go wrong: {operation: "ssm:StartSession", kind: fail|throttle|delay|garbage|reset, times?, accountId?, region?, delayMs?, code?, message?, status?}',
        call => json(200, { fault: sandbox.callFaults.add(bodyOf(call)) }),
      ),
      door('DELETE', 'faults', 'Lets all calls go right again', () => {
        sandbox.callFaults.clear();
        return json(200, {});
      }),
      door('GET', 'calls', 'How often each AWS operation was called', () =>
        json(200, { calls: sandbox.callCounts.list() }),
      ),
      door('DELETE', 'calls', 'Counts the calls from zero', () => {
        sandbox.callCounts.clear();
        return json(200, {});
      }),
      door(
        'POST',
        'instances/{instanceId}',
        'Changes an instance: {state?, ping?, agentVersion?}',
        (call, id) => {
          const { state, ping, agentVersion } = read(instanceChange, call);
          const instance = sandbox.instances.change(id, {
            ...(state === undefined ? {} : { state }),
            ...(ping === undefined ? {} : { ping }),
            ...(agentVersion === undefined ? {} : { agentVersion }),
          });
          if (instance === undefined) throw new BadCall('No such instance', 404);
          return json(200, { instance });
        },
      ),
      door('GET', 'devices', 'Device sign-ins, newest first', () =>
        json(200, {
          devices: sandbox.tokens.listDevices().map(({ deviceCode: _secret, ...shown }) => shown),
        }),
      ),
      door('POST', 'devices/{userCode}/confirm', 'Confirms a device sign-in: {user?}', (call, code) => {
        const { user = USERS[0]?.email ?? '' } = read(z.strictObject({ user: z.string().optional() }), call);
        if (!USERS.some(({ email }) => email === user)) throw new BadCall(`There is no user ${user}`);
        if (!sandbox.tokens.decideDevice(code, { kind: 'confirmed', user }))
          throw new BadCall('That code does not wait', 409);
        return json(200, {});
      }),
      door('POST', 'devices/{userCode}/deny', 'Denies a device sign-in', (_, code) => {
        if (!sandbox.tokens.decideDevice(code, { kind: 'denied' }))
          throw new BadCall('That code does not wait', 409);
        return json(200, {});
      }),
      door(
        'POST',
        'sso/expire',
        'Makes every SSO access token too old: {refreshTokens?: true for these too}',
        call => {
          const { refreshTokens = false } = read(
            z.strictObject({ refreshTokens: z.boolean().optional() }),
            call,
          );
          return json(200, { expired: sandbox.tokens.expireAll(refreshTokens) });
        },
      ),
      door('POST', 'credentials/expire', 'Makes role credentials expired: {permissionSet?}', call => {
        const { permissionSet } = read(z.strictObject({ permissionSet: z.string().optional() }), call);
        const expired = sandbox.credentials.expire(
          principal => permissionSet === undefined || principal.permissionSet === permissionSet,
        );
        return json(200, { expired });
      }),
      door('POST', 'sym/tokens', 'Mints a Sym token: {email, role?: admin|member|guest, seconds?}', call => {
        const { email, role, seconds: lifetime } = read(symToken, call);
        return json(200, { token: sandbox.symTokens.mint({ email, role }, lifetime * 1000) });
      }),
      door(
        'POST',
        'settings',
        'Changes how it runs: {approve?, grantSeconds?, propagationSeconds?, encryptSessions?, idleSeconds?, maxDurationSeconds?, requireSignedUpgrade?}',
        call => this.#settings(call),
      ),
    ];
  }

  #index(): HttpReply {
    const { sandbox } = this.#deps;
    const living = sandbox.registry.list().filter(({ status }) => status !== 'Terminated');
    const waiting = this.#feed.list().filter(({ status }) => status === 'requested');
    const facts = {
      Address: sandbox.url,
      Instances: String(sandbox.instances.count),
      'Signed-in clients': String(sandbox.tokens.liveCount),
      'Requests waiting': String(waiting.length),
      'Sessions open': String(living.length),
    };
    return html(
      200,
      indexPage(
        facts,
        this.#routes.map(({ route }) => route),
      ),
    );
  }

  #decided(outcome: RequestView | DecisionProblem): HttpReply {
    if (typeof outcome !== 'string') return json(200, { request: outcome });
    const { status, message } = DECISION_PROBLEMS[outcome];
    throw new BadCall(message, status);
  }

  #settings(call: HttpCall): HttpReply {
    const { sandbox, upgradeGuard } = this.#deps;
    const change = read(settings, call);
    sandbox.runs.configure({
      ...(change.approve === undefined ? {} : { approve: change.approve }),
      ...(change.grantSeconds === undefined ? {} : { grantMs: change.grantSeconds * 1000 }),
      ...(change.propagationSeconds === undefined ? {} : { propagationMs: change.propagationSeconds * 1000 }),
    });
    sandbox.accessRequests.configure({
      ...(change.approve === undefined ? {} : { approve: change.approve }),
      ...(change.grantSeconds === undefined ? {} : { accessMs: change.grantSeconds * 1000 }),
    });
    sandbox.preferences.change({
      ...(change.encryptSessions === undefined ? {} : { encrypted: change.encryptSessions }),
      ...(change.idleSeconds === undefined ? {} : { idleTimeoutMs: change.idleSeconds * 1000 }),
      ...(change.maxDurationSeconds === undefined
        ? {}
        : { maxDurationMs: change.maxDurationSeconds === null ? null : change.maxDurationSeconds * 1000 }),
    });
    if (change.requireSignedUpgrade !== undefined)
      upgradeGuard.requireSignature = change.requireSignedUpgrade;
    return json(200, {});
  }
}

function bodyOf(call: HttpCall): unknown {
  if (call.body.length === 0) return {};
  try {
    return JSON.parse(call.body.toString('utf8'));
  } catch {
    throw new BadCall('The body is not JSON');
  }
}

function read<T extends z.ZodType>(shape: T, call: HttpCall): z.infer<T> {
  const result = shape.safeParse(bodyOf(call));
  if (result.success) return result.data;
  throw new BadCall(z.prettifyError(result.error));
}
