import type { BrokerReading } from './broker';
import {
  isRequestOver,
  type AccessRequest,
  type BrokerRef,
  type FollowProblem,
  type RequestPhase,
} from './request';

/** What can happen to a request after it was made. `at` is our clock, epoch milliseconds. */
export type RequestEvent =
  /** The broker answered the submission. */
  | { readonly type: 'taken'; readonly ref: BrokerRef; readonly at: number }
  /** Nobody will ever learn the broker's answer to the submission: the window went away in between. */
  | { readonly type: 'lost'; readonly message: string; readonly at: number }
  | { readonly type: 'read'; readonly reading: BrokerReading; readonly at: number }
  /** The broker could not be asked. */
  | { readonly type: 'unreachable'; readonly problem: Omit<FollowProblem, 'since'>; readonly at: number };

const PENDING = 2;

/** How far along the open phases are. A reading never takes a request back: it is then an old answer that came late. */
const PROGRESS: Readonly<Partial<Record<RequestPhase, number>>> = {
  submitting: 0,
  submitted: 1,
  pending: PENDING,
  approved: 3,
};

/** How far along an open request is, to compare two versions of it; a status that we do not know is as far as one that is decided on. */
export function progressOf(phase: RequestPhase): number {
  return PROGRESS[phase] ?? PENDING;
}

/**
 * The life of a request, `submitting → submitted → pending → approved | denied | expired | cancelled | failed`. Returns the same
 * object when the event changes nothing: what is over stays over, an approval is never taken back by a late answer, and a status
 * we do not know is `other`, which is neither an approval nor an end.
 */
export function reduceRequest(request: AccessRequest, event: RequestEvent): AccessRequest {
  if (isRequestOver(request.phase)) return request;
  switch (event.type) {
    case 'taken':
      if (request.phase !== 'submitting') return request;
      return enter({ ...request, brokerRef: event.ref }, 'submitted', event.at);
    case 'lost':
      if (request.phase !== 'submitting') return request;
      return enter(request, 'failed', event.at, event.message);
    case 'unreachable': {
      if (request.phase === 'submitting') return request;
      const { code, message } = event.problem;
      const known = request.problem;
      if (known?.code === code && known.message === message) return request;
      return { ...request, problem: { code, message, since: known?.since ?? event.at } };
    }
    case 'read':
      // Without the broker's reference nothing can have been read.
      if (request.phase === 'submitting') return request;
      return read(answered(request), event.reading, event.at);
  }
}

function answered(request: AccessRequest): AccessRequest {
  if (!request.problem) return request;
  const { problem: _gone, ...rest } = request;
  return rest;
}

function read(request: AccessRequest, reading: BrokerReading, at: number): AccessRequest {
  const phase = phaseOf(reading);
  const known =
    request.rawStatus === reading.rawStatus ? request : { ...request, rawStatus: reading.rawStatus };
  if (phase === request.phase) return known;
  if (phase === 'other')
    return request.phase === 'approved' ? known : enter(known, phase, at, reading.message);
  const progress = PROGRESS[phase];
  const reached = PROGRESS[request.phase];
  if (progress !== undefined && reached !== undefined && progress < reached) return request;
  return enter(known, phase, at, reading.message);
}

function phaseOf(reading: BrokerReading): RequestPhase {
  // Both mean that it was approved once; what became of that is the grant's to tell.
  return reading.phase === 'escalated' || reading.phase === 'ended' ? 'approved' : reading.phase;
}

function enter(request: AccessRequest, phase: RequestPhase, at: number, message?: string): AccessRequest {
  const step = message === undefined ? { phase, at } : { phase, at, message };
  return { ...request, phase, steps: [...request.steps, step] };
}
