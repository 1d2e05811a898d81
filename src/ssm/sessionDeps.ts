import type { Clock } from '../base/clock';
import type { Log } from '../base/log';
import type { TransportFactory } from './transport';

/**
 * Four-part version reported to service and agent, both of which switch features by it (protocol notes, section 4.3):
 * above 1.2.331 the agent leaves the tunnel's keep-alive off, and the service asks for at least 1.2.764.
 */
export const DEFAULT_CLIENT_VERSION = '1.2.896.0';

/** What every kind of session is given. */
export interface SessionDeps {
  readonly connect: TransportFactory;
  readonly clock: Clock;
  readonly log: Log;
  /** Default `DEFAULT_CLIENT_VERSION`. */
  readonly clientVersion?: string;
  readonly tuning?: Partial<ChannelTuning>;
}

/** Numbers that only tests, experiments and one advanced setting change. */
export interface ChannelTuning {
  /** Bytes of payload per message. 1024 is what the official client sends; what the service relays beyond 1536 is unknown. */
  readonly payloadBytes: number;
  /** Upper limit of stream bytes sent per second; 0 for none. */
  readonly bytesPerSecond: number;
  readonly pingEveryMs: number;
  /** How long after a ping without any sign of life the socket counts as dead. */
  readonly pongWithinMs: number;
  /** How long a start may take until the agent's first word. */
  readonly startWithinMs: number;
  /** How long sent data may stay unacknowledged over a live socket until the agent is given up; the official client's 5 minutes. */
  readonly agentSilenceMs: number;
  /** How long to wait for a new sign-in before giving the session up; the service's idle limit has passed by then. */
  readonly signInPatienceMs: number;
  /** Pause between HandshakeComplete and the first data, because the agent discards what reaches it too early. */
  readonly settleMs: number;
}

export const DEFAULT_TUNING: ChannelTuning = {
  payloadBytes: 1024,
  bytesPerSecond: 0,
  pingEveryMs: 15_000,
  pongWithinMs: 10_000,
  startWithinMs: 30_000,
  agentSilenceMs: 5 * 60_000,
  signInPatienceMs: 20 * 60_000,
  settleMs: 100,
};
