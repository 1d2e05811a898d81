import * as z from 'zod';
import type { Clock } from '../../base/clock';
import { delay } from '../../base/cancellation';
import { AwsFault } from '../errors/awsFault';
import type { FaultBook } from '../gateway/faults';
import { pageOf, type AwsCall, type Operations } from '../server/operation';
import { DEFAULT_DOCUMENT, documentArn, resolveDocument } from '../sessions/documentCatalogue';
import type { PreferencesStore } from '../sessions/preferences';
import type { SandboxSession, SessionRegistry } from '../sessions/sessionRegistry';
import { isConnected } from '../world/instance';
import type { Instances } from '../world/instances';
import { readInput } from './jsonInput';
import { tagContext, type SsmAuthority } from './ssmAuthority';

const SESSION_TAG = 'aws:ssmmessages:session-id';

const startSession = z.object({
  Target: z.string().min(1).max(400),
  DocumentName: z
    .string()
    .regex(/^[a-zA-Z0-9_\-.:/]{3,128}$/)
    .optional(),
  Parameters: z.record(z.string(), z.array(z.string().max(65_535))).optional(),
  Reason: z.string().min(1).max(256).optional(),
});

const oneSession = z.object({ SessionId: z.string().min(1).max(96) });

const describeSessions = z.object({
  State: z.enum(['Active', 'History']),
  MaxResults: z.int().min(1).max(200).optional(),
  NextToken: z.string().optional(),
  Filters: z
    .array(
      z.object({
        key: z.enum([
          'InvokedAfter',
          'InvokedBefore',
          'Target',
          'Owner',
          'Status',
          'SessionId',
          'AccessType',
        ]),
        value: z.string().min(1).max(400),
      }),
    )
    .min(1)
    .max(7)
    .optional(),
});

export interface SessionOperationDependencies {
  readonly instances: Instances;
  readonly registry: SessionRegistry;
  readonly preferences: PreferencesStore;
  readonly authority: SsmAuthority;
  readonly faults: FaultBook;
  readonly clock: Clock;
  /** `ws://host:port`, where data channels open. */
  readonly streamBaseUrl: () => string;
}

/**
 * Session Manager's control plane.
 * API: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartSession.html
 */
export class SsmSessionOperations {
  readonly #deps: SessionOperationDependencies;

  constructor(deps: SessionOperationDependencies) {
    this.#deps = deps;
  }

