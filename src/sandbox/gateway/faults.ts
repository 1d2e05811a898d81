import * as z from 'zod';
import { Emitter, type Event } from '../../base/events';
import type { AgentScript } from '../agent/agentScript';

const direction = z.enum(['toClient', 'toAgent']);
export type Direction = z.infer<typeof direction>;

/**
 * One fault of the relay. Which frames it hits: those of `frame` kind in `direction` (and with `sequence`, when given), then of
 * these the ones from number `nth` (from 0) on, `count` of them (default 1; `"all"`), or each with probability `rate`.
 */
const frameFault = z.strictObject({
  direction,
  frame: z.enum(['stream', 'acknowledge', 'any']).default('any'),
  sequence: z.int().min(0).optional(),
  nth: z.int().min(0).default(0),
  count: z.union([z.int().min(1), z.literal('all')]).default(1),
  rate: z.number().min(0).max(1).optional(),
  /**
   * `delay` holds the frame for `delayMs` while later ones pass; `reorder` until `byFrames` later ones have passed; `corrupt` flips
   * a payload bit; `killSocket` cuts the client's TCP connection before the frame, `closeSocket` closes its web socket; the
   * frame is lost with either.
   */
  action: z.enum(['drop', 'duplicate', 'delay', 'reorder', 'corrupt', 'killSocket', 'closeSocket']),
  delayMs: z.number().min(0).default(50),
  byFrames: z.int().min(1).default(1),
  closeCode: z.int().min(1000).max(4999).default(1000),
  closeReason: z.string().max(120).default('Bye'),
});
export type FrameFault = z.infer<typeof frameFault>;

const agentScript = z.strictObject({
  version: z
    .string()
    .regex(/^\d+(\.\d+){3}$/)
    .optional(),
  paced: z.boolean().optional(),
  connectToPortErrors: z.union([z.array(z.int().min(0)), z.literal('all')]).optional(),
  discardEarlyMessages: z.int().min(0).optional(),
  kms: z
    .strictObject({
      keyId: z.string().min(1),
      challenge: z.boolean().optional(),
      requireChallenge: z.boolean().optional(),
    })
    .optional(),
  resendPollMs: z.number().min(1).optional(),
}) satisfies z.ZodType<AgentScript>;

const faultPlan = z.strictObject({
  frames: z.array(frameFault).default([]),
  /** One-way delay of every frame, order kept. Milliseconds. */
  latencyMs: z.number().min(0).default(0),
  /** Start of the random numbers behind `rate`, so that a run can be repeated. */
  seed: z.int().min(0).default(1),
  /** What ResumeSession does: 403, an answer without a token, or a late answer; for the first `times` calls (default all). */
  resume: z
    .strictObject({
      verdict: z.enum(['allow', 'refuse', 'ended']).default('allow'),
      delayMs: z.number().min(0).default(0),
      times: z.int().min(1).optional(),
    })
    .optional(),
  /** The service ends the session with this text after so many stream frames to the client. */
  channelClosed: z.strictObject({ afterFrames: z.int().min(0), output: z.string() }).optional(),
  /** In place of the gateway's own limit on the life of one socket. */
  socketLifeMs: z.number().min(1).optional(),
  agent: agentScript.default({}),
});

/** Everything that is to go wrong in one session. Plain data; `parseFaultPlan` fills in what is absent. */
export type FaultPlan = z.infer<typeof faultPlan>;
/** A plan as it may be written: every member may be left out. */
export type FaultPlanInput = z.input<typeof faultPlan>;

export const NO_FAULTS: FaultPlan = faultPlan.parse({});

/** Reads a plan from JSON. Throws `RangeError` that names each member that is wrong or unknown. */
export function parseFaultPlan(json: unknown): FaultPlan {
  const read = faultPlan.safeParse(json);
  if (read.success) return read.data;
  throw new RangeError(z.prettifyError(read.error));
}

/** What ResumeSession is to do. */
export interface ResumeVerdict {
  readonly kind: 'allow' | 'refuse' | 'ended';
  readonly delayMs: number;
}

/** The plans that were set, for a session by its id or for the next one to begin. */
export class FaultBook {
  readonly #plans = new Map<string, FaultPlan>();
  readonly #resumes = new Map<string, number>();
  readonly #claimed = new Set<string>();
  readonly #onDidChange = new Emitter<string>();
  #next: FaultPlan[] = [];

  /** Fires with the session's id when its plan has been set or cleared. */
  readonly onDidChange: Event<string> = this.#onDidChange.event;

  /** For the next session that begins; several calls queue up. */
  setNext(plan: FaultPlanInput): void {
    this.#next.push(parseFaultPlan(plan));
  }

  /** Also in the midst of a session: frames are counted from here on. The `agent` part counts only before it begins. */
  setFor(sessionId: string, plan: FaultPlanInput): void {
    this.#plans.set(sessionId, parseFaultPlan(plan));
    this.#resumes.delete(sessionId);
    this.#onDidChange.fire(sessionId);
  }

  clear(sessionId: string): void {
    this.#plans.delete(sessionId);
    this.#resumes.delete(sessionId);
    this.#onDidChange.fire(sessionId);
  }

  /** Hands the plan for the next session to this one, when the session is created. A second call does nothing. */
  claim(sessionId: string): void {
    if (this.#claimed.has(sessionId)) return;
    this.#claimed.add(sessionId);
    const plan = this.#next.shift();
    if (plan !== undefined && !this.#plans.has(sessionId)) this.#plans.set(sessionId, plan);
  }

  planFor(sessionId: string): FaultPlan {
    return this.#plans.get(sessionId) ?? NO_FAULTS;
  }

  /** Counts a ResumeSession call and says what becomes of it. */
  resumeVerdict(sessionId: string): ResumeVerdict {
    const resume = this.planFor(sessionId).resume;
    if (resume === undefined) return { kind: 'allow', delayMs: 0 };
    const calls = this.#resumes.get(sessionId) ?? 0;
    this.#resumes.set(sessionId, calls + 1);
    if (resume.times !== undefined && calls >= resume.times) return { kind: 'allow', delayMs: 0 };
    return { kind: resume.verdict, delayMs: resume.delayMs };
  }
}
