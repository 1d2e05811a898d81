import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/base/clock';
import { messageOf } from '../../src/base/errors';
import { silentLog } from '../../src/base/log';
import { PortForward } from '../../src/ssm/portForward';
import { webSocketTransport } from '../../src/ssm/webSocketTransport';
import {
  connectionsPerSecond,
  download,
  echoThroughForward,
  Floor,
  median,
  MIB,
  PAYLOAD_BYTES,
  round,
  upload,
} from './sessionsLoads';
import { runForward, stalledReader } from './sessionsMemory';
import { runPeer } from './sessionsPeer';
import { findPlugin, PluginForward } from './sessionsPlugin';
import { Peer, type Service } from './sessionsService';

/**
 * Speed of a port forward against the sandbox, beside two references: a bare web socket echo of the same frames (the floor) and, where
 * it is installed, the official client against the same agent paced as the real one. Client and service are processes of their own on
 * one machine. What is compared is measured in turn, several times; each figure is the median, each ratio the median of the ratios.
 * Writes out/bench/sessions.json.
 */
const OUT = 'out/bench';
const program = fileURLToPath(import.meta.url);
const ROUNDS = 5;
const PACED_ROUNDS = 3;
/** Of one download by either client: both are bound by the agent's pace, so that only many tell them apart. */
const DOWNLOAD_PAIRS = 9;
/** Of that many, the second least and the second greatest bound the median with 96 % confidence. */
const BEYOND_BOUND = 1;
/** Ten times what it takes for one load. On a busy machine it now and then stops reading and never goes on. */
const OFFICIAL_WITHIN_MS = 60_000;

