import type { Duplex } from 'node:stream';
import { GatheredWriter } from '../base/gatheredWriter';
import type { SparePieces } from '../base/sparePieces';
import { ByteQueue } from './byteQueue';

/** What the forward needs of a TCP socket; any duplex stream will do. */
export interface LocalSocket extends Duplex {
  /** Closes with a reset, so that the other end sees a failure and not an orderly end. */
  resetAndDestroy?(): unknown;
  setTimeout?(timeoutMs: number, onTimeout: () => void): unknown;
}

/** How long a program that has been told the end may leave its own side open. */
const LINGER_MS = 5000;

/** Reading from the local program stops while this much of its data waits to be sent. */
const UNSENT_LIMIT_BYTES = 64 * 1024;

/** Who carries the connection's bytes to the node. */
export interface ConnectionCarrier {
  /** Something waits in `unsent`, or the local program has finished sending. */
  onReadable(): void;
  /** What was written has left towards the local program. */
  onDrain(): void;
  /** The socket is gone, whoever closed it. Called once. */
  onClosed(): void;
}

/** One accepted connection: bounded reading, counted writing, an orderly end and a failed one. */
export class LocalConnection {
  readonly id: number;
  readonly from: string;
  readonly unsent = new ByteQueue();
  readonly #socket: LocalSocket;
  readonly #writer: GatheredWriter;
  #carrier: ConnectionCarrier | undefined;
  #ended = false;
  #closed = false;
  #ending = false;
  #sent = 0;
  #received = 0;

  /** The socket is paused until `attach`. */
  constructor(socket: LocalSocket, id: number, from: string, spares?: SparePieces) {
    this.id = id;
    this.from = from;
    this.#socket = socket;
    this.#writer = new GatheredWriter(socket, {
      onDrain: () => this.#carrier?.onDrain(),
      ...(spares ? { spares } : {}),
    });
    socket.pause();
    // The program may be gone before anybody carries its bytes.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#closed = true;
      this.unsent.clear();
      this.#carrier?.onClosed();
    });
  }

  attach(carrier: ConnectionCarrier): void {
    this.#carrier = carrier;
    if (this.#closed) return carrier.onClosed();
    this.#socket.on('data', (chunk: Uint8Array) => {
      if (this.#ending) return;
      this.unsent.push(chunk);
      if (this.unsent.length >= UNSENT_LIMIT_BYTES) this.#socket.pause();
      carrier.onReadable();
    });
    this.#socket.on('end', () => {
      this.#ended = true;
      carrier.onReadable();
    });
    this.#socket.resume();
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** The local program will send nothing more, and everything it sent has been read from here. */
  get isDrained(): boolean {
    return this.#ended && this.unsent.length === 0;
  }

  /** Bytes for the local program that it has not taken yet. */
  get bufferedBytes(): number {
    return this.#socket.writableLength + this.#writer.gatheredBytes;
  }

  /** `sent`: towards the node. */
  get bytes(): { readonly sent: number; readonly received: number } {
    return { sent: this.#sent, received: this.#received };
  }

  /** Moves waiting bytes into `target` and lets the program send more when there is room again. */
  read(target: Uint8Array, start: number, end: number): number {
    const count = this.unsent.read(target, start, end);
    this.#sent += count;
    if (this.unsent.length < UNSENT_LIMIT_BYTES && !this.#ended && this.#socket.isPaused())
      this.#socket.resume();
    return count;
  }

  /** False while the local program does not take what it is given; nothing is lost, `onDrain` follows. */
  write(data: Uint8Array): boolean {
    if (this.#closed || this.#ending) return true;
    this.#received += data.length;
    return this.#writer.write(data);
  }

  /** Everything written reaches the program, then the connection closes. */
  end(): void {
    if (this.#closed || this.#ending) return;
    this.#ending = true;
    this.unsent.clear();
    this.#writer.flush();
    this.#socket.end();
    // To close with something unread would reset the connection, and the program could lose what it has not read yet.
    this.#socket.resume();
    this.#socket.setTimeout?.(LINGER_MS, () => this.#socket.destroy());
  }

  /** The program sees a reset. */
  fail(): void {
    if (this.#closed) return;
    if (this.#socket.resetAndDestroy) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }
}
