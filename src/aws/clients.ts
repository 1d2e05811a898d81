import type { Agent as HttpAgent } from 'node:http';
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { Clock } from '../base/clock';
import type { Disposable } from '../base/lifecycle';
import type { Log } from '../base/log';
import type { Outbound } from '../base/outbound';
import { ServerClock } from '../base/serverClock';
import type { CallOptions } from '../base/cancellation';
import { AppError, type ErrorCode } from '../base/errors';
import { checkAnswer } from './answerCheck';
import type { Endpoints } from '../access/profile';
import { toAppError } from './awsErrors';
import type { CredentialSource } from './credential';
import type { Environment } from './environment';
import { ServiceAddresses, type ServiceId } from './serviceAddresses';
import { Signing } from './signing';

/** Where a client talks to, and as whom. */
export interface ClientScope {
  readonly region: string;
  /** Of a profile or session. The environment's win over them, as in every AWS SDK. */
  readonly endpoints?: Endpoints | undefined;
  /** Absent for calls that are not signed. */
  readonly credentials?: CredentialSource;
  /** `adaptive` slows down by itself while AWS throttles: for many calls in a row. */
  readonly retryMode?: 'standard' | 'adaptive';
  /** 1 for a call that must not be made twice; the SDK's three when absent. */
  readonly maxAttempts?: number;
}

/** One type for what is the same in every client, generic only in its commands. */
type RequestHandler = EC2Client['config']['requestHandler'];
type MiddlewareStack = EC2Client['middlewareStack'];

interface AnyClient {
  readonly config: { readonly requestHandler: object };
  readonly middlewareStack: object;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** Until an answer begins. The SDK tries three times, so what never answers is given up after a minute and a half. */
const ANSWER_TIMEOUT_MS = 30_000;

/** Above what measuring by whole seconds and slow answers can pretend. */
const NOTABLE_SKEW_MS = 30_000;

/** Makes every SDK client: region, endpoint, retries, user agent. The SDK is loaded on first use, service by service. */
export class AwsClients implements Disposable {
  readonly #log: Log;
  readonly #userAgent: string;
  readonly #answerTimeoutMs: number;
  readonly clock: Clock;
  readonly addresses: ServiceAddresses;
  /** Shared by all clients, so that connections are. */
  #requestHandler: RequestHandler | undefined;
  readonly #outbound: Pick<Outbound, 'agent'> | undefined;
  /** That of `#requestHandler`. */
  #agent: HttpAgent | undefined;
  readonly #serverClock = new ServerClock();

  constructor(deps: {
    readonly env: Environment;
    readonly log: Log;
    readonly clock: Clock;
    /** Appended to the SDK's own: `jit-access-ec2/0.1.0`. */
    readonly userAgent?: string;
    /** Node's own way when absent. */
    readonly outbound?: Pick<Outbound, 'agent'>;
    readonly answerTimeoutMs?: number;
  }) {
    this.#answerTimeoutMs = deps.answerTimeoutMs ?? ANSWER_TIMEOUT_MS;
    this.addresses = new ServiceAddresses(deps.env);
    this.#log = deps.log;
    this.clock = deps.clock;
    this.#outbound = deps.outbound;
    this.#userAgent = deps.userAgent ?? 'jit-access-ec2';
  }

  /** How far AWS's clock is ahead of ours, in milliseconds; see `ServerClock`. */
  get clockOffsetMs(): number | undefined {
    return this.#serverClock.offsetMs;
  }

