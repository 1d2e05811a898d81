import type { CallOptions } from '../base/cancellation';
import type { Disposable } from '../base/lifecycle';

/** Why a transport is gone. `code` is the web socket's close code where a close frame came. */
export interface TransportClose {
  readonly code?: number;
  readonly message: string;
}

/** What a transport tells its owner. After `onClose`, which comes exactly once unless the owner disposed first, it tells nothing more. */
export interface TransportListener {
  /** One binary frame. The bytes are valid until the next turn of the event loop unless copied or kept as they are. */
  onFrame(frame: Uint8Array): void;
  /** The peer answered a ping. */
  onPong(): void;
  /** What had been waiting to be written has left. */
  onDrain(): void;
  onClose(why: TransportClose): void;
}

/** A message-keeping duplex connection to the service. */
export interface Transport extends Disposable {
  /** Bytes accepted by `send` that have not left this process. */
  readonly bufferedBytes: number;
  /** Copies the bytes. A string goes out as a text frame. What is sent after the connection is gone is dropped. */
  send(frame: Uint8Array | string): void;
  ping(): void;
  /** While reading is paused the peer feels the back-pressure; a few frames already read may still come. */
  setReading(reading: boolean): void;
  /** Closes politely when it can; `onClose` is not called afterwards. */
  dispose(): void;
}

export interface TransportRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Opens a connection. Throws `AppError('network')`, `('proxy-refused')`, `('access-denied')` or `('cancelled')`. */
export type TransportFactory = (
  request: TransportRequest,
  listener: TransportListener,
  options?: CallOptions,
) => Promise<Transport>;