async function withForward<T>(
  peer: Peer,
  { service, paced, lanes = 1 }: { service: Service; paced: boolean; lanes?: number },
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

/** The agent as fast as it goes, beside the floor. */
async function unpacedRound(peer: Peer, floor: Floor, barePort: number) {
  const ours = { paced: false };
  const bytes = 24 * MIB;
  return {
    floor: await floor.transfer(bytes),
    upload: await withForward(peer, { ...ours, service: 'sink' }, port => upload(port, bytes)),
    download: await withForward(peer, { ...ours, service: 'source' }, port => download(port, bytes)),
    floorEcho: await floor.echo(1000),
    echo: await withForward(peer, { ...ours, service: 'echo' }, port => echoThroughForward(port, 1000)),
    floorConnectionsPerSecond: await floor.connectionsPerSecond(barePort, 400),
    connectionsPerSecond: await withForward(peer, { ...ours, service: 'echo' }, port =>
      connectionsPerSecond(port, 400),
    ),
  };
}

/** The agent paced as the real one. */
async function pacedRound(peer: Peer) {
  const ours = { paced: true };
  return {
    upload: await withForward(peer, { ...ours, service: 'sink' }, port => upload(port, 8 * MIB)),
    download: await withForward(peer, { ...ours, service: 'source' }, port => download(port, 2 * MIB)),
    downloadEightLanes: await withForward(peer, { ...ours, service: 'source', lanes: 8 }, port =>
      download(port, 1.5 * MIB, 8),
    ),
    echo: await withForward(peer, { ...ours, service: 'echo' }, port => echoThroughForward(port, 300)),
    connectionsPerSecond: await withForward(peer, { ...ours, service: 'echo' }, port =>
      connectionsPerSecond(port, 100),
    ),
  };
}

type StartOfficial = (service: Service) => Promise<PluginForward>;

/** Runs with sessions of the official client, each ended afterwards, whatever comes of it. */
function officially(peer: Peer, start: StartOfficial) {
  return async <T>(service: Service, run: (forward: PluginForward) => Promise<T>): Promise<T> => {
    const forward = await start(service);
    let stop = (): void => undefined;
    const late = new Promise<never>((_, reject) => {
      const timer = systemClock.schedule(OFFICIAL_WITHIN_MS, () =>
        reject(new Error(`the official client hung (${service})`)),
      );
      stop = () => timer.dispose();
    });
    try {
      return await Promise.race([run(forward), late]);
    } finally {
      stop();
      forward.stop();
      await peer.call({ call: 'terminate', sessionId: forward.sessionId });
    }
  };
}

/** The official client against the same paced agent. */
async function officialRound(peer: Peer, start: StartOfficial) {
  const through = officially(peer, start);
  const [up, down] = [2 * MIB, 2 * MIB];
  return {
    upload: await through('sink', forward => forward.transfer(up, port => upload(port, up))),
    download: await through('source', forward => forward.transfer(down, port => download(port, down))),
    echo: await through('echo', ({ port }) => echoThroughForward(port, 300)),
    connectionsPerSecond: await through('echo', ({ port }) => connectionsPerSecond(port, 100)),
  };
}

/** Ours as a share of the official client's, download for download, either one first in turn. */
async function downloadPairs(peer: Peer, start: StartOfficial): Promise<number[]> {
  const through = officially(peer, start);
  const bytes = 2 * MIB;
  const once = {
    ours: () =>
      withForward(peer, { service: 'source', paced: true }, async port => await download(port, bytes)),
    official: () => through('source', async ({ port }) => await download(port, bytes)),
  };
  const ratios: number[] = [];
  for (let pair = 0; pair < DOWNLOAD_PAIRS; pair++) {
    const speeds = { ours: Number.NaN, official: Number.NaN };
    const order = ['ours', 'official'] as const;
    for (const client of pair % 2 === 0 ? order : order.toReversed())
      speeds[client] = (await once[client]()).mibPerSecond;
    ratios.push(round(speeds.ours / speeds.official));
  }
  return ratios;
}

/** The median of the pairs, and between what bounds it lies. */
function tieOf(ratios: readonly number[]) {
  if (ratios.length === 0) return undefined;
  const sorted = [...ratios].sort((left, right) => left - right);
  return { value: median(ratios), from: sorted[BEYOND_BOUND], to: sorted.at(-1 - BEYOND_BOUND) };
}

type Unpaced = Awaited<ReturnType<typeof unpacedRound>>;
type Paced = Awaited<ReturnType<typeof pacedRound>>;
type Official = Awaited<ReturnType<typeof officialRound>>;

/** Each figure beside its references. The official client is left out where it was not measured. */
function figuresOf(
  unpaced: readonly Unpaced[],
  paced: readonly Paced[],
  /** With ours of the same round. */
  compared: readonly (readonly [Paced, Official])[],
) {
  const official = compared.map(([, theirs]) => theirs);
  const of = <T>(rounds: readonly T[], pick: (one: T) => number | undefined) => {
    const values = rounds.map(pick).filter(value => value !== undefined);
    return values.length === 0 ? undefined : median(values);
  };
  const transfer = (way: 'upload' | 'download') => ({
    mibPerSecond: {
      unpaced: of(unpaced, one => one[way].mibPerSecond),
      floor: of(unpaced, one => one.floor.mibPerSecond),
      shareOfFloor: of(unpaced, one => one[way].mibPerSecond / one.floor.mibPerSecond),
      paced: of(paced, one => one[way].mibPerSecond),
      official: of(official, one => one[way].mibPerSecond),
      timesOfficial: of(compared, ([ours, theirs]) => ours[way].mibPerSecond / theirs[way].mibPerSecond),
    },
    cpuSecondsPerGiB: {
      unpaced: of(unpaced, one => one[way].cpuSecondsPerGiB),
      floor: of(unpaced, one => one.floor.cpuSecondsPerGiB),
      paced: of(paced, one => one[way].cpuSecondsPerGiB),
      official: of(official, one => one[way].cpuSecondsPerGiB),
    },
  });
  const echo = (which: 'p50Ms' | 'p99Ms') => ({
    unpaced: of(unpaced, one => one.echo[which]),
    floor: of(unpaced, one => one.floorEcho[which]),
    overFloor: of(unpaced, one => one.echo[which] - one.floorEcho[which]),
    paced: of(paced, one => one.echo[which]),
    official: of(official, one => one.echo[which]),
  });
  return {
    upload: transfer('upload'),
    download: transfer('download'),
    downloadEightLanes: {
      mibPerSecond: of(paced, one => one.downloadEightLanes.mibPerSecond),
      timesOneLane: of(paced, one => one.downloadEightLanes.mibPerSecond / one.download.mibPerSecond),
    },
    echo: { p50Ms: echo('p50Ms'), p99Ms: echo('p99Ms') },
    connectionsPerSecond: {
      unpaced: of(unpaced, one => one.connectionsPerSecond),
      floor: of(unpaced, one => one.floorConnectionsPerSecond),
      paced: of(paced, one => one.connectionsPerSecond),
      official: of(official, one => one.connectionsPerSecond),
    },
  };
}

async function main(): Promise<void> {
  const report = (name: string, value: unknown) => console.log(`${name.padEnd(20)} ${JSON.stringify(value)}`);
  const peer = await new Peer(program).ready();
  const bare = createServer();
  await new Promise<void>(resolve => bare.listen(0, '127.0.0.1', resolve));
  const floor = await Floor.connect(peer.echoUrl);
  const unpaced: Unpaced[] = [];
  for (let count = 0; count < ROUNDS; count++) {
    const one = await unpacedRound(peer, floor, (bare.address() as AddressInfo).port);
    unpaced.push(one);
    report('unpaced', one);
  }
  floor.close();

  const memory = await stalledReader(program, await peer.session('source', false), {
    bytes: 2 ** 30,
    stallEvery: 64 * MIB,
  });
  report('memory', memory);

  const found = await findPlugin();
  const startOfficial: StartOfficial | undefined =
    'plugin' in found
      ? service => PluginForward.start(found.plugin, localPort => peer.session(service, true, localPort))
      : undefined;
  const paced: Paced[] = [];
  const compared: [Paced, Official][] = [];
  let failed: string | undefined;
  for (let count = 0; count < PACED_ROUNDS; count++) {
    const ours = await pacedRound(peer);
    paced.push(ours);
    report('paced', ours);
    if (!startOfficial) continue;
    try {
      const theirs = await officialRound(peer, startOfficial);
      compared.push([ours, theirs]);
      report('official client', theirs);
    } catch (thrown) {
      failed = messageOf(thrown);
    }
  }
  let pairs: number[] = [];
  try {
    if (startOfficial) pairs = await downloadPairs(peer, startOfficial);
  } catch (thrown) {
    failed = messageOf(thrown);
  }
  report('download pairs', pairs);
  const figures = figuresOf(unpaced, paced, compared);
  report('figures', figures);
  const targets = {
    echoOverFloorMsAtP50: { value: figures.echo.p50Ms.overFloor, below: 1 },
    uploadTimesOfficial: { value: figures.upload.mibPerSecond.timesOfficial, atLeast: 5 },
    // Slower would be an interval below 1: what lies across it is a tie at the agent's pace.
    downloadTimesOfficial: { ...tieOf(pairs), atLeast: 1 },
    eightLanesTimesOneLane: { value: figures.downloadEightLanes.timesOneLane, atLeast: 6 },
    uploadShareOfFloor: { value: figures.upload.mibPerSecond.shareOfFloor, atLeast: 0.5 },
    downloadShareOfFloor: { value: figures.download.mibPerSecond.shareOfFloor, atLeast: 0.5 },
    memoryMiBOverIdle: { value: memory.peakMiB, below: 32 },
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
        payloadBytes: PAYLOAD_BYTES,
        officialClient:
          'plugin' in found
            ? { version: found.plugin.version, ...(failed === undefined ? {} : { failed }) }
            : found,
        targets,
        figures,
        memory,
        rounds: { unpaced, paced, official: compared.map(([, theirs]) => theirs), downloadPairs: pairs },
      },
      undefined,
      2,
    )}\n`,
  );
}

switch (process.argv[2]) {
  case 'peer':
    await runPeer();
    break;
  case 'forward':
    runForward();
    break;
  default:
    await main();
    process.exit(0);
}
