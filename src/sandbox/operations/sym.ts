import * as z from 'zod';
import { header, json, type HttpCall, type HttpReply } from '../server/http';
import type { SymEvent, SymRuns } from '../state/symRuns';
import type { SymCaller, SymTokens } from '../state/symTokens';
import { USERS } from '../world/organization';
import { SYM_FLOWS, sameSrn, type SymFlow, type SymTarget } from '../world/symCatalogue';

/** A failure in Sym's error envelope. */
export class SymFault extends Error {
  readonly status: number;
  readonly code: string;
  readonly errors: readonly { readonly field: string; readonly message: string }[];
  readonly retryable: boolean;

  constructor(
    status: number,
    code: string,
    message: string,
    options: { errors?: SymFault['errors']; retryable?: boolean } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.errors = options.errors ?? [];
    this.retryable = options.retryable ?? false;
  }

  toReply(requestId: string): HttpReply {
    return json(
      this.status,
      {
        error: true,
        message: this.message,
        ...(this.errors.length === 0 ? {} : { errors: this.errors }),
        code: this.code,
        status_code: this.status,
        is_retryable: this.retryable,
      },
      { 'x-sym-request-id': requestId },
    );
  }
}

const SRN = /^[\w-]+(:[\w-]+){3,}$/;
const requestBody = z.object({
  flow_srn: z.string().regex(SRN, 'is not an SRN'),
  flow_inputs: z.record(z.string(), z.unknown()),
  context: z.record(z.string(), z.unknown()).optional(),
  user_email: z.string().optional(),
  user_id: z.string().optional(),
});
const deescalateBody = z.object({ run_id: z.string().min(1) });

/** The four calls of Sym's request API under `/api/v1`. */
export class SymOperations {
  readonly #runs: SymRuns;
  readonly #tokens: SymTokens;

  constructor({ runs, tokens }: { runs: SymRuns; tokens: SymTokens }) {
    this.#runs = runs;
    this.#tokens = tokens;
  }

  /** The name of the operation for the back door's faults; `undefined` when there is no such call. */
  operationOf({ method, url }: HttpCall): string | undefined {
    const route = `${method} ${url.pathname}`;
    if (route === 'POST /api/v1/events/request') return 'Request';
    if (route === 'POST /api/v1/events/deescalate') return 'Deescalate';
    if (/^GET \/api\/v1\/events\/[^/]+$/.test(route)) return 'GetEvent';
    if (/^GET \/api\/v1\/runs\/[^/]+$/.test(route)) return 'GetRun';
    return undefined;
  }

  /** Throws `SymFault`. */
  handle(call: HttpCall): HttpReply {
    const caller = this.#authenticate(call);
    const id = decodeURIComponent(call.url.pathname.split('/').at(-1) ?? '');
    switch (this.operationOf(call)) {
      case 'Request':
        return this.#request(call, caller);
      case 'Deescalate':
        return this.#deescalate(call);
      case 'GetEvent':
        return this.#event(id);
      case 'GetRun':
        return this.#run(id);
      default:
        throw new SymFault(404, 'API:NOT_FOUND', `There is no ${call.method} ${call.url.pathname}`);
    }
  }

