import { connect, type Socket } from 'node:net';
import { GatheredWriter } from '../../base/gatheredWriter';
import type { Disposable } from '../../base/lifecycle';
import { DisposableStore } from '../../base/lifecycle';
import { FlagValue, PayloadType } from '../../ssm/wire/clientMessage';
import {
  SMUX_HEADER_BYTES,
  SMUX_MAX_FRAME_BYTES,
  SmuxCommand,
  SmuxDecoder,
  writeSmuxHeader,
} from '../../ssm/wire/smux';
import { WireError } from '../../ssm/wire/wireError';
import { clientKeepsQuiet } from './agentVersion';
import type { PortDestination } from './portDestination';
import type { SessionWork, WorkContext } from './sessionWork';

/** smux's receive bucket, shared by all streams; when it is used up nothing more is read (protocol notes, section 9.2). */
const BUCKET_BYTES = 4 * 1_024 * 1_024;
const KEEPALIVE_INTERVAL_MS = 10_000;
const KEEPALIVE_TIMEOUT_MS = 30_000;
const NO_DATA = new Uint8Array(0);

interface MuxStream {
  readonly socket: Socket;
  readonly writer: GatheredWriter;
  connected: boolean;
  /** Either side's FIN closes both directions, so one is enough. */
  finSent: boolean;
  finReceived: boolean;
}

/** Port session with a modern client: an smux version 1 server, one TCP connection per stream. */
export class MuxPortWork implements SessionWork {
  readonly #context: WorkContext;
  readonly #destination: PortDestination;
  readonly #decoder = new SmuxDecoder();
  readonly #streams = new Map<number, MuxStream>();
  /** Sockets outlive their stream for as long as they have something to flush. */
  readonly #sockets = new Set<Socket>();
  readonly #owned = new DisposableStore();
  #dials = 0;
  #bucketBytes = 0;
  #dead = false;
  #heardAt: number;

  constructor(context: WorkContext, destination: PortDestination) {
    this.#context = context;
    this.#destination = destination;
    this.#heardAt = context.clock.now();
  }

