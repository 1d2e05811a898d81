import * as z from 'zod';
import type { CallOptions } from '../base/cancellation';
import type { Clock } from '../base/clock';
import { AppError, isAppError, messageOf } from '../base/errors';
import { foreignAnswer } from '../base/foreignAnswer';
import type { Log } from '../base/log';
import { ServerClock } from '../base/serverClock';
import { symApiRoot } from './symBaseUrl';
import { symFailure } from './symErrors';

export interface SymClientDeps {
  /** The API's address, from settings or `SYM_API_URL`; `/api/v1` is appended. There is no default. */
  readonly baseUrl: () => string | undefined;
  /** A bearer token; `undefined` when there is none. */
  readonly token: () => Promise<string | undefined>;
  readonly clock: Clock;
  readonly log: Log;
  /** `globalThis.fetch` unless told. */
  readonly fetch?: typeof globalThis.fetch;
  /** How long one call may take; 15 seconds unless told. */
  readonly timeoutMs?: number;
  /** A fresh UUID; `crypto.randomUUID` unless told. */
  readonly newId?: () => string;
}

export interface SymEvent {
  readonly runId: string;
  readonly name?: string;
  /** `success` and `error` are terminal; anything else is pending. */
  readonly status: string;
  /** The hook's message when `status` is `error`. */
  readonly error?: string;
}

export interface SymRun {
  readonly status: string;
  /** Words on the status, where the server gives any; undocumented, and only ever shown. */
  readonly message?: string;
}

const taken = z.object({ event_id: z.string().min(1), run_id: z.string().min(1) });
const deescalated = z.object({ event_id: z.string().min(1) });
const event = z.object({
  run_id: z.string().min(1),
  name: z.string().nullish(),
  status: z.string().min(1),
  error: z.union([z.string(), z.object({ message: z.string() })]).nullish(),
});
const run = z.object({ status: z.string().min(1), message: z.string().nullish().catch(undefined) });

/** Header values that cannot break out of the header, nor make `fetch` quote the token in an error. */
const TOKEN = /^[\x21-\x7e]+$/;

/**
 * Sym's request API (`/api/v1`). Every method throws `AppError`: `broker-not-configured`, `endpoint-refused`, `broker-signed-out`,
 * `broker-forbidden`, `broker-refused`, `broker-unavailable`, `cancelled`. `details.requestId` is the `X-Sym-Request-ID` sent.
 */
export class SymClient {
  readonly #deps: Required<SymClientDeps>;
  readonly #serverClock = new ServerClock();

