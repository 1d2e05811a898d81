import * as z from 'zod';
import type { Clock } from '../../base/clock';
import type { Disposable } from '../../base/lifecycle';
import type { UpgradeGuard } from '../auth/upgradeGuard';
import type { FaultBook } from '../gateway/faults';
import type { MessageGateway } from '../gateway/messageGateway';
import type { AccessRequests } from '../nodeAccess/accessRequests';
import { indexPage } from '../pages/indexPage';
import { html, json, type HttpCall, type HttpReply } from '../server/http';
import type { PreferencesStore } from '../sessions/preferences';
import type { SessionRegistry } from '../sessions/sessionRegistry';
import type { Assignments } from '../state/assignments';
import type { CredentialStore } from '../state/credentialStore';
import type { SsoTokens } from '../state/ssoTokens';
import type { SymRuns } from '../state/symRuns';
import type { SymTokens } from '../state/symTokens';
import type { Instances } from '../world/instances';
import { SYM_FLOWS } from '../world/symCatalogue';
import type { CallCounts } from './callCounts';
import type { CallFaults } from './callFaults';
import { BadCall, door, read, type BackDoorRoute, type DoorReply } from './door';
import { NodeAccessDesk } from './nodeAccessDesk';
import { requestDoors } from './requestDoors';
import { RequestFeed } from './requestFeed';
import { sessionDoors } from './sessionDoors';
import { signInDoors } from './signInDoors';

/** The sandbox as it can be turned and asked from here. */
export interface OpenSandbox {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly instances: Instances;
  readonly registry: SessionRegistry;
  readonly tokens: SsoTokens;
  readonly credentials: CredentialStore;
  readonly assignments: Assignments;
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

/** The chat channel that the approvals page plays. */
const CHANNEL = SYM_FLOWS[0]?.channel ?? '';

const seconds = z.number().min(0).max(86_400);
const settings = z.strictObject({
  approve: z.enum(['manual', 'auto']).optional(),
  grantSeconds: seconds.optional(),
  propagationSeconds: seconds.optional(),
  holdPropagation: z.boolean().optional(),
  encryptSessions: z.boolean().optional(),
  idleSeconds: seconds.optional(),
  maxDurationSeconds: seconds.nullable().optional(),
  requireSignedUpgrade: z.boolean().optional(),
});

/** Everything under `/_sandbox/`: the approvals page for people, and what tests turn and ask. */
export class BackDoor implements Disposable {
  readonly #deps: BackDoorDependencies;
  readonly #feed: RequestFeed;
  readonly #routes: readonly { readonly pattern: RegExp; readonly route: BackDoorRoute }[];

  constructor(deps: BackDoorDependencies) {
    this.#deps = deps;
    const { sandbox, gateway } = deps;
    const { runs, accessRequests, instances } = sandbox;
    const desk = new NodeAccessDesk({ requests: accessRequests, instances, channel: CHANNEL });
    this.#feed = new RequestFeed({ runs, desk });
    const doors = [
      door('GET', '', 'This page', () => this.#index()),
      ...requestDoors({ runs, desk, feed: this.#feed, channel: CHANNEL }),
      ...sessionDoors(sandbox, gateway),
      ...signInDoors(sandbox),
      door(
        'POST',
        'settings',
        'Changes how it runs: {approve?, grantSeconds?, propagationSeconds?, holdPropagation?: true until false, encryptSessions?, idleSeconds?, maxDurationSeconds?, requireSignedUpgrade?}',
        call => this.#settings(call),
      ),
    ];
    this.#routes = doors.map(route => ({
      pattern: new RegExp(`^${route.path.replace(/\{\w+\}/g, '([^/]+)')}$`),
      route,
    }));
  }

  handle(call: HttpCall): DoorReply {
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

  #settings(call: HttpCall): HttpReply {
    const { sandbox, upgradeGuard } = this.#deps;
    const change = read(settings, call);
    sandbox.runs.configure({
      ...(change.approve === undefined ? {} : { approve: change.approve }),
      ...(change.grantSeconds === undefined ? {} : { grantMs: change.grantSeconds * 1000 }),
      ...(change.propagationSeconds === undefined ? {} : { propagationMs: change.propagationSeconds * 1000 }),
    });
    if (change.holdPropagation !== undefined) sandbox.assignments.hold(change.holdPropagation);
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
