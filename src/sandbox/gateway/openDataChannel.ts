/** The one text frame of a data channel (protocol notes, section 2.2). */
export interface OpenDataChannel {
  readonly tokenValue: string;
  readonly clientId: string;
  /** Four-part; absent with clients before 1.2.677. */
  readonly clientVersion?: string;
}

/** Words as the service sends them. */
export const NO_TOKEN = 'request to open data channel does not contain token';

/** Reads the frame; `problem` says why the service closes the socket instead. */
export function readOpenDataChannel(text: string): OpenDataChannel | { readonly problem: string } {
  let fields: Record<string, unknown>;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null) return { problem: NO_TOKEN };
    fields = parsed as Record<string, unknown>;
  } catch {
    return { problem: 'request to open data channel is not JSON' };
  }
  const { TokenValue, MessageSchemaVersion, RequestId, ClientId, ClientVersion } = fields;
  if (typeof TokenValue !== 'string' || TokenValue === '') return { problem: NO_TOKEN };
  if (MessageSchemaVersion !== '1.0') return { problem: 'unsupported MessageSchemaVersion' };
  if (typeof RequestId !== 'string' || RequestId === '')
    return { problem: 'request to open data channel does not contain RequestId' };
  if (typeof ClientId !== 'string' || ClientId === '')
    return { problem: 'request to open data channel does not contain ClientId' };
  return {
    tokenValue: TokenValue,
    clientId: ClientId,
    ...(typeof ClientVersion === 'string' ? { clientVersion: ClientVersion } : {}),
  };
}
