import { encodeClientMessage, MessageFlags, newMessageId } from '../../ssm/wire/clientMessage';

interface ServiceMessage {
  readonly type: 'channel_closed' | 'start_publication' | 'pause_publication';
  readonly sessionId: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** For `channel_closed`: text for the user. */
  readonly output?: string;
}

/** A frame that the service itself makes (protocol notes, sections 3.4 and 6). */
export function encodeServiceMessage({ type, sessionId, now, output }: ServiceMessage): Uint8Array {
  const messageId = newMessageId();
  return encodeClientMessage({
    messageType: type,
    schemaVersion: 1,
    createdDate: now,
    sequenceNumber: 0,
    flags: MessageFlags.SynFin,
    messageId,
    payloadType: 0,
    payload: Buffer.from(
      JSON.stringify({
        MessageId: messageId,
        CreatedDate: new Date(now).toISOString(),
        DestinationId: sessionId,
        SessionId: sessionId,
        MessageType: type,
        SchemaVersion: 1,
        ...(type === 'channel_closed' ? { Output: output ?? '' } : {}),
      }),
    ),
  });
}
