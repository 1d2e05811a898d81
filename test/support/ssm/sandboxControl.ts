import type { GatewayFixture } from '../../sandbox/agent/support/gatewayFixture';
import type { SessionControl, SessionTicket } from '../../../src/ssm/sessionControl';

/** Control plane straight on the sandbox's registry: what StartSession, ResumeSession and TerminateSession would do. */
export class SandboxControl implements SessionControl {
  readonly targetId = 'i-060ee0879f3ec4eb7';
  readonly ticket: SessionTicket;
  readonly calls: string[] = [];
  generateDataKey?: NonNullable<SessionControl['generateDataKey']>;
  readonly #fixture: GatewayFixture;

  constructor(fixture: GatewayFixture, ...document: Parameters<GatewayFixture['createSession']>) {
    this.#fixture = fixture;
    const { id, token } = fixture.createSession(...document);
    fixture.faults.claim(id);
    this.ticket = { sessionId: id, streamUrl: fixture.url(id), token };
  }

  async resume(): Promise<SessionTicket | undefined> {
    this.calls.push('resume');
    const token = this.#fixture.registry.rotateToken(this.ticket.sessionId);
    return token === undefined ? undefined : { ...this.ticket, token };
  }

  async terminate(): Promise<void> {
    this.calls.push('terminate');
    this.#fixture.registry.terminate(this.ticket.sessionId, 'user');
  }

  async signUpgrade(): Promise<Readonly<Record<string, string>>> {
    return {};
  }
}
