import * as z from 'zod';
import { delay } from '../../base/cancellation';
import type { Clock } from '../../base/clock';

const rule = z.strictObject({
  /** `<service>:<Operation>`, such as `ssm:StartSession`, `portal:GetRoleCredentials`, `sym:GetRun`; `*` for either part. */
  operation: z.string().regex(/^(\*|[a-z0-9]+):(\*|[A-Za-z]+)$/),
  /** `garbage` is an answer that no service gives (a proxy's page), `reset` cuts the connection instead of answering. */
  kind: z.enum(['fail', 'throttle', 'delay', 'garbage', 'reset']),
  /** Only calls of this account, and in this region; for `ec2`, `ssm`, `sts` and `kms`, which know both. */
  accountId: z
    .string()
    .regex(/^\d{12}$/)
    .optional(),
  region: z.string().min(1).optional(),
  /** How many calls it hits. */
  times: z.int().min(1).default(1),
  /** For `delay`. */
  delayMs: z.number().min(0).default(1000),
  /** For `fail`: the error code and message in the service's own clothes. */
  code: z.string().min(1).default('InternalServerError'),
  message: z.string().default('We encountered an internal error. Please try again.'),
  status: z.int().min(400).max(599).default(500),
});

export type CallFault = z.infer<typeof rule>;
export type CallFaultInput = z.input<typeof rule>;

/** Whose call it is, and where. */
export interface CallPlace {
  readonly accountId: string;
  readonly region: string;
}

/** Calls that are to go wrong on purpose. */
export class CallFaults {
  readonly #clock: Clock;
  #rules: readonly CallFault[] = [];
  /** By the operation that was named for the fault. */
  readonly #held = new Map<string, AbortController>();

  constructor({ clock }: { clock: Clock }) {
    this.#clock = clock;
  }

  /** Throws `RangeError` that names each member that is wrong. */
  add(json: unknown): CallFault {
    const read = rule.safeParse(json);
    if (!read.success) throw new RangeError(z.prettifyError(read.error));
    this.#rules = [...this.#rules, read.data];
    return read.data;
  }

  list(): readonly CallFault[] {
    return this.#rules;
  }

  /** Also lets go of the calls that are held back. `operation`, as the fault named it: only what concerns that. */
  clear(operation?: string): void {
    this.#rules = operation === undefined ? [] : this.#rules.filter(fault => fault.operation !== operation);
    for (const [held, calls] of this.#held) {
      if (operation !== undefined && held !== operation) continue;
      this.#held.delete(held);
      calls.abort();
    }
  }

  /**
   * Counts one call. Waits where a delay is due; the fault to answer with, when there is one.
   */
  async meet(service: string, operation: string, place?: CallPlace): Promise<CallFault | undefined> {
    const hit = this.#rules.find(({ operation: pattern, accountId, region }) => {
      const [wantedService, wantedOperation] = pattern.split(':');
      return (
        (wantedService === '*' || wantedService === service) &&
        (wantedOperation === '*' || wantedOperation === operation) &&
        (accountId === undefined || accountId === place?.accountId) &&
        (region === undefined || region === place?.region)
      );
    });
    if (hit === undefined) return undefined;
    this.#rules = this.#rules.flatMap(other =>
      other !== hit ? [other] : other.times > 1 ? [{ ...other, times: other.times - 1 }] : [],
    );
    if (hit.kind !== 'delay') return hit;
    // Let go early it is answered all the same.
    const held = this.#held.get(hit.operation) ?? new AbortController();
    this.#held.set(hit.operation, held);
    await delay(this.#clock, hit.delayMs, { signal: held.signal }).catch(() => undefined);
    return undefined;
  }
}
