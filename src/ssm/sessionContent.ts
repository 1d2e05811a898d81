import type { SessionFacts } from './handshake';

/** Character cells of a terminal. */
export interface TerminalSize {
  readonly cols: number;
  readonly rows: number;
}

/** What runs over the session: a terminal, a command, or a port's connections. */
export interface SessionContent {
  /** The handshake is over, or there is none: data may be sent from now on. Throws to refuse the kind of session. */
  onReady(facts: SessionFacts): void;
  /** Everything that is not handshake, in order: Output, StdErr, ExitCode, Flag; decrypted. */
  onPayload(payloadType: number, payload: Uint8Array): void;
  /** Writes bytes of Output to send into `target` from `offset` on and returns how many; 0 for none. Asked only when they can leave. */
  readOutput(target: Buffer, offset: number): number;
  /** The agent has everything that was sent so far. */
  onFlushed?(): void;
  /** An Output message that means nothing to the agent, if the content has such a thing. */
  blankOutput?(): Uint8Array | undefined;
  /** The terminal's size, if there is a terminal. */
  readonly size?: TerminalSize | undefined;
}
