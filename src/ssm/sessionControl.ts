import type { CallOptions } from '../base/cancellation';
import type { CloseReason } from './closeReason';

/** What StartSession and ResumeSession hand out. The token opens one web socket, once, and soon; never log it or the URL. */
export interface SessionTicket {
  readonly sessionId: string;
  /** Opaque: used exactly as the service gave it. */
  readonly streamUrl: string;
  readonly token: string;
}

/** A KMS data key: 64 bytes in the clear, and the same encrypted for the node to open. */
export interface DataKey {
  readonly plaintext: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/** The control plane of one started session, as the data channel needs it. Its calls throw `AppError`. */
export interface SessionControl {
  /** The ticket StartSession gave; spent by the first connection. */
  readonly ticket: SessionTicket;
  /** The node's id as it was passed to StartSession; part of the KMS encryption context. */
  readonly targetId: string;
  /** A fresh ticket made with current credentials, or undefined when the session has ended. */
  resume(options?: CallOptions): Promise<SessionTicket | undefined>;
  terminate(options?: CallOptions): Promise<void>;
  /** Headers that sign the web socket's upgrade request. Refuses (`endpoint-refused`) a host that is not Session Manager's. */
  signUpgrade(url: string): Promise<Readonly<Record<string, string>>>;
  /** KMS GenerateDataKey for 64 bytes; absent where the caller has no KMS client. */
  generateDataKey?(
    keyId: string,
    encryptionContext: Readonly<Record<string, string>>,
    options?: CallOptions,
  ): Promise<DataKey>;
  /** Asked once when the service says only that the session is over: the caller may know why (target stopped, grant ended). */
  explainEnd?(options?: CallOptions): Promise<CloseReason | undefined>;
}