  start(): void {
    this.#owned.add(
      this.#context.pump.onDidDrain(() => {
        if (!this.#context.pump.writable) return;
        for (const { socket } of this.#streams.values()) socket.resume();
      }),
    );
    const { abilities, clientVersion } = this.#context;
    if (!(abilities.keepaliveByClientVersion && clientKeepsQuiet(clientVersion))) this.#keepAlive();
  }

  take(payloadType: number, payload: Uint8Array): 'taken' | 'notReady' {
    if (payloadType !== PayloadType.Output || this.#dead) return 'taken';
    this.#heardAt = this.#context.clock.now();
    try {
      for (const frame of this.#decoder.push(payload)) {
        if (frame.command === SmuxCommand.Syn) this.#open(frame.streamId);
        else if (frame.command === SmuxCommand.Psh) this.#push(frame.streamId, frame.data);
        else if (frame.command === SmuxCommand.Fin) this.#closeFromClient(frame.streamId);
      }
    } catch (failure) {
      if (!(failure instanceof WireError)) throw failure;
      this.#die(`smux: ${failure.message}`);
    }
    return 'taken';
  }

  async stop(): Promise<void> {
    this.#dead = true;
    this.#owned.dispose();
    await Promise.all(
      [...this.#sockets].map(
        socket =>
          new Promise<void>(resolve => {
            socket.once('close', () => resolve());
            socket.destroy();
          }),
      ),
    );
  }

  #open(streamId: number): void {
    if (this.#streams.has(streamId)) return;
    const dial = this.#dials++;
    const scripted = this.#context.script.connectToPortErrors;
    if (scripted === 'all' || scripted?.includes(dial)) {
      this.#refuse(streamId);
      return;
    }
    const socket = connect({ ...this.#destination, noDelay: true });
    const stream: MuxStream = {
      socket,
      writer: new GatheredWriter(socket, { onTaken: bytes => this.#emptyBucket(bytes) }),
      connected: false,
      finSent: false,
      finReceived: false,
    };
    this.#streams.set(streamId, stream);
    this.#sockets.add(socket);
    socket.once('connect', () => {
      stream.connected = true;
    });
    socket.on('data', (bytes: Buffer) => {
      if (stream.finReceived || stream.finSent) return;
      for (let at = 0; at < bytes.length; at += SMUX_MAX_FRAME_BYTES) {
        this.#write(SmuxCommand.Psh, streamId, bytes.subarray(at, at + SMUX_MAX_FRAME_BYTES));
      }
      if (!this.#context.pump.writable) socket.pause();
    });
    socket.once('end', () => this.#finish(streamId, stream));
    socket.once('error', failure => {
      this.#context.log.debug('agent: connection failed', failure.message);
      if (!stream.connected && !stream.finReceived) this.#refuse(streamId);
      else this.#finish(streamId, stream);
      this.#forget(streamId, stream);
    });
    socket.once('close', () => {
      this.#finish(streamId, stream);
      this.#forget(streamId, stream);
      this.#sockets.delete(socket);
    });
  }

  /** Data for a stream that is not there is dropped without a word, as smux does. */
  #push(streamId: number, data: Uint8Array): void {
    const stream = this.#streams.get(streamId);
    if (stream === undefined || stream.finReceived || stream.finSent || data.length === 0) return;
    this.#bucketBytes += data.length;
    if (this.#bucketBytes >= BUCKET_BYTES) this.#context.channel.setBusy(true);
    stream.writer.write(data);
  }

  #emptyBucket(bytes: number): void {
    this.#bucketBytes -= bytes;
    if (this.#bucketBytes < BUCKET_BYTES) this.#context.channel.setBusy(false);
  }

  #closeFromClient(streamId: number): void {
    const stream = this.#streams.get(streamId);
    if (stream === undefined) return;
    stream.finReceived = true;
    // What the target still says has nowhere to go, but must be read so that its end is seen.
    stream.socket.resume();
    stream.writer.flush();
    stream.socket.end(() => stream.socket.destroySoon());
    this.#finish(streamId, stream);
    this.#forget(streamId, stream);
  }

  #finish(streamId: number, stream: MuxStream): void {
    if (stream.finSent || this.#streams.get(streamId) !== stream) return;
    stream.finSent = true;
    this.#write(SmuxCommand.Fin, streamId);
  }

  #refuse(streamId: number): void {
    const flag = Buffer.alloc(4);
    flag.writeUInt32BE(FlagValue.ConnectToPortError);
    this.#context.channel.send(PayloadType.Flag, flag);
    const stream = this.#streams.get(streamId);
    if (stream !== undefined) stream.finSent = true;
    this.#write(SmuxCommand.Fin, streamId);
  }

  #forget(streamId: number, stream: MuxStream): void {
    if (this.#streams.get(streamId) === stream) this.#streams.delete(streamId);
  }

  #write(command: SmuxCommand, streamId: number, data: Uint8Array = NO_DATA): void {
    if (this.#dead) return;
    const header = Buffer.allocUnsafe(SMUX_HEADER_BYTES);
    writeSmuxHeader(header, 0, command, streamId, data.length);
    this.#context.pump.write([header, data]);
  }

  #keepAlive(): void {
    const { clock } = this.#context;
    let next: Disposable;
    const beat = () => {
      if (clock.now() - this.#heardAt >= KEEPALIVE_TIMEOUT_MS) {
        this.#die('smux: keepalive timed out');
        return;
      }
      this.#write(SmuxCommand.Nop, 0);
      next = clock.schedule(KEEPALIVE_INTERVAL_MS, beat);
    };
    next = clock.schedule(KEEPALIVE_INTERVAL_MS, beat);
    this.#owned.add({ dispose: () => next.dispose() });
  }

  /** The mux session dies without a word to the client; with it the agent's worker ends. */
  #die(reason: string): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#context.log.warn('agent: port session ends', reason);
    for (const socket of this.#sockets) socket.destroy();
    this.#context.finish();
  }
}
