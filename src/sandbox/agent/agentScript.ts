/** How one session's agent is to differ from a well-behaved one. Plain data: it travels as JSON. */
export interface AgentScript {
  /** In place of the instance's version. */
  readonly version?: string | undefined;
  /** In place of the host's pacing: `true` as the real agent, `false` as fast as it goes. */
  readonly paced?: boolean | undefined;
  /** These connections of a port session, counted from 0, are answered as if the dial had failed; `all`: every one. */
  readonly connectToPortErrors?: readonly number[] | 'all' | undefined;
  /** This many data messages that follow HandshakeComplete are acknowledged and thrown away (protocol notes, section 4.2). */
  readonly discardEarlyMessages?: number | undefined;
  /** The agent asks for a KMS handshake with this key, whatever the preferences say. Port sessions never do. */
  readonly kms?:
    | {
        readonly keyId: string;
        /** Sends the random challenge. Default: by agent version. */
        readonly challenge?: boolean | undefined;
        /** Refuses a client that does not acknowledge the challenge (`Kms.RequireKMSChallengeResponse`). */
        readonly requireChallenge?: boolean | undefined;
      }
    | undefined;
  /** How often the agent looks at its oldest unacknowledged message. Default 100 ms, as in the real one. */
  readonly resendPollMs?: number | undefined;
}
