import { fork, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';
import { systemClock } from '../../src/base/clock';
import { messageOf } from '../../src/base/errors';
import { silentLog } from '../../src/base/log';
import { LocalListener } from '../../src/ssm/localListener';
import {
  officialPluginCommand,
  probeOfficialPlugin,
  type OfficialPlugin,
} from '../../src/ssm/officialPlugin';
import { PortForward } from '../../src/ssm/portForward';
import type { SessionControl } from '../../src/ssm/sessionControl';
import { webSocketTransport } from '../../src/ssm/webSocketTransport';
import {
  encodeClientMessage,
  MessageFlags,
  newMessageId,
  PayloadType,
} from '../../src/ssm/wire/clientMessage';
import { runPeer, TRANSFER_HEADER_BYTES, type PeerRequest, type PeerTicket } from './sessionsPeer';

/**
 * Speed of a port forward against the sandbox, beside a bare web socket echo of the same frames (the floor).
 * Writes out/bench/sessions.json. Client and service are processes of their own on one machine.
 */
const MIB = 2 ** 20;
const OUT = 'out/bench';

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

class Peer {
  readonly #child: ChildProcess;
  readonly #answers = new Map<number, (ticket: PeerTicket | undefined) => void>();
  #ids = 0;
  echoUrl = '';

  constructor() {
    this.#child = fork(fileURLToPath(import.meta.url), ['peer'], { execArgv: [] });
  }

  async ready(): Promise<this> {
    await new Promise<void>(resolve =>
      this.#child.on(
        'message',
        (message: { ready?: true; echoUrl?: string; id?: number; ticket?: PeerTicket }) => {
          if (message.ready) {
            this.echoUrl = message.echoUrl!;
            resolve();
          } else this.#answers.get(message.id!)?.(message.ticket);
        },
      ),
    );
    return this;
  }

  call(request: WithoutId<PeerRequest>): Promise<PeerTicket | undefined> {
    const id = ++this.#ids;
    return new Promise(resolve => {
      this.#answers.set(id, resolve);
      this.#child.send({ ...request, id });
    });
  }

  async control(service: 'echo' | 'source' | 'sink', paced: boolean): Promise<SessionControl> {
    const ticket = await this.call({ call: 'create', service, paced });
    if (ticket === undefined) throw new Error('the peer created no session');
    const { sessionId } = ticket;
    return {
      ticket,
      targetId: 'i-060ee0879f3ec4eb7',
      resume: () => this.call({ call: 'resume', sessionId }),
      terminate: async () => {
        await this.call({ call: 'terminate', sessionId });
      },
      signUpgrade: async () => ({}),
    };
  }

  stop(): void {
    this.#child.disconnect();
  }
}

async function withForward<T>(
  peer: Peer,
  { service, paced, lanes = 1 }: { service: 'echo' | 'source' | 'sink'; paced: boolean; lanes?: number },
  run: (port: number) => Promise<T>,
): Promise<T> {
  const forward = await PortForward.listen({ host: '127.0.0.1', port: 0 });
  await forward.start(() => peer.control(service, paced), {
    connect: webSocketTransport({ env: {} }),
    clock: systemClock,
    log: silentLog,
    lanes,
  });
  // The quiet time after the handshake is part of the start, not of the speed.
  await new Promise(resolve => systemClock.schedule(200, () => resolve(undefined)));
  try {
    return await run(forward.localPort);
  } finally {
    await forward.close({ kind: 'user' });
  }
}

async function dial(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return socket;
}

