import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { FLEET_SETTINGS } from '../../scripts/workbench/home.mjs';
import { BARE_CONTAINER, BARE_PICKER, BARE_VIEW, BareTree } from './bareTree';
import { HostMemory, type HeldMemory } from './hostMemory';
import { launchBrowser, openContext } from '../support/workbench/browser';
import { signInBeside } from '../support/workbench/signedIn';
import { TestWorkbench } from '../support/workbench/testWorkbench';
import { WorkbenchPage } from '../support/workbench/workbenchPage';

export interface WorkbenchFigures {
  /** Nothing saved, signed in: from the opening of the container until every region is listed and saved. */
  readonly coldSavedMs: number;
  /** Of the extension host: active and nothing of AWS loaded, to everything listed and saved. */
  readonly memoryGrowth: HeldMemory & {
    /** VmRSS before anything was collected by request. */
    readonly uncollectedMib: number;
    /** VmRSS after a minute in which nobody did anything, and before that request too. */
    readonly restingMib: number;
  };
  /** From the saved inventory, the extension active: from the view's tree being attached to its first row being drawn. */
  readonly firstRowMs: readonly number[];
  /** The same of a view whose rows are there before anybody asks: what the workbench itself takes. */
  readonly bareFirstRowMs: readonly number[];
  readonly pickerKeystrokesMs: readonly number[];
  /** The same of a picker that is given as many items, made of nothing. */
  readonly barePickerKeystrokesMs: readonly number[];
}

const LISTED_WITHIN_MS = 240_000;
const HOST_WITHIN_MS = 60_000;
/** Of twenty accounts, three each. */
const REGIONS_LISTED = 60;
const REPEATED = 5;
/** The sidebar is left after the listing, so that nothing is listed again meanwhile. */
const REST_MS = 60_000;

/** What a person sees of ten thousand instances. */
export async function measureWorkbench(flags: readonly string[]): Promise<WorkbenchFigures> {
  const bare = new BareTree();
  try {
    return await measureBeside(bare, flags);
  } finally {
    bare.remove();
  }
}

async function measureBeside(bare: BareTree, flags: readonly string[]): Promise<WorkbenchFigures> {
  const workbench = await TestWorkbench.start({
    sandbox: flags,
    settings: FLEET_SETTINGS,
    besides: [bare.folder],
  });
  const browser = await launchBrowser();
  let memory: HostMemory | undefined;
  try {
    const context = await openContext(browser);
    const ui = await WorkbenchPage.open(context, workbench.url);
    await activate(ui);
    memory = await HostMemory.open(await extensionHost(workbench.home.root));
    const before = await memory.measure();
    await signInBeside(workbench);
    const startedAt = performance.now();
    await ui.openContainer('JIT Access');
    const instances = ui.view('Instances');
    await ui
      .treeRow(/0 connectable, \d+ total/, instances)
      .first()
      .waitFor({ timeout: LISTED_WITHIN_MS });
    await saved(workbench, REGIONS_LISTED);
    const coldSavedMs = Math.round(performance.now() - startedAt);
    const uncollectedMib = memory.residentMib() - before.residentMib;
    await ui.openContainer('Explorer');
    await new Promise(resolve => setTimeout(resolve, REST_MS));
    const restingMib = memory.residentMib() - before.residentMib;
    const after = await memory.measure();
    const memoryGrowth = {
      heldMib: after.heldMib - before.heldMib,
      residentMib: after.residentMib - before.residentMib,
      uncollectedMib,
      restingMib,
    };
    const barePickerKeystrokesMs = await typeInPicker(ui, BARE_PICKER);
    const pickerKeystrokesMs = await typeInPicker(ui, 'JIT Access: Connect to Instance…');
    const firstRowMs: number[] = [];
    const bareFirstRowMs: number[] = [];
    for (let time = 0; time < REPEATED; time++) {
      bareFirstRowMs.push(await firstRow(ui, BARE_CONTAINER, BARE_VIEW));
      firstRowMs.push(await firstRow(ui, 'JIT Access', 'Instances'));
    }
    return {
      coldSavedMs,
      memoryGrowth,
      firstRowMs,
      bareFirstRowMs,
      pickerKeystrokesMs,
      barePickerKeystrokesMs,
    };
  } finally {
    memory?.close();
    await browser.close();
    await workbench.stop();
  }
}

/** The extension is active, and nothing of AWS is loaded: it is asked for its log. */
async function activate(ui: WorkbenchPage): Promise<void> {
  await ui.page.locator('.activitybar').getByRole('tab', { name: 'JIT Access' }).waitFor();
  // The palette knows the commands a while after the window is drawn.
  await until(async () =>
    (await ui.paletteTitles('JIT Access: Show Log')).some(title => title.includes('Show Log')),
  );
  // A click into a palette that is still filled may be lost.
  const output = ui.page.locator('.part.panel').getByText('Output').first();
  await until(async () => {
    await ui.runCommand('JIT Access: Show Log');
    await output.waitFor({ timeout: 5_000 });
    return true;
  });
}

