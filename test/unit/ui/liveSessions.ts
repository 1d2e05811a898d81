import { Emitter } from '../../../src/base/events';
import type { CloseReason } from '../../../src/ssm/closeReason';
import type { SessionPhase } from '../../../src/ssm/sessionPhase';
import type { LiveSession } from '../../../src/ui/model/sessions/liveSession';
import type { SessionRole } from '../../../src/ui/model/sessions/roleChoice';
import { ACCOUNT, grant, NOW, ssoSession, web1 } from './samples';

export const frontEndRole: SessionRole = {
  credentials: { kind: 'role', role: { ssoSession, accountId: ACCOUNT, roleName: 'FrontEndSSHAccess' } },
  grant: grant(),
  label: 'FrontEnd SSH',
};

/** A session that does what a test says, and notes what it is told. */
export class FakeSession implements LiveSession {
  readonly instance = web1;
  readonly startedAt = NOW - 12 * 60_000;
  readonly kind: LiveSession['kind'];
  readonly role: SessionRole;
  readonly forward: NonNullable<LiveSession['forward']>;
  bytes: LiveSession['bytes'] = { sent: 1000, received: 40_000 };
  resumed = 0;
  phase: SessionPhase = 'connected';
  problem: Error | undefined;
  readonly ended: CloseReason[] = [];
  retries = 0;
  disposed = false;
  /** What `end` rejects with. */
  endFailure: Error | undefined;
  readonly #change = new Emitter<void>();
  readonly onDidChange = this.#change.event;
  readonly #close = new Emitter<CloseReason>();
  readonly onDidClose = this.#close.event;

  constructor(
    readonly id: string,
    facts: { kind?: LiveSession['kind']; role?: SessionRole; forward?: LiveSession['forward'] } = {},
  ) {
    this.kind = facts.kind ?? 'shell';
    this.role = facts.role ?? frontEndRole;
    // A shell has none; the interface leaves it out, a class cannot.
    this.forward = facts.forward!;
  }

  change(phase: SessionPhase, problem?: Error): void {
    this.phase = phase;
    this.problem = problem;
    this.#change.fire();
  }

  close(reason: CloseReason): void {
    this.phase = 'closed';
    this.#close.fire(reason);
  }

  retryNow(): void {
    this.retries += 1;
  }

  show(): void {}

  end(reason: CloseReason): Promise<void> {
    this.ended.push(reason);
    if (this.endFailure) return Promise.reject(this.endFailure);
    this.close(reason);
    return Promise.resolve();
  }

  dispose(): void {
    this.disposed = true;
  }
}
