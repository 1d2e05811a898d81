import { connect, type Socket } from 'node:net';
import WebSocket from 'ws';
import {
  encodeClientMessage,
  MessageFlags,
  newMessageId,
  PayloadType,
} from '../../src/ssm/wire/clientMessage';
import { encodeSmuxFrame, SMUX_HEADER_BYTES, SmuxCommand } from '../../src/ssm/wire/smux';
import { TRANSFER_HEADER_BYTES } from './sessionsPeer';

export const MIB = 2 ** 20;
/** Bytes of Output per message, as the official client sends them. */
export const PAYLOAD_BYTES = 1024;
const ECHO_BYTES = 64;
const PARALLEL_DIALS = 16;

export interface Speed {
  readonly mibPerSecond: number;
  /** Of this process. */
  readonly cpuSecondsPerGiB: number;
}

export interface EchoTimes {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return round(sorted[Math.floor(sorted.length / 2)] ?? Number.NaN);
}

async function timed(bytes: number, run: () => Promise<void>): Promise<Speed> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await run();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return {
    mibPerSecond: round(bytes / MIB / seconds),
    cpuSecondsPerGiB: round(((user + system) / 1e6) * (2 ** 30 / bytes)),
  };
}

export async function dial(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return socket;
}

/** What the services behind the forward are told first. */
export function transferHeader(bytes: number): Buffer {
  const head = Buffer.alloc(TRANSFER_HEADER_BYTES);
  head.writeBigUInt64BE(BigInt(bytes));
  return head;
}

function received(socket: Socket, bytes: number): Promise<void> {
  let left = bytes;
  return new Promise((resolve, reject) => {
    socket.on('data', chunk => {
      left -= chunk.length;
      if (left <= 0) resolve();
    });
    socket.once('close', () => reject(new Error(`closed with ${left} bytes to come`)));
  });
}

export const upload = (port: number, bytes: number): Promise<Speed> =>
  timed(bytes, async () => {
    const socket = await dial(port);
    const answer = received(socket, 1);
    socket.write(transferHeader(bytes));
    const block = Buffer.alloc(64 * 1024, 0xa5);
    for (let left = bytes; left > 0; left -= block.length)
      if (!socket.write(block.subarray(0, Math.min(left, block.length))))
        await new Promise(resolve => socket.once('drain', resolve));
    await answer;
    socket.destroy();
  });

export const download = (port: number, bytes: number, connections = 1): Promise<Speed> =>
  timed(bytes * connections, async () => {
    await Promise.all(
      Array.from({ length: connections }, async () => {
        const socket = await dial(port);
        const all = received(socket, bytes);
        socket.write(transferHeader(bytes));
        await all;
        socket.destroy();
      }),
    );
  });

async function echoes(exchange: () => Promise<void>, count: number): Promise<EchoTimes> {
  for (let warm = 0; warm < count / 5; warm++) await exchange();
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const start = performance.now();
    await exchange();
    times.push(performance.now() - start);
  }
  times.sort((left, right) => left - right);
  return { p50Ms: round(times[Math.floor(count / 2)]!), p99Ms: round(times[Math.floor(count * 0.99)]!) };
}

export async function echoThroughForward(port: number, count: number): Promise<EchoTimes> {
  const socket = await dial(port);
  const message = Buffer.alloc(ECHO_BYTES, 0x61);
  let answered: () => void = () => undefined;
  let left = 0;
  socket.on('data', chunk => {
    left -= chunk.length;
    if (left <= 0) answered();
  });
  const result = await echoes(
    () =>
      new Promise(resolve => {
        left = message.length;
        answered = resolve;
        socket.write(message);
      }),
    count,
  );
  socket.destroy();
  return result;
}

/** Connections that each get one byte back, several at a time. */
export async function connectionsPerSecond(port: number, count: number): Promise<number> {
  return await perSecond(count, async () => {
    const socket = await dial(port);
    const answer = received(socket, 1);
    socket.write('x');
    await answer;
    socket.destroy();
  });
}

async function perSecond(count: number, once: () => Promise<void>): Promise<number> {
  const start = performance.now();
  let left = count;
  await Promise.all(
    Array.from({ length: PARALLEL_DIALS }, async () => {
      while (left-- > 0) await once();
    }),
  );
  return round(count / ((performance.now() - start) / 1000));
}

/** The frame of the data channel that carries this payload. */
function frameOf(payload: Uint8Array): Uint8Array {
  return encodeClientMessage({
    messageType: 'input_stream_data',
    schemaVersion: 1,
    createdDate: Date.now(),
    sequenceNumber: 1,
    flags: MessageFlags.None,
    messageId: newMessageId(),
    payloadType: PayloadType.Output,
    payload,
  });
}

/**
 * The floor: the same frames over a bare web socket that echoes them, with the library's own `send` and nothing else. What it
 * carries goes both ways, so one figure stands for either direction.
 */
export class Floor {
  readonly #socket: WebSocket;
  #answered: () => void = () => undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', () => this.#answered());
  }

  static async connect(url: string): Promise<Floor> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return new Floor(socket);
  }

  close(): void {
    this.#socket.terminate();
  }

  async echo(count: number): Promise<EchoTimes> {
    const frame = frameOf(Buffer.alloc(ECHO_BYTES + SMUX_HEADER_BYTES, 0x61));
    return await echoes(
      () =>
        new Promise(resolve => {
          this.#answered = resolve;
          this.#socket.send(frame);
        }),
      count,
    );
  }

  async transfer(bytes: number): Promise<Speed> {
    const frame = frameOf(Buffer.alloc(PAYLOAD_BYTES, 0xa5));
    const count = bytes / PAYLOAD_BYTES;
    let back = 0;
    return await timed(bytes, async () => {
      const done = new Promise<void>(resolve => {
        this.#answered = () => ++back === count && resolve();
      });
      for (let index = 0; index < count; index++) {
        this.#socket.send(frame);
        if (this.#socket.bufferedAmount > MIB)
          await new Promise<void>(resolve => {
            const check = () =>
              this.#socket.bufferedAmount < MIB / 2 ? resolve() : void setImmediate(check);
            check();
          });
      }
      await done;
    });
  }

  /** Connections to a bare local port, for each of which the frames that open, use and close one are echoed. */
  async connectionsPerSecond(port: number, count: number): Promise<number> {
    const waiting: (() => void)[] = [];
    this.#answered = () => waiting.shift()?.();
    const exchange = (payload: Uint8Array) =>
      new Promise<void>(resolve => {
        waiting.push(resolve);
        this.#socket.send(frameOf(payload));
      });
    return await perSecond(count, async () => {
      const socket = await dial(port);
      await exchange(
        Buffer.concat([
          encodeSmuxFrame(SmuxCommand.Syn, 3),
          encodeSmuxFrame(SmuxCommand.Psh, 3, Buffer.from('x')),
        ]),
      );
      await exchange(encodeSmuxFrame(SmuxCommand.Fin, 3));
      socket.destroy();
    });
  }
}
