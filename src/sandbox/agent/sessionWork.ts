import type { Clock } from '../../base/clock';
import type { Log } from '../../base/log';
import type { SandboxSession } from '../sessions/sessionRegistry';
import type { AgentAbilities } from './agentVersion';
import type { AgentChannel } from './agentChannel';
import type { AgentInstance } from './agentInstance';
import type { AgentPacing } from './agentPacing';
import type { AgentScript } from './agentScript';
import type { InstanceHome } from './instanceHome';
import type { OutputPump } from './outputPump';

/** What one kind of session does between handshake and end. */
export interface SessionWork {
  start(): void;
  /** Handles one message in order. Never sees the handshake. */
  take(payloadType: number, payload: Uint8Array): 'taken' | 'notReady';
  /** Resolves when no process and no connection of this work is left. */
  stop(): Promise<void>;
}

export interface WorkContext {
  readonly session: SandboxSession;
  readonly instance: AgentInstance;
  readonly home: () => InstanceHome;
  readonly abilities: AgentAbilities;
  /** As the handshake reported it; empty when there was none. */
  readonly clientVersion: string;
  readonly channel: AgentChannel;
  readonly pump: OutputPump;
  readonly pacing: AgentPacing;
  readonly script: AgentScript;
  readonly clock: Clock;
  readonly log: Log;
  /** The work has ended by itself; what it wrote is still delivered. `output` is what the user is told. */
  finish(output?: string): void;
}