  get operations(): Operations<unknown, unknown> {
    return new Map<string, (call: AwsCall<unknown>) => unknown>([
      ['StartSession', call => this.#start(call)],
      ['ResumeSession', call => this.#resume(call)],
      ['TerminateSession', call => this.#terminate(call)],
      ['DescribeSessions', call => this.#describe(call)],
    ]);
  }

  #start(call: AwsCall<unknown>): unknown {
    const input = readInput(startSession, call.input);
    const { accountId, region, principal } = call;
    if (!/^(i-[0-9a-f]{8}([0-9a-f]{9})?|mi-[0-9a-f]{17})$/.test(input.Target)) {
      throw new AwsFault('ValidationException', `Invalid target: ${input.Target}`);
    }
    const instance = this.#deps.instances.findIn(accountId, region, input.Target);
    this.#authorizeStart(call, input.Target, input.DocumentName, instance?.tags ?? {});
    const resolution = resolveDocument(
      input.DocumentName ?? DEFAULT_DOCUMENT,
      input.Parameters ?? {},
      this.#deps.preferences.for(accountId, region),
    );
    if ('problem' in resolution) {
      const code = resolution.problem === 'unknown-document' ? 'InvalidDocument' : 'InvalidParameters';
      throw new AwsFault(code, resolution.message);
    }
    if (instance === undefined || !isConnected(instance)) {
      throw new AwsFault('TargetNotConnected', `${input.Target} is not connected.`);
    }
    const { session, token } = this.#deps.registry.create({
      accountId,
      region,
      instanceId: instance.id,
      document: resolution.document,
      ownerUserId: principal.userId,
      ownerArn: principal.arn,
      ownerName: principal.userName,
      ...(input.Reason === undefined ? {} : { reason: input.Reason }),
    });
    this.#deps.faults.claim(session.id);
    return { SessionId: session.id, TokenValue: token, StreamUrl: this.#streamUrl(session) };
  }

  /**
   * StartSession is asked of the instance and of the document, both with the instance's tags, which is how the article's tag
   * condition lets documents through. The default document is checked only where a policy asks by
   * `ssm:SessionDocumentAccessCheck`.
   */
  #authorizeStart(
    call: AwsCall<unknown>,
    target: string,
    documentName: string | undefined,
    tags: Readonly<Record<string, string>>,
  ): void {
    const action = 'ssm:StartSession';
    const { accountId, region } = call;
    const document = documentArn(documentName ?? DEFAULT_DOCUMENT, accountId, region);
    const instanceTags = tagContext(tags);
    const checked = { ...instanceTags, 'ssm:SessionDocumentAccessCheck': 'true' };
    const documentAllowed = this.#deps.authority.allows(call, action, document, checked);
    this.#deps.authority.require(call, action, `arn:aws:ec2:${region}:${accountId}:instance/${target}`, {
      ...instanceTags,
      'ssm:SessionDocumentAccessCheck': String(documentAllowed),
    });
    if (documentName !== undefined) this.#deps.authority.require(call, action, document, checked);
  }

  async #resume(call: AwsCall<unknown>): Promise<unknown> {
    const { SessionId } = readInput(oneSession, call.input);
    const session = this.#authorizeOnSession(call, 'ssm:ResumeSession', SessionId);
    const verdict = this.#deps.faults.resumeVerdict(SessionId);
    if (verdict.delayMs > 0) await delay(this.#deps.clock, verdict.delayMs);
    if (verdict.kind === 'refuse') {
      throw new AwsFault('AccessDeniedException', 'Access was withdrawn by a fault that was switched on', {
        status: 403,
      });
    }
    const token = verdict.kind === 'ended' ? undefined : this.#deps.registry.rotateToken(SessionId);
    // A session that has ended is told by the absence of a token.
    if (token === undefined) return { SessionId };
    return { SessionId, TokenValue: token, StreamUrl: this.#streamUrl(session) };
  }

  #terminate(call: AwsCall<unknown>): unknown {
    const { SessionId } = readInput(oneSession, call.input);
    this.#authorizeOnSession(call, 'ssm:TerminateSession', SessionId);
    this.#deps.registry.terminate(SessionId, 'user');
    return { SessionId };
  }

  #authorizeOnSession(call: AwsCall<unknown>, action: string, sessionId: string): SandboxSession {
    const { accountId, region } = call;
    const found = this.#deps.registry.find(sessionId);
    const session = found?.accountId === accountId && found.region === region ? found : undefined;
    const tags: Record<string, string> = session === undefined ? {} : { [SESSION_TAG]: session.ownerUserId };
    this.#deps.authority.require(
      call,
      action,
      `arn:aws:ssm:${region}:${accountId}:session/${sessionId}`,
      tagContext(tags),
    );
    if (session === undefined) {
      throw new AwsFault('DoesNotExistException', `Session ${sessionId} does not exist`);
    }
    return session;
  }

  #describe(call: AwsCall<unknown>): unknown {
    this.#deps.authority.requireOnService(call, 'ssm:DescribeSessions');
    const input = readInput(describeSessions, call.input);
    const matching = this.#deps.registry
      .list()
      .filter(({ accountId, region }) => accountId === call.accountId && region === call.region)
      .filter(({ status }) => (status === 'Terminated') === (input.State === 'History'))
      .filter(session => (input.Filters ?? []).every(filter => meets(session, filter.key, filter.value)));
    const page = pageOf(matching, input.MaxResults ?? 200, input.NextToken);
    if (page === undefined) throw new AwsFault('InvalidNextToken', 'The specified token is not valid.');
    return { Sessions: page.items.map(describe), NextToken: page.nextToken };
  }

  #streamUrl({ id }: SandboxSession): string {
    const base = this.#deps.streamBaseUrl();
    return `${base}/v1/data-channel/${id}?role=publish_subscribe&cell-number=AAEAAS1hbmQtb3BhcXVl`;
  }
}

function meets(session: SandboxSession, key: string, value: string): boolean {
  switch (key) {
    case 'InvokedAfter':
      return session.startedAt >= Date.parse(value);
    case 'InvokedBefore':
      return session.startedAt < Date.parse(value);
    case 'Target':
      return session.instanceId === value;
    case 'Owner':
      return session.ownerArn === value || session.ownerArn.endsWith(`/${value}`);
    case 'Status':
      return session.status === value;
    case 'SessionId':
      return session.id === value;
    default:
      return value === 'Standard';
  }
}

function describe(session: SandboxSession): unknown {
  const { maxDurationMs } = session.document.preferences;
  return {
    SessionId: session.id,
    Target: session.instanceId,
    Status: session.status,
    StartDate: session.startedAt / 1000,
    ...(session.endedAt === undefined ? {} : { EndDate: session.endedAt / 1000 }),
    DocumentName: session.document.name,
    Owner: session.ownerArn,
    ...(session.reason === undefined ? {} : { Reason: session.reason }),
    ...(maxDurationMs === undefined
      ? {}
      : { MaxSessionDuration: String(Math.max(1, Math.round(maxDurationMs / 60_000))) }),
    AccessType: 'Standard',
  };
}
