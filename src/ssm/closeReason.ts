/** Why a session or a forward is over. Each end has exactly one reason, delivered exactly once. */
export type CloseKind =
  /** The user closed it. */
  | 'user'
  /** The grant it ran under ended. */
  | 'grant-ended'
  /** The program on the node ended by itself. */
  | 'remote-exit'
  | 'idle-timeout'
  | 'max-duration'
  | 'target-stopped'
  /** The agent stopped answering although the service can be reached. */
  | 'agent-gone'
  /** AWS no longer allows the session to be resumed. */
  | 'access-revoked'
  /** Nobody signed in again while the session waited to be resumed. */
  | 'credentials-expired'
  | 'local-port-lost'
  | 'network'
  | 'protocol-error'
  | 'start-failed'
  /** The official plugin, which ran the session in our stead, stopped by itself. */
  | 'plugin-exit'
  /** The service ended it and gave no reason that is listed here. */
  | 'service';

export interface CloseReason {
  readonly kind: CloseKind;
  /** Words for the user, as the service, the agent or the failure gave them. */
  readonly message?: string;
  /** Exit status: of the command with `remote-exit`, where the document reports one; of the program with `plugin-exit`. */
  readonly exitCode?: number;
}
