export type SessionType = 'Standard_Stream' | 'InteractiveCommands' | 'NonInteractiveCommands' | 'Port';

/**
 * What the account's `SSM-SessionManagerRunShell` preferences say of every session, whichever document started it.
 * Spans are milliseconds.
 */
export interface SessionPreferences {
  /** Set: the agent asks for a KMS handshake and encrypts the stream. An ARN. */
  readonly kmsKeyId?: string;
  /** 20 minutes unless the preferences say otherwise (1 to 60 minutes). */
  readonly idleTimeoutMs: number;
  /** Off unless the preferences say otherwise (1 to 1440 minutes). */
  readonly maxDurationMs?: number;
  /** Lines the agent types into a new Linux shell. */
  readonly shellProfile?: string;
}

/** A Session document as one session runs it: parameters checked, defaults applied, `{{ name }}` substituted. */
export interface SessionDocument {
  readonly name: string;
  readonly sessionType: SessionType;
  /**
   * The document's property map, all values strings. Port: `portNumber`, `localPortNumber`, `host`, and `type`
   * (`LocalPortForwarding`) unless the document is for raw SSH. Commands: `command`, `separateOutputStream` (`True`/`False`),
   * `stdoutSeparatorPrefix`, `stderrSeparatorPrefix`. Empty for a plain shell.
   */
  readonly properties: Readonly<Record<string, string>>;
  readonly preferences: SessionPreferences;
}
