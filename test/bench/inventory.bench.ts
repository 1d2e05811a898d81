import { fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startSandbox } from '../../scripts/sandboxProcess.mjs';
import { composeInventory, listAsWeDo, listBare, type ListingFigures } from './inventoryListing';
import { measureModel, type ModelFigures } from './inventoryModel';
import { measureWorkbench, type WorkbenchFigures } from './inventoryWorkbench';

/**
 * Ten thousand instances in twenty accounts and three regions each: how soon they are seen, how fast they are listed and found, and what
 * they cost. Writes out/bench/inventory.json.
 */
const FLAGS = ['--instances', '10000', '--accounts', '20'];
const OUT = 'out/bench';
/** Ours and the floor take turns, each in a process of its own, so that what else the machine does hits both. */
const ROUNDS = 5;

const [role, inventoryFile = ''] = process.argv.slice(2);
if (role) {
  process.send?.(await child(role));
  process.exit(0);
}
await main();
process.exit(0);

async function child(asked: string): Promise<unknown> {
  if (asked === 'ours') return await listAsWeDo(inventoryFile);
  if (asked === 'bare') return await listBare();
  return await measureModel(inventoryFile);
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'jit-bench-'));
  const sandbox = await startSandbox({ flags: FLAGS });
  const env = { ...sandbox.env, HOME: folder };
  try {
    await signIn(env);
    // A file for each round: none begins with what another has saved.
    const fileOf = (round: number) => join(folder, `inventory-${round}.ndjson`);
    const rounds: { readonly ours: ListingFigures; readonly bare: ListingFigures; readonly calls: Calls }[] =
      [];
    for (let round = 0; round < ROUNDS; round++) {
      const bare = await inProcess<ListingFigures>('bare', env, fileOf(round));
      const pages = await takeCalls(sandbox.url);
      const ours = await inProcess<ListingFigures>('ours', env, fileOf(round));
      const made = await takeCalls(sandbox.url);
      rounds.push({ ours, bare, calls: { made: made.listing, pages: pages.listing } });
      console.log(JSON.stringify(rounds.at(-1)));
    }
    const model = await inProcess<ModelFigures>('model', env, fileOf(0));
    console.log(JSON.stringify(model));
    // What is measured already is kept should there be no browser for the rest.
    write({ rounds, model });
    const workbench = await measureWorkbench(FLAGS);
    console.log(JSON.stringify(workbench));
    write({ rounds, model, workbench });
  } finally {
    await sandbox.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Calls {
  /** DescribeInstances and DescribeInstanceInformation together. */
  readonly made: number;
  readonly pages: number;
}

function inProcess<T>(asked: string, env: NodeJS.ProcessEnv, file: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const process_ = fork(fileURLToPath(import.meta.url), [asked, file], {
      env: { ...process.env, ...env },
      execArgv: ['--expose-gc'],
    });
    process_.once('message', figures => resolve(figures as T));
    process_.once('exit', code => reject(new Error(`${asked} ended with code ${code} and no figures`)));
  });
}

/** By device code, as the test user; the token is then where each process of this home finds it. */
async function signIn(env: NodeJS.ProcessEnv): Promise<void> {
  Object.assign(process.env, env);
  const { config, signIn: byCode } = composeInventory('');
  const [session] = (await config.load()).ssoSessions;
  if (!session) throw new Error('the sandbox has no sso-session');
  await byCode.signIn(session, {
    onVerification: ({ verificationUriComplete, userCode }) =>
      void fetch(verificationUriComplete, {
        method: 'POST',
        body: new URLSearchParams({ user_code: userCode, decision: 'allow' }),
      }),
  });
}