/** In a new window whose extension is active and whose view nobody has looked at yet. */
async function firstRow(ui: WorkbenchPage, container: string, view: string): Promise<number> {
  await ui.openContainer('Explorer');
  await ui.reloadWindow();
  await activate(ui);
  // A window goes on loading for some seconds after it is drawn.
  await ui.page.evaluate(QUIET);
  await ui.page.evaluate(watchFirstRow(view));
  await ui.openContainer(container);
  await ui.treeRow(/./, ui.view(view)).first().waitFor({ timeout: LISTED_WITHIN_MS });
  const { attachedAt, rowAt } = await ui.page.evaluate(
    () => (globalThis as unknown as { jitFirstRow: FirstRow }).jitFirstRow,
  );
  if (!(rowAt > attachedAt)) throw new Error('the view was there before anybody looked');
  return Math.round(rowAt - attachedAt);
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + HOST_WITHIN_MS;
  while (!(await isSo().catch(() => false))) {
    if (performance.now() > end) throw new Error('it did not come to be so');
  }
}

/** Resolves after three seconds in which whatever the page put off was done in time. */
const QUIET = `new Promise(resolve => {
  let [calm, last] = [0, performance.now()];
  const look = () => {
    const now = performance.now();
    calm = now - last < 70 ? calm + 1 : 0;
    last = now;
    if (calm === 60) resolve();
    else setTimeout(look, 50);
  };
  setTimeout(look, 50);
})`;

interface FirstRow {
  readonly attachedAt: number;
  readonly rowAt: number;
}

/** Runs in the page before the view is opened: notes when its tree is attached, and when it has its first row. */
const watchFirstRow = (view: string) => `{
  const seen = { attachedAt: NaN, rowAt: NaN };
  globalThis.jitFirstRow = seen;
  const observer = new MutationObserver(() => {
    const pane = [...document.querySelectorAll('.sidebar .pane')].find(one =>
      one.querySelector('.pane-header')?.textContent?.trim().toLowerCase().startsWith('${view.toLowerCase()}'));
    const tree = pane?.querySelector('.monaco-list');
    if (!tree) return;
    if (Number.isNaN(seen.attachedAt)) seen.attachedAt = performance.now();
    if (Number.isNaN(seen.rowAt) && tree.querySelector('.monaco-list-row')) {
      seen.rowAt = performance.now();
      observer.disconnect();
    }
  });
  observer.observe(document.body, { childList: true, subtree: true });
}`;

/** Each letter of a search in the picker, from the key to the last change of the list. */
async function typeInPicker(ui: WorkbenchPage, command: string): Promise<number[]> {
  await ui.runCommand(command);
  await ui.page.locator('.quick-input-list .monaco-list-row').first().waitFor();
  await ui.page.locator('.quick-input-list .monaco-list-row').nth(3).waitFor();
  const times: number[] = [];
  for (const key of 'web-12') {
    await ui.page.evaluate(WATCH_LIST);
    await ui.page.keyboard.press(key);
    times.push(Math.round(await ui.page.evaluate(() => (globalThis as unknown as Watched).jitList)));
  }
  await ui.page.keyboard.press('Escape');
  return times;
}

interface Watched {
  readonly jitList: Promise<number>;
}

const WATCH_LIST = `{
  globalThis.jitList = new Promise(resolve => {
    let pressedAt, changedAt, quiet;
    const list = document.querySelector('.quick-input-widget');
    const observer = new MutationObserver(() => {
      if (pressedAt === undefined) return;
      changedAt = performance.now();
      clearTimeout(quiet);
      quiet = setTimeout(done, 300);
    });
    const done = () => { observer.disconnect(); resolve(changedAt - pressedAt); };
    addEventListener('keydown', () => { pressedAt = performance.now(); }, { once: true, capture: true });
    observer.observe(list.querySelector('.quick-input-list'), { childList: true, subtree: true, characterData: true });
  });
  undefined;
}`;

/** Until the saved inventory holds every region: it is saved when all are listed. */
async function saved(workbench: TestWorkbench, regions: number): Promise<void> {
  const path = join(
    workbench.home.userData,
    'User',
    'globalStorage',
    'jit-access.jit-access-ec2',
    'inventory.ndjson',
  );
  const until = performance.now() + LISTED_WITHIN_MS;
  for (;;) {
    // A line says what it is, each further one is a region.
    if (existsSync(path) && readFileSync(path, 'utf8').trim().split('\n').length > regions) return;
    if (performance.now() > until) throw new Error('not everything was listed and saved');
    await new Promise(resolve => setTimeout(resolve, 200));
  }
}

/** The extension host whose home is in this folder; Linux tells it in /proc. */
async function extensionHost(root: string): Promise<number> {
  const until = performance.now() + HOST_WITHIN_MS;
  for (;;) {
    const found = findExtensionHost(root);
    if (found !== undefined) return found;
    if (performance.now() > until) throw new Error('there is no extension host');
    await new Promise(resolve => setTimeout(resolve, 200));
  }
}

function findExtensionHost(root: string): number | undefined {
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    try {
      const isHost = readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--type=extensionHost');
      if (isHost && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(root)) return Number(pid);
    } catch {
      // It has ended, or is another user's.
    }
  }
  return undefined;
}
