/** How fast the agent talks. */
export interface AgentPacing {
  /** The agent sleeps this long after each stream message it reads from a terminal or a port. */
  readonly messageSleepMs: number;
  /** The agent waits this long before it sends the first bytes of a terminal. */
  readonly firstOutputDelayMs: number;
}

/** The real agent: one millisecond after each message, one second before a terminal's first output (protocol notes, 8 and 14.1). */
export const PACED: AgentPacing = { messageSleepMs: 1, firstOutputDelayMs: 1_000 };

/** As fast as the client acknowledges. */
export const UNPACED: AgentPacing = { messageSleepMs: 0, firstOutputDelayMs: 0 };
