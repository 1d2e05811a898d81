/** Orders dotted versions part by part; a missing part counts as 0. Negative when `left` is older. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [left.split('.').map(Number), right.split('.').map(Number)];
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (Number.isNaN(difference)) return left < right ? -1 : left > right ? 1 : 0;
    if (difference !== 0) return difference;
  }
  return 0;
}

/** What an agent of this version can do (protocol notes, sections 4.3, 5 and 7). */
export interface AgentAbilities {
  /** Speaks smux with a client that does; else one connection at a time. */
  readonly mux: boolean;
  /** Understands the TerminateSession flag. */
  readonly terminateFlag: boolean;
  /** Acknowledges a message again that it has already taken. */
  readonly acknowledgesDuplicates: boolean;
  /** Sends a random challenge with a KMS handshake. */
  readonly kmsChallenge: boolean;
  /** Switches its smux keepalive off for a modern client. */
  readonly keepaliveByClientVersion: boolean;
  /** Forwards to a host behind the instance. */
  readonly remoteHost: boolean;
  /** Refuses loopback and the container credential addresses as a remote host. */
  readonly refusesLoopbackHost: boolean;
}

export function abilitiesOf(agentVersion: string): AgentAbilities {
  const newerThan = (version: string) => compareVersions(agentVersion, version) > 0;
  const from = (version: string) => compareVersions(agentVersion, version) >= 0;
  return {
    mux: newerThan('3.0.196.0'),
    terminateFlag: newerThan('2.3.722.0'),
    // The re-ack came in mid-2023; 3.2.1041 is the release the notes place just before it.
    acknowledgesDuplicates: newerThan('3.2.1041.0'),
    kmsChallenge: from('3.3.808.0'),
    keepaliveByClientVersion: from('3.1.1575.0'),
    remoteHost: from('3.1.1188.0'),
    refusesLoopbackHost: from('3.3.4851.0'),
  };
}

/** The client speaks smux in a LocalPortForwarding session. */
export function clientSpeaksMux(clientVersion: string): boolean {
  return compareVersions(clientVersion, '1.1.70') >= 0;
}

/** The client has its smux keepalive off, so the agent must have its own off too. */
export function clientKeepsQuiet(clientVersion: string): boolean {
  return compareVersions(clientVersion, '1.2.331.0') > 0;
}

/** The client knows the payload types of separated output. */
export function clientSeparatesOutput(clientVersion: string): boolean {
  return compareVersions(clientVersion, '1.2.295') > 0;
}