  constructor(deps: SymClientDeps) {
    this.#deps = {
      fetch: (input, init) => globalThis.fetch(input, init),
      timeoutMs: 15_000,
      newId: () => globalThis.crypto.randomUUID(),
      ...deps,
    };
  }

  /** How far Sym's clock is ahead of ours, in milliseconds; see `ServerClock`. */
  get clockOffsetMs(): number | undefined {
    return this.#serverClock.offsetMs;
  }

  /** `POST /events/request`. `inputs` goes out as `flow_inputs`: field names verbatim, `duration` in seconds, `target_srn`. */
  async request(
    body: {
      readonly requestId?: string;
      readonly flowSrn: string;
      readonly inputs: Readonly<Record<string, unknown>>;
    },
    options: CallOptions = {},
  ): Promise<{ readonly eventId: string; readonly runId: string }> {
    const answer = await this.#call('POST', '/events/request', taken, {
      ...options,
      requestId: body.requestId,
      body: { flow_srn: body.flowSrn, flow_inputs: body.inputs },
    });
    return { eventId: answer.event_id, runId: answer.run_id };
  }

  /** `POST /events/deescalate`. Refused with `details.code` `DeescalateAPI:INVALID_RUN` unless the run is escalated. */
  async deescalate(runId: string, options: CallOptions = {}): Promise<{ readonly eventId: string }> {
    const answer = await this.#call('POST', '/events/deescalate', deescalated, {
      ...options,
      body: { run_id: runId },
    });
    return { eventId: answer.event_id };
  }

  /** `GET /events/{event_id}`. */
  async event(eventId: string, options: CallOptions = {}): Promise<SymEvent> {
    const answer = await this.#call('GET', `/events/${encodeURIComponent(eventId)}`, event, options);
    const error = typeof answer.error === 'string' ? answer.error : answer.error?.message;
    return {
      runId: answer.run_id,
      status: answer.status,
      ...(answer.name ? { name: answer.name } : {}),
      ...(error === undefined ? {} : { error }),
    };
  }

  /** `GET /runs/{run_id}`. Only `status` is documented. */
  async run(runId: string, options: CallOptions = {}): Promise<SymRun> {
    const { status, message } = await this.#call('GET', `/runs/${encodeURIComponent(runId)}`, run, options);
    return message ? { status, message } : { status };
  }

  async #call<T>(
    method: 'GET' | 'POST',
    path: string,
    schema: z.ZodType<T>,
    options: CallOptions & { readonly requestId?: string | undefined; readonly body?: unknown },
  ): Promise<T> {
    const { clock, log, newId } = this.#deps;
    const url = symApiRoot(this.#deps.baseUrl()) + path;
    const requestId = options.requestId ?? newId();
    const details = { requestId };
    const token = (await this.#deps.token())?.trim();
    if (!token) throw new AppError('broker-signed-out', 'There is no Sym token', { details });
    if (!TOKEN.test(token)) {
      throw new AppError('broker-signed-out', 'The Sym token holds characters that no token has', {
        details,
      });
    }
    const init: RequestInit = {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        'x-sym-request-id': requestId,
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      // A redirect would take the token elsewhere; it is not followed, and told as what it is.
      redirect: 'manual',
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    };
    const startedAt = clock.now();
    const { status, headers, answeredAt, text } = await this.#exchange(url, init, requestId, options);
    log.debug(`Sym ${method} ${path} → ${status}`, requestId);
    const foreign = foreignAnswer({ status, headers, start: text.slice(0, 2_000) });
    if (foreign) {
      const message =
        `Something else answered in place of Sym: ${foreign.answeredBy} ${foreign.title ?? ''}`.trim();
      throw new AppError('broker-unavailable', message, { details: { ...details, ...foreign } });
    }
    this.#serverClock.observe(headers['date'], startedAt, answeredAt);
    const parsed = parseJson(text);
    if (status < 200 || status > 299) throw symFailure(status, parsed, requestId);
    const checked = schema.safeParse(parsed);
    if (!checked.success) {
      const message = 'The answer does not read like Sym’s API; is the address right?';
      throw new AppError('broker-unavailable', message, {
        cause: checked.error,
        details: { ...details, answeredBy: 'other', status: String(status) },
      });
    }
    return checked.data;
  }

  async #exchange(
    url: string,
    init: RequestInit,
    requestId: string,
    { signal }: CallOptions,
  ): Promise<{
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    /** When the headers were there, epoch milliseconds. */
    readonly answeredAt: number;
    readonly text: string;
  }> {
    const { clock, timeoutMs } = this.#deps;
    const abort = new AbortController();
    const onAbort = () => abort.abort();
    if (signal?.aborted) abort.abort();
    signal?.addEventListener('abort', onAbort, { once: true });
    const timedOut = new DOMException('No answer in time', 'TimeoutError');
    const timer = clock.schedule(timeoutMs, () => abort.abort(timedOut));
    try {
      const response = await this.#deps.fetch(url, { ...init, signal: abort.signal });
      const answeredAt = clock.now();
      const headers = Object.fromEntries(response.headers);
      // A `fetch` that keeps to the browsers' rules hides the status of a redirect.
      const status = response.type === 'opaqueredirect' ? 302 : response.status;
      return { status, headers, answeredAt, text: await response.text() };
    } catch (failure) {
      if (isAppError(failure)) throw failure;
      const details = { requestId };
      if (signal?.aborted) throw new AppError('cancelled', 'Cancelled', { cause: failure });
      const message =
        abort.signal.reason === timedOut
          ? `Sym did not answer within ${Math.round(timeoutMs / 1000)} s`
          : `Sym cannot be reached: ${reasonOf(failure)}`;
      throw new AppError('broker-unavailable', message, { cause: failure, details });
    } finally {
      timer.dispose();
      signal?.removeEventListener('abort', onAbort);
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's error page, say. The schema, or the status, tells it apart from an answer.
    return undefined;
  }
}

/** `fetch` says only "fetch failed" and hides the reason in `cause`. */
function reasonOf(failure: unknown): string {
  const cause = failure instanceof Error ? failure.cause : undefined;
  return cause === undefined ? messageOf(failure) : messageOf(cause);
}