  async sso(scope: ClientScope) {
    const sdk = await import('@aws-sdk/client-sso');
    const { settings, signing } = await this.#settings('SSO', scope);
    return { sdk, client: this.#prepare(new sdk.SSOClient(settings), signing) };
  }

  async ssoOidc(scope: ClientScope) {
    const sdk = await import('@aws-sdk/client-sso-oidc');
    const { settings, signing } = await this.#settings('SSO OIDC', scope);
    return { sdk, client: this.#prepare(new sdk.SSOOIDCClient(settings), signing) };
  }

  async sts(scope: ClientScope) {
    const sdk = await import('@aws-sdk/client-sts');
    const { settings, signing } = await this.#settings('STS', scope);
    return { sdk, client: this.#prepare(new sdk.STSClient(settings), signing) };
  }

  async ec2(scope: ClientScope) {
    const sdk = await import('@aws-sdk/client-ec2');
    const { settings, signing } = await this.#settings('EC2', scope);
    return { sdk, client: this.#prepare(new sdk.EC2Client(settings), signing) };
  }

  async ssm(scope: ClientScope) {
    const sdk = await import('@aws-sdk/client-ssm');
    const { settings, signing } = await this.#settings('SSM', scope);
    return { sdk, client: this.#prepare(new sdk.SSMClient(settings), signing) };
  }

  async kms(scope: ClientScope) {
    const sdk = await import('@aws-sdk/client-kms');
    const { settings, signing } = await this.#settings('KMS', scope);
    return { sdk, client: this.#prepare(new sdk.KMSClient(settings), signing) };
  }

  /** How a request of the SDK leaves this machine, as its clients take it for `requestHandler`. */
  async transport(): Promise<{
    readonly connectionTimeout: number;
    readonly requestTimeout: number;
    readonly throwOnRequestTimeout: true;
    readonly httpAgent?: HttpAgent;
    readonly httpsAgent?: HttpAgent;
  }> {
    const agent = await this.#outbound?.agent();
    if (agent !== this.#agent) {
      // Settings changed: what is under way ends over the connections it has, what comes takes the new way.
      this.#agent = agent;
      this.#requestHandler = undefined;
    }
    return {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: this.#answerTimeoutMs,
      // Without it the SDK only writes a warning, and waits for ever.
      throwOnRequestTimeout: true,
      ...(agent === undefined ? {} : { httpAgent: agent, httpsAgent: agent }),
    };
  }

  /** Runs one call and words its failure. */
  async call<T>(
    operation: string,
    run: (options: { abortSignal?: AbortSignal }) => Promise<T>,
    { signal, codes }: CallOptions & { readonly codes?: Readonly<Record<string, ErrorCode>> } = {},
  ): Promise<T> {
    try {
      return await run(signal === undefined ? {} : { abortSignal: signal });
    } catch (thrown) {
      const { clockOffsetMs } = this;
      throw toAppError(thrown, {
        operation,
        signal,
        clockOffsetMs,
        ...(codes === undefined ? {} : { codes }),
      });
    }
  }

  dispose(): void {
    this.#requestHandler?.destroy?.();
    this.#requestHandler = undefined;
  }

  async #settings(
    service: ServiceId,
    { region, endpoints, credentials, retryMode, maxAttempts }: ClientScope,
  ) {
    // The region becomes part of a host name; the SDK would refuse a bad one too, but with a stack trace for an answer.
    if (!/^[a-z0-9-]+$/.test(region)) throw new AppError('config-invalid', `"${region}" is not a region.`);
    const endpoint = this.addresses.configured(service, endpoints);
    const transport = await this.transport();
    const offset = this.clockOffsetMs ?? 0;
    const signing = credentials && new Signing(credentials);
    const settings = {
      region,
      customUserAgent: this.#userAgent,
      retryMode: retryMode ?? 'standard',
      ...(maxAttempts === undefined ? {} : { maxAttempts }),
      requestHandler: this.#requestHandler ?? transport,
      // All that is configured is in `endpoint` already. Left to itself the SDK would also take the default profile's for ours.
      ignoreConfiguredEndpointUrls: true,
      ...(endpoint === undefined ? {} : { endpoint }),
      ...this.addresses.variant(service, endpoints),
      // The SDK learns of a wrong clock by being refused, each client anew; what one has learnt spares the next.
      ...(Math.abs(offset) > NOTABLE_SKEW_MS ? { systemClockOffset: offset } : {}),
      ...(signing === undefined ? {} : { credentials: signing.provider }),
    };
    return { settings, signing };
  }

  #prepare<C extends AnyClient>(client: C, signing: Signing | undefined): C {
    this.#requestHandler ??= client.config.requestHandler as RequestHandler;
    const stack = client.middlewareStack as MiddlewareStack;
    // It goes through every answer for what is not to be written, and then writes nothing, for the SDK has no log here.
    stack.remove('loggerMiddleware');
    stack.add(
      (next, context) => async args => {
        const startedAt = this.clock.now();
        const output = await next(args);
        const answeredAt = this.clock.now();
        await checkAnswer(output.response as object, context);
        this.#observe(
          output.response,
          { startedAt, answeredAt },
          `${context.clientName}.${context.commandName}`,
        );
        return output;
      },
      // Innermost: it sees refusals too, before they become exceptions.
      { step: 'deserialize', priority: 'low', name: 'jitAccessObserve' },
    );
    if (signing) {
      stack.add(
        (next, { commandName = '' }) =>
          args =>
            this.#withReplacedCredentials(signing, commandName.replace(/Command$/, ''), () => next(args)),
        // Outermost: the second time everything is done anew, signature and retries included.
        { step: 'initialize', priority: 'high', name: 'jitAccessReplaceCredentials' },
      );
    }
    return client;
  }

  /** AWS may end credentials before their time, as when a role's sessions are revoked. Others are asked for once. */
  async #withReplacedCredentials<T>(signing: Signing, operation: string, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (thrown) {
      if (!this.#saysEnded(thrown, operation)) throw thrown;
      if (!(await signing.replace())) throw this.#ended(thrown, operation, this.#whichOf(signing));
      this.#log.info(`${operation}: AWS takes the credentials no longer. Others were asked for.`);
    }
    try {
      return await run();
    } catch (thrown) {
      throw this.#saysEnded(thrown, operation) ? this.#ended(thrown, operation, 'replaced') : thrown;
    }
  }

  /** Credentials that are good by their end were refused like those that were to replace them, whether or not the source had others. */
  #whichOf(signing: Signing): 'keys' | 'last' | 'replaced' {
    if (signing.isByKeys) return 'keys';
    return signing.hasRunOut(this.clock.now()) ? 'last' : 'replaced';
  }

  #saysEnded(thrown: unknown, operation: string): boolean {
    const { clockOffsetMs } = this;
    return toAppError(thrown, { operation, clockOffsetMs }).code === 'credentials-expired';
  }

  /** Says which credentials AWS does not take: those of a file, the last ones to be had, or also those that replaced them. */
  #ended(thrown: unknown, operation: string, which: 'keys' | 'last' | 'replaced'): AppError {
    const { code, message, details } = toAppError(thrown, { operation, clockOffsetMs: this.clockOffsetMs });
    return new AppError(code, message, { cause: thrown, details: { ...details, which } });
  }

  /** Notes what an answer tells besides its content. Never logs content: it holds tokens. */
  #observe(
    response: unknown,
    { startedAt, answeredAt: now }: { readonly startedAt: number; readonly answeredAt: number },
    what: string,
  ): void {
    const { statusCode, headers } = (response ?? {}) as {
      statusCode?: number;
      headers?: Readonly<Record<string, string>>;
    };
    this.#log.debug(`${what} answered ${statusCode ?? '?'} after ${Math.round(now - startedAt)} ms`);
    this.#serverClock.observe(headers?.date, startedAt, now);
  }
}
