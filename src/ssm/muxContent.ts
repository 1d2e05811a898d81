import type { Disposable } from '../base/lifecycle';
import type { LocalConnection } from './localConnection';
import { CONNECT_FAILED, HALF_CLOSE_GRACE_MS, type PortContent, type PortHost } from './portContent';
import { ReadGate } from './readGate';
import {
  encodeSmuxFrame,
  SMUX_HEADER_BYTES,
  SMUX_MAX_FRAME_BYTES,
  SmuxCommand,
  SmuxReader,
  writeSmuxHeader,
} from './wire/smux';

interface Stream {
  readonly id: number;
  readonly connection: LocalConnection;
  synSent: boolean;
  /** Waits in the queue of those with something to send. */
  queued: boolean;
  /** FIN is to follow once everything has been sent. */
  finWanted: boolean;
  /** Runs while the local program has stopped sending and may still be answered. */
  grace: Disposable | undefined;
}

/** Client streams are odd, the Go library starts with 3. */
const FIRST_STREAM_ID = 3;
/** How long after a stream ended without a byte a connect error may still be meant for it. */
const LATE_ERROR_MS = 2000;

/** Many connections over one session: smux version 1, one stream each, served in turn (protocol notes, section 9.2). */
export class MuxContent implements PortContent {
  readonly mode = 'mux';
  readonly blankOutput = encodeSmuxFrame(SmuxCommand.Nop, 0);
  readonly #host: PortHost;
  readonly #gate: ReadGate;
  readonly #reader = new SmuxReader();
  readonly #streams = new Map<number, Stream>();
  /** Streams with something to send, each once, served round robin. */
  readonly #sending: Stream[] = [];
  /** Streams that are gone on our side and owe the agent a FIN. */
  readonly #owedFins: number[] = [];
  /** Announced connect errors whose stream has not ended yet. */
  #connectErrors = 0;
  /** The last stream that ended without a byte, in case its connect error comes after its FIN. */
  #endedEmpty: { readonly connection: LocalConnection; readonly at: number } | undefined;
  #nextId = FIRST_STREAM_ID;

  constructor(host: PortHost) {
    this.#host = host;
    this.#gate = new ReadGate(reading => host.setReading(reading));
  }

  get connections(): number {
    return this.#streams.size;
  }

  attach(connection: LocalConnection): void {
    const stream: Stream = {
      id: this.#nextId,
      connection,
      synSent: false,
      queued: false,
      finWanted: false,
      grace: undefined,
    };
    this.#nextId += 2;
    this.#streams.set(stream.id, stream);
    // The SYN goes at once: many servers speak first.
    this.#queue(stream);
    connection.attach({
      onReadable: () => this.#onReadable(stream),
      onDrain: () => this.#gate.onRelief(connection),
      onClosed: () => this.#onLocalClosed(stream),
    });
  }

  /** Fills the message with as many frames as fit, a stream's turn being one frame. */
  readOutput(target: Buffer, offset: number): number {
    let at = offset;
    // Room for a header alone is not enough: a stream with data would get its turn for ever without using it.
    while (target.length - at > SMUX_HEADER_BYTES) {
      const owed = this.#owedFins.shift();
      if (owed !== undefined) {
        at = writeControl(target, at, SmuxCommand.Fin, owed);
        continue;
      }
      const stream = this.#sending.shift();
      if (stream === undefined) break;
      stream.queued = false;
      at = this.#writeTurn(stream, target, at);
    }
    return at - offset;
  }