function header(bytes: number): Buffer {
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

interface Speed {
  readonly mibPerSecond: number;
  readonly cpuSecondsPerGiB: number;
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

const upload = (port: number, bytes: number) =>
  timed(bytes, async () => {
    const socket = await dial(port);
    const answer = received(socket, 1);
    socket.write(header(bytes));
    const block = Buffer.alloc(64 * 1024, 0xa5);
    for (let left = bytes; left > 0; left -= block.length)
      if (!socket.write(block.subarray(0, Math.min(left, block.length))))
        await new Promise(resolve => socket.once('drain', resolve));
    await answer;
    socket.destroy();
  });

const download = (port: number, bytes: number, connections = 1) =>
  timed(bytes * connections, async () => {
    await Promise.all(
      Array.from({ length: connections }, async () => {
        const socket = await dial(port);
        const all = received(socket, bytes);
        socket.write(header(bytes));
        await all;
        socket.destroy();
      }),
    );
  });

async function echoes(
  exchange: () => Promise<void>,
  count: number,
): Promise<{ p50Ms: number; p99Ms: number }> {
  for (let warm = 0; warm < 200; warm++) await exchange();
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const start = performance.now();
    await exchange();
    times.push(performance.now() - start);
  }
  times.sort((left, right) => left - right);
  return { p50Ms: round(times[Math.floor(count / 2)]!), p99Ms: round(times[Math.floor(count * 0.99)]!) };
}

async function echoThroughForward(port: number, count: number) {
  const socket = await dial(port);
  const message = Buffer.alloc(64, 0x61);
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

async function connectionsPerSecond(port: number, count: number): Promise<number> {
  const start = performance.now();
  let left = count;
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      while (left-- > 0) {
        const socket = await dial(port);
        const answer = received(socket, 1);
        socket.write('x');
        await answer;
        socket.destroy();
      }
    }),
  );
  return round(count / ((performance.now() - start) / 1000));
}

/** The same frames over a bare web socket that echoes them: what the transport alone can do here. */
async function floor(url: string) {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await new Promise(resolve => socket.once('open', resolve));
  const frameOf = (payload: Uint8Array) =>
    encodeClientMessage({
      messageType: 'input_stream_data',
      schemaVersion: 1,
      createdDate: Date.now(),
      sequenceNumber: 1,
      flags: MessageFlags.None,
      messageId: newMessageId(),
      payloadType: PayloadType.Output,
      payload,
    });
  const small = frameOf(Buffer.alloc(72, 0x61));
  let answered: () => void = () => undefined;
  socket.on('message', () => answered());
  const echo = await echoes(
    () =>
      new Promise(resolve => {
        answered = resolve;
        socket.send(small);
      }),
    2000,
  );
  const frame = frameOf(Buffer.alloc(1024, 0xa5));
  const bytes = 48 * MIB;
  const count = bytes / 1024;
  let back = 0;
  const speed = await timed(bytes, async () => {
    const done = new Promise<void>(resolve => {
      answered = () => ++back === count && resolve();
    });
    for (let index = 0; index < count; index++) {
      socket.send(frame);
      if (socket.bufferedAmount > MIB)
        await new Promise<void>(resolve => {
          const check = () => (socket.bufferedAmount < MIB / 2 ? resolve() : setImmediate(check));
          check();
        });
    }
    await done;
  });
  socket.terminate();
  return { echo, ...speed };
}

/**
 * A download of 1 GiB whose local reader first takes nothing for five seconds and then rests now and then.
 * Resident memory of this process, MiB over what it was before.
 */
async function memoryOfStalledReader(port: number) {
  const bytes = 2 ** 30;
  const rss = () => process.memoryUsage().rss / MIB;
  globalThis.gc?.();
  const idle = rss();
  let peak = idle;
  const sampling = setInterval(() => (peak = Math.max(peak, rss())), 20);
  const rest = (milliseconds: number) =>
    new Promise(resolve => systemClock.schedule(milliseconds, () => resolve(undefined)));
  const socket = await dial(port);
  socket.pause();
  socket.write(header(bytes));
  await rest(5000);
  const stalled = peak;
  let left = bytes;
  let untilRest = 64 * MIB;
  const all = new Promise<void>((resolve, reject) => {
    socket.on('data', chunk => {
      left -= chunk.length;
      untilRest -= chunk.length;
      if (left <= 0) resolve();
      else if (untilRest <= 0) {
        untilRest = 64 * MIB;
        socket.pause();
        void rest(500).then(() => socket.resume());
      }
    });
    socket.once('close', () => reject(new Error(`closed with ${left} bytes to come`)));
  });
  socket.resume();
  await all;
  clearInterval(sampling);
  socket.destroy();
  return { stalledMiB: round(stalled - idle), peakMiB: round(peak - idle) };
}