/** What was called since it was last asked. */
async function takeCalls(url: string): Promise<{ readonly listing: number }> {
  const answer = await fetch(`${url}/_sandbox/calls`);
  const { calls } = (await answer.json()) as { calls: Record<string, number> };
  await fetch(`${url}/_sandbox/calls`, { method: 'DELETE' });
  return {
    listing: (calls['ec2:DescribeInstances'] ?? 0) + (calls['ssm:DescribeInstanceInformation'] ?? 0),
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function ratio(ours: number, floor: number): number {
  return Math.round((ours / floor) * 100) / 100;
}

function write({
  rounds,
  model,
  workbench,
}: {
  readonly rounds: readonly {
    readonly ours: ListingFigures;
    readonly bare: ListingFigures;
    readonly calls: Calls;
  }[];
  readonly model: ModelFigures;
  readonly workbench?: WorkbenchFigures;
}): void {
  const coldRefresh = {
    wallOfFloor: median(rounds.map(({ ours, bare }) => ratio(ours.wallMs, bare.wallMs))),
    cpuOfFloor: median(rounds.map(({ ours, bare }) => ratio(ours.cpuMs, bare.cpuMs))),
    calls: rounds.at(-1)?.calls,
  };
  const targets = {
    firstPaint: {
      atMostMs: 100,
      modelMs: model.firstRowsMs,
      modelCpuMs: model.firstRowsCpuMs,
      ...(workbench
        ? {
            drawnMs: median(workbench.firstRowMs),
            bareDrawnMs: median(workbench.bareFirstRowMs),
            overBareMs: median(workbench.firstRowMs) - median(workbench.bareFirstRowMs),
          }
        : {}),
    },
    coldRefresh: { atMost: 1.3, ...coldRefresh },
    keystroke: {
      ...(workbench
        ? {
            drawnMs: median(workbench.pickerKeystrokesMs),
            bareDrawnMs: median(workbench.barePickerKeystrokesMs),
          }
        : {}),
      atMostMs: 50,
      treeMs: model.treeKeystroke.worstMs,
      pickerMs: model.pickerKeystroke.worstMs,
      treeCpuMs: model.treeKeystroke.worstCpuMs,
      pickerCpuMs: model.pickerKeystroke.worstCpuMs,
    },
    memory: {
      atMostMib: 80,
      listingResidentMib: median(rounds.map(({ ours }) => ours.residentGrowthMib)),
      ...(workbench ? { host: workbench.memoryGrowth } : {}),
    },
  };
  console.log(JSON.stringify(targets, undefined, 2));
  mkdirSync(OUT, { recursive: true });
  const report = {
    at: new Date().toISOString(),
    machine: {
      cpu: cpus()[0]?.model,
      cores: availableParallelism(),
      node: process.version,
      // More than the cores: the wall times hold the waiting for others.
      loadAverage: loadavg(),
    },
    sandbox: FLAGS.join(' '),
    definitions: DEFINITIONS,
    targets,
    rounds,
    model,
    workbench,
  };
  writeFileSync(`${OUT}/inventory.json`, `${JSON.stringify(report, undefined, 2)}\n`);
}

const DEFINITIONS = {
  rounds:
    'One process each for ours and for the floor, in turns. Ours: Inventory.refresh of a process that has listed nothing yet, the SDK loaded. Floor: the same calls by bare SDK clients, eight regions at once, answers kept. Wall: until the last answer is in the snapshot. CPU: user and system time of the process.',
  calls:
    'DescribeInstances and DescribeInstanceInformation as the sandbox counted them; pages: those of the floor.',
  model:
    'In one process, without an editor, the index prepared as SearchWarmer does. CPU: user and system time, which what else the machine does leaves alone. firstRowsMs: from the first refresh() to all rows that stand open, the saved file read and decoded on the way. A keystroke: from the filter as it is after each letter to all rows that stand open (tree), to the items given to the editor (picker).',
  workbench:
    'A served VS Code workbench with the built extension. firstRowMs: in a new window whose extension is active, and which is at rest, from the view’s tree being attached to its first row being drawn; bareFirstRowMs: the same, in turns, of an extension whose rows, as many and as deep, are names that are there before anybody asks. A keystroke: from the key to the last change of the list, then quiet for 300 ms; that of the bare picker: the same of as many items that are made of nothing. memoryGrowth: of the extension host, from the extension being active with nothing of AWS loaded until everything is listed and saved; held: on the heap and beside it after a collection; resident: VmRSS after it; uncollected: VmRSS before it, with what V8 had not yet found time to collect; resting: VmRSS after a minute in which nothing was asked of the extension, nor a collection of V8.',
} as const;