  onOutput(data: Uint8Array): void {
    this.#reader.push(data, (command, streamId, piece) => {
      const stream = this.#streams.get(streamId);
      // smux drops what is meant for a stream it does not know; the agent opens none.
      if (stream === undefined) return;
      if (command === SmuxCommand.Psh) this.#onData(stream, piece);
      else if (command === SmuxCommand.Fin) this.#onFin(stream);
    });
  }

  onConnectError(): void {
    const ended = this.#endedEmpty;
    this.#endedEmpty = undefined;
    if (ended && this.#host.clock.now() - ended.at < LATE_ERROR_MS)
      this.#host.onConnectionClosed(ended.connection, CONNECT_FAILED);
    else this.#connectErrors++;
  }

  onFlushed(): void {}

  dispose(): void {
    for (const stream of [...this.#streams.values()]) this.#drop(stream, () => stream.connection.fail());
  }

  #writeTurn(stream: Stream, target: Buffer, start: number): number {
    let at = start;
    if (!stream.synSent) {
      stream.synSent = true;
      at = writeControl(target, at, SmuxCommand.Syn, stream.id);
    }
    const { unsent } = stream.connection;
    if (unsent.length > 0 && target.length - at > SMUX_HEADER_BYTES) {
      const dataAt = at + SMUX_HEADER_BYTES;
      const count = stream.connection.read(
        target,
        dataAt,
        Math.min(target.length, dataAt + SMUX_MAX_FRAME_BYTES),
      );
      writeSmuxHeader(target, at, SmuxCommand.Psh, stream.id, count);
      at = dataAt + count;
    }
    if (unsent.length > 0) this.#queue(stream);
    else if (stream.finWanted) {
      if (target.length - at >= SMUX_HEADER_BYTES) at = writeControl(target, at, SmuxCommand.Fin, stream.id);
      else this.#owedFins.push(stream.id);
      this.#drop(stream, () => stream.connection.end());
    } else if (stream.connection.isDrained) this.#startGrace(stream);
    return at;
  }

  #onReadable(stream: Stream): void {
    if (stream.connection.isDrained && stream.synSent) this.#startGrace(stream);
    else this.#queue(stream);
  }

  #onData(stream: Stream, data: Uint8Array): void {
    if (!stream.connection.write(data)) this.#gate.onSlow(stream.connection);
    if (stream.grace) this.#startGrace(stream);
  }

  /** Smux knows no half-close: the agent's FIN ends both directions. */
  #onFin(stream: Stream): void {
    const empty = stream.connection.bytes.received === 0;
    if (empty && this.#connectErrors > 0) {
      this.#connectErrors--;
      this.#drop(stream, () => stream.connection.fail(), CONNECT_FAILED);
      return;
    }
    if (empty) this.#endedEmpty = { connection: stream.connection, at: this.#host.clock.now() };
    this.#drop(stream, () => stream.connection.end());
  }

  /** The program is gone altogether: what it sent has been cleared with the socket, the node is told. */
  #onLocalClosed(stream: Stream): void {
    this.#gate.onRelief(stream.connection);
    if (this.#streams.get(stream.id) !== stream) return;
    if (stream.synSent) this.#owedFins.push(stream.id);
    this.#drop(stream, () => undefined);
    this.#host.poke();
  }

  #startGrace(stream: Stream): void {
    stream.grace?.dispose();
    stream.grace = this.#host.clock.schedule(HALF_CLOSE_GRACE_MS, () => {
      stream.finWanted = true;
      this.#queue(stream);
    });
  }

  #drop(stream: Stream, closeSocket: () => void, failure?: string): void {
    stream.grace?.dispose();
    this.#streams.delete(stream.id);
    const at = this.#sending.indexOf(stream);
    if (at >= 0) this.#sending.splice(at, 1);
    closeSocket();
    this.#host.onConnectionClosed(stream.connection, failure);
  }

  #queue(stream: Stream): void {
    if (!stream.queued && this.#streams.has(stream.id)) {
      stream.queued = true;
      this.#sending.push(stream);
    }
    this.#host.poke();
  }
}

function writeControl(target: Buffer, at: number, command: SmuxCommand, streamId: number): number {
  writeSmuxHeader(target, at, command, streamId, 0);
  return at + SMUX_HEADER_BYTES;
}
