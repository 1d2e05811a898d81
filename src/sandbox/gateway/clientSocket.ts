import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { WebSocketFrames } from '../../base/webSocketFrames';

/** The client's web socket with the connection under it. Frames sent in one turn of the event loop leave in one write. */
export class ClientSocket {
  readonly #under: Duplex;
  readonly #gathered = new WebSocketFrames('server');

  constructor(
    readonly webSocket: WebSocket,
    under: Duplex,
  ) {
    this.#under = under;
  }

  get isOpen(): boolean {
    return this.webSocket.readyState === this.webSocket.OPEN;
  }

  /** Bytes that have not left this process. */
  get bufferedBytes(): number {
    return this.webSocket.bufferedAmount + this.#gathered.length;
  }

  send(frame: Uint8Array): void {
    if (this.#gathered.length === 0) process.nextTick(() => this.#flush());
    this.#gathered.add(frame);
  }

  /** Sends what was gathered, then says goodbye. */
  close(code: number, reason: string): void {
    this.#flush();
    this.webSocket.close(code, reason);
  }

  /** Cuts the connection. */
  terminate(): void {
    this.webSocket.terminate();
  }

  #flush(): void {
    if (this.#gathered.length === 0) return;
    const frames = this.#gathered.take();
    if (this.isOpen) this.#under.write(frames);
  }
}
