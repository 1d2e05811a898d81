import type { Clock } from '../base/clock';
import type { LocalConnection } from './localConnection';

/** What the bytes of a port session are: one of the three modes. */
export interface PortContent {
  readonly mode: 'mux' | 'basic' | 'raw';
  /** Connections being carried or waiting for their turn. */
  readonly connections: number;
  /** Takes over a connection. Its end is reported to `PortHost`. */
  attach(connection: LocalConnection): void;
  /** Writes bytes to send into `target` from `offset` on; 0 for none. */
  readOutput(target: Buffer, offset: number): number;
  /** Bytes of the tunnel from the agent. Throws `WireError` when they make no sense. */
  onOutput(data: Uint8Array): void;
  /** The agent could not reach the destination; the flag does not say for which connection. */
  onConnectError(): void;
  onFlushed(): void;
  /** See `SessionContent.blankOutput`. */
  readonly blankOutput?: Uint8Array;
  /** The session is over: every connection is cut. */
  dispose(): void;
}

/** What the modes need of the session that carries them. */
export interface PortHost {
  readonly clock: Clock;
  /** There is something to read. */
  poke(): void;
  sendFlag(value: number): void;
  setReading(reading: boolean): void;
  /** `failure` tells why it failed, undefined for an orderly end. */
  onConnectionClosed(connection: LocalConnection, failure?: string): void;
  /** The mode ends with its connection. */
  onSpent(): void;
}

/**
 * How long after the local program stopped sending, and the node fell silent, the connection counts as over. Neither smux nor
 * the basic mode can say "no more from me, but I still listen"; telling the node at once would cut off its answer.
 */
export const HALF_CLOSE_GRACE_MS = 1000;

export const CONNECT_FAILED = 'The instance could not connect to the destination.';
