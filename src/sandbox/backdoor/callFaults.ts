import * as z from 'zod';
import { delay } from '../../base/cancellation';
import type { Clock } from '../../base/clock';

const rule = z.strictObject({
  /** `<service>:<Operation>`, such as `ssm:StartSession`, `portal:GetRoleCredentials`, `sym:GetRun`; `*` for either part. */
  operation: z.string().regex(/^(\*|[a-z0-9]+):(\*|[A-Za-z]+)$/),
  kind: z.enum(['fail', 'throttle', 'delay']),
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

/** Calls that are to go wrong on purpose. */
export class CallFaults {
  readonly #clock: Clock;
  #rules: readonly CallFault[] = [];

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

  clear(): void {
    this.#rules = [];
  }

  /**
   * Counts one call. Waits where a delay is due; the fault to answer with, when there is one.
   */
  async meet(service: string, operation: string): Promise<CallFault | undefined> {
    const hit = this.#rules.find(({ operation: pattern }) => {
      const [wantedService, wantedOperation] = pattern.split(':');
      return (
        (wantedService === '*' || wantedService === service) &&
        (wantedOperation === '*' || wantedOperation === operation)
      );
    });
    if (hit === undefined) return undefined;
    this.#rules = this.#rules.flatMap(other =>
      other !== hit ? [other] : other.times > 1 ? [{ ...other, times: other.times - 1 }] : [],
    );
    if (hit.kind !== 'delay') return hit;
    await delay(this.#clock, hit.delayMs);
    return undefined;
  }
}