  #authenticate(call: HttpCall): SymCaller {
    const token = /^Bearer (\S+)$/.exec(header(call, 'authorization') ?? '')?.[1];
    if (token === undefined) {
      throw new SymFault(
        401,
        'Auth:MISSING_TOKEN',
        'An Authorization header with a bearer token is required',
      );
    }
    const caller = this.#tokens.read(token);
    if (caller === undefined)
      throw new SymFault(401, 'Auth:INVALID_TOKEN', 'The token is invalid or has expired');
    if (caller.role === 'guest') {
      throw new SymFault(403, 'Auth:FORBIDDEN', 'Your role does not allow the use of this API');
    }
    return caller;
  }

  #request(call: HttpCall, caller: SymCaller): HttpReply {
    const body = readBody(requestBody, call, 'RequestAPI');
    const flow = SYM_FLOWS.find(candidate => sameSrn(candidate.srn, body.flow_srn));
    if (flow === undefined) {
      throw new SymFault(400, 'RequestAPI:INVALID_FLOW', `Flow ${body.flow_srn} was not found`, {
        errors: [{ field: 'flow_srn', message: 'not found' }],
      });
    }
    const inputs = readInputs(flow, body.flow_inputs);
    const requester = body.user_email ?? caller.email;
    if (!USERS.some(({ email }) => email === requester)) {
      throw new SymFault(400, 'RequestAPI:INVALID_USER', `User ${requester} was not found`, {
        errors: [{ field: 'user_email', message: 'not found' }],
      });
    }
    const { run, event } = this.#runs.request({ flow, requester, ...inputs });
    return json(200, { event_id: event.id, run_id: run.id, request_body: body });
  }

  #deescalate(call: HttpCall): HttpReply {
    const body = readBody(deescalateBody, call, 'DeescalateAPI');
    const outcome = this.#runs.deescalate(body.run_id, 'Given back');
    if (typeof outcome === 'string') {
      throw new SymFault(
        400,
        'DeescalateAPI:INVALID_RUN',
        'Only a run that is escalated can be de-escalated',
        {
          errors: [{ field: 'run_id', message: outcome === 'no-run' ? 'not found' : 'is not escalated' }],
        },
      );
    }
    return json(200, { event_id: outcome.event.id, request_body: body });
  }

  #event(id: string): HttpReply {
    const event = this.#runs.findEvent(id);
    if (event === undefined) throw new SymFault(404, 'EventAPI:NOT_FOUND', `Event ${id} was not found`);
    return json(200, {
      run_id: event.runId,
      name: event.name,
      timestamp: symTime(event),
      status: event.status,
      ...(event.error === undefined ? {} : { error: event.error }),
    });
  }

  #run(id: string): HttpReply {
    const run = this.#runs.findRun(id);
    if (run === undefined) throw new SymFault(404, 'RunAPI:NOT_FOUND', `Run ${id} was not found`);
    return json(200, {
      run_id: run.id,
      flow_srn: run.flow.srn,
      status: run.toldStatus ?? run.status,
      ...(run.message === undefined ? {} : { message: run.message }),
    });
  }
}

function readInputs(
  flow: SymFlow,
  inputs: Readonly<Record<string, unknown>>,
): { target: SymTarget; reason: string; durationSeconds: number } {
  const errors: { field: string; message: string }[] = [];
  const srn = inputs['target_srn'];
  const target = flow.targets.find(candidate => typeof srn === 'string' && sameSrn(candidate.srn, srn));
  if (srn === undefined) errors.push({ field: 'flow_inputs.target_srn', message: 'is required' });
  else if (target === undefined) {
    errors.push({ field: 'flow_inputs.target_srn', message: "is not a target of this flow's strategy" });
  }
  for (const field of flow.fields) {
    const value = inputs[field.name];
    const message = problemOf(field, value);
    if (message !== undefined) errors.push({ field: `flow_inputs.${field.name}`, message });
  }
  const known = new Set(['target_srn', ...flow.fields.map(({ name }) => name)]);
  for (const name of Object.keys(inputs)) {
    if (!known.has(name))
      errors.push({ field: `flow_inputs.${name}`, message: 'is not a field of this flow' });
  }
  if (errors.length > 0 || target === undefined) {
    throw new SymFault(400, 'RequestAPI:INVALID_INPUT', 'The request is not valid', { errors });
  }
  return { target, reason: String(inputs['reason']), durationSeconds: Number(inputs['duration']) };
}

function problemOf(field: SymFlow['fields'][number], value: unknown): string | undefined {
  if (value === undefined || value === null || value === '')
    return field.required ? 'is required' : undefined;
  if (field.type === 'string') return typeof value === 'string' ? undefined : 'must be a string';
  if (typeof value !== 'number' || !Number.isInteger(value)) return 'must be a whole number of seconds';
  if (field.allowedSeconds?.includes(value) === false) {
    return `must be one of ${field.allowedSeconds.join(', ')}`;
  }
  return undefined;
}

function readBody<T extends z.ZodType>(shape: T, call: HttpCall, area: string): z.infer<T> {
  let value: unknown;
  try {
    value = JSON.parse(call.body.toString('utf8'));
  } catch {
    throw new SymFault(400, `${area}:INVALID_JSON`, 'The body is not JSON');
  }
  const read = shape.safeParse(value);
  if (read.success) return read.data;
  throw new SymFault(400, `${area}:INVALID_BODY`, 'The body is not valid', {
    errors: read.error.issues.map(issue => ({ field: issue.path.join('.'), message: issue.message })),
  });
}

/** `2022-06-23 19:04:58.730497+00:00`: a space, microseconds, an offset. */
function symTime({ at }: SymEvent): string {
  return new Date(at).toISOString().replace('T', ' ').replace('Z', '000+00:00');
}
