/** The facts of the one text frame that opens a data channel (protocol notes, section 2.2). */
export interface OpenDataChannel {
  /** New for each connection. */
  readonly requestId: string;
  readonly token: string;
  /** Made once per session and kept across reconnects. */
  readonly clientId: string;
  readonly clientVersion: string;
}

export function encodeOpenDataChannel(open: OpenDataChannel): string {
  return JSON.stringify({
    MessageSchemaVersion: '1.0',
    RequestId: open.requestId,
    TokenValue: open.token,
    ClientId: open.clientId,
    ClientVersion: open.clientVersion,
  });
}