/** The official client against the same paced agent, or why not. Newer ones refuse a stream that is not AWS's. */
async function official(peer: Peer) {
  let plugin: OfficialPlugin;
  try {
    plugin = await probeOfficialPlugin('session-manager-plugin');
  } catch (thrown) {
    return { absent: messageOf(thrown) };
  }
  try {
    const upward = await withPlugin(peer, plugin, 'sink', port => upload(port, 4 * MIB));
    const downward = await withPlugin(peer, plugin, 'source', port => download(port, 3 * MIB));
    const echo = await withPlugin(peer, plugin, 'echo', port => echoThroughForward(port, 500));
    // The processor time of another process is not ours to measure.
    return {
      version: plugin.version,
      uploadMibPerSecond: upward.mibPerSecond,
      downloadMibPerSecond: downward.mibPerSecond,
      echo,
    };
  } catch (thrown) {
    return { version: plugin.version, failed: messageOf(thrown) };
  }
}

async function withPlugin<T>(
  peer: Peer,
  plugin: OfficialPlugin,
  service: 'echo' | 'source' | 'sink',
  run: (port: number) => Promise<T>,
): Promise<T> {
  const free = await LocalListener.listen({ host: '127.0.0.1', port: 0 });
  const { port } = free;
  free.dispose();
  const ticket = (await peer.call({ call: 'create', service, paced: true, localPort: port }))!;
  const command = officialPluginCommand(plugin, {
    ticket,
    region: 'us-east-1',
    profile: '',
    request: { Target: 'i-060ee0879f3ec4eb7' },
    endpointUrl: new URL(ticket.streamUrl.replace(/^ws/, 'http')).origin,
  });
  const child = spawn(command.file, [...command.args], { env: { ...process.env, ...command.env } });
  try {
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (text: Buffer) => text.includes('Waiting for connections') && resolve());
      child.once('error', reject);
      child.once('exit', code => reject(new Error(`session-manager-plugin ended with code ${code}`)));
    });
    return await run(port);
  } finally {
    child.kill();
    await peer.call({ call: 'terminate', sessionId: ticket.sessionId });
  }
}

async function main(): Promise<void> {
  const peer = await new Peer().ready();
  const report = (name: string, value: unknown) => console.log(`${name.padEnd(28)} ${JSON.stringify(value)}`);
  const bare = await floor(peer.echoUrl);
  report('floor', bare);
  const unpaced = {
    upload: await withForward(peer, { service: 'sink', paced: false }, port => upload(port, 48 * MIB)),
    download: await withForward(peer, { service: 'source', paced: false }, port => download(port, 48 * MIB)),
    echo: await withForward(peer, { service: 'echo', paced: false }, port => echoThroughForward(port, 2000)),
    connectionsPerSecond: await withForward(peer, { service: 'echo', paced: false }, port =>
      connectionsPerSecond(port, 1000),
    ),
  };
  report('unpaced', unpaced);
  const paced = {
    upload: await withForward(peer, { service: 'sink', paced: true }, port => upload(port, 16 * MIB)),
    download: await withForward(peer, { service: 'source', paced: true }, port => download(port, 3 * MIB)),
    downloadEightLanes: await withForward(peer, { service: 'source', paced: true, lanes: 8 }, port =>
      download(port, 3 * MIB, 8),
    ),
    echo: await withForward(peer, { service: 'echo', paced: true }, port => echoThroughForward(port, 500)),
  };
  report('paced', paced);
  const memory = await withForward(peer, { service: 'source', paced: false }, port =>
    memoryOfStalledReader(port),
  );
  report('memory', memory);
  const officialClient = await official(peer);
  report('official client', officialClient);
  const targets = {
    echoOverheadMs: round(unpaced.echo.p50Ms - bare.echo.p50Ms),
    lanesGain: round(paced.downloadEightLanes.mibPerSecond / paced.download.mibPerSecond),
    uploadShareOfFloor: round(unpaced.upload.mibPerSecond / bare.mibPerSecond),
    downloadShareOfFloor: round(unpaced.download.mibPerSecond / bare.mibPerSecond),
  };
  report('targets', targets);
  peer.stop();
  mkdirSync(OUT, { recursive: true });
  writeFileSync(
    `${OUT}/sessions.json`,
    `${JSON.stringify(
      {
        at: new Date().toISOString(),
        machine: { cpu: cpus()[0]?.model, cores: availableParallelism(), node: process.version },
        payloadBytes: 1024,
        floor: bare,
        unpaced,
        paced,
        memory,
        targets,
        officialClient,
      },
      undefined,
      2,
    )}\n`,
  );
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

if (process.argv[2] === 'peer') await runPeer();
else {
  await main();
  process.exit(0);
}
