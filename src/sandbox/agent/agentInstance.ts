/** Where a connection that the instance would make really goes on this machine. */
export interface AgentRoute {
  /** As the instance would write it: `localhost` for itself, or the name or address of a host behind it. */
  readonly host: string;
  /** The port the route is for; absent: every port of `host`. */
  readonly port?: number;
  /** A TCP end on this machine. Absent `port`: the port that was asked for. */
  readonly target: { readonly host: string; readonly port?: number };
}

/** What the agent knows of the machine it runs on. */
export interface AgentInstance {
  readonly instanceId: string;
  /** Four-part version, such as `3.3.1142.0`; behaviour differs by it as the protocol notes say (section 4.3). */
  readonly agentVersion: string;
  /** What `hostname` prints on it, such as `ip-10-0-1-17.ec2.internal`. */
  readonly hostname: string;
  /**
   * A port of the instance itself that has no route is that port of this machine's loopback, so that what a shell session serves
   * can be forwarded. A host behind the instance without a route does not resolve.
   */
  readonly routes: readonly AgentRoute[];
}
