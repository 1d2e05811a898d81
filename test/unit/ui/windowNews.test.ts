import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Emitter } from '../../../src/base/events';
import { silentLog } from '../../../src/base/log';
import type { LedgerTransition, TransitionKind } from '../../../src/access/ledger';
import { OnceOnly } from '../../../src/ui/model/access/onceOnly';
import { WindowNews } from '../../../src/ui/model/access/windowNews';
import { FakeClock } from '../../support/access/fakeClock';
import { grant, MINUTE, request } from './samples';

const SECOND = 1000;

let folder: string;
let clock: FakeClock;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'told-'));
  // Files are stamped by the machine's clock.
  clock = new FakeClock(Date.now());
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const once = (at = join(folder, 'told')) => new OnceOnly({ folder: at, log: silentLog });

describe('OnceOnly', () => {
  it('lets one window do a thing, and each thing be done', () => {
    const [one, two] = [once(), once()];
    expect(one.claim('a', clock.now())).toBe(true);
    expect(two.claim('a', clock.now())).toBe(false);
    expect(one.claim('a', clock.now())).toBe(false);
    expect(two.claim('b', clock.now())).toBe(true);
  });

  it('lets it be done anew after the time that was named', () => {
    expect(once().claim('a', clock.now())).toBe(true);
    expect(once().claim('a', clock.now() + 4 * MINUTE, 5 * MINUTE)).toBe(false);
    expect(once().claim('a', clock.now() + 6 * MINUTE, 5 * MINUTE)).toBe(true);
  });

  it('would rather do it twice than never', () => {
    const file = join(folder, 'in-the-way');
    writeFileSync(file, '');
    expect(once(file).claim('a', clock.now())).toBe(true);
    expect(once(file).claim('a', clock.now())).toBe(true);
  });

  it('forgets what is long done', () => {
    const told = join(folder, 'told');
    once().claim('old', clock.now());
    const [old] = readdirSync(told);
    const longAgo = new Date(clock.now() - 31 * 86_400_000);
    utimesSync(join(told, old!), longAgo, longAgo);
    once().claim('new', clock.now());
    once().sweep(clock.now());
    expect(readdirSync(told)).toHaveLength(1);
    once(join(folder, 'never')).sweep(clock.now());
  });
});

class TestWindow {
  readonly here = new Emitter<LedgerTransition>();
  readonly elsewhere = new Emitter<LedgerTransition>();
  readonly told: string[] = [];
  readonly acted: string[] = [];
  focused: boolean;
  readonly news: WindowNews;

  constructor(focused: boolean) {
    this.focused = focused;
    this.news = new WindowNews({
      ledger: { onDidTransition: this.here.event, onDidTransitionElsewhere: this.elsewhere.event },
      once: once(),
      isFocused: () => this.focused,
      clock,
    });
    this.news.onDidHappen(({ kind }) => this.told.push(kind));
    this.news.onDidBecomeActive(({ kind }) => this.acted.push(kind));
  }
}

const happened = (kind: TransitionKind, more: Partial<LedgerTransition> = {}): LedgerTransition => ({
  kind,
  request: request(),
  grant: grant(),
  ...more,
});

describe('WindowNews', () => {
  it('shows a thing in the window that somebody looks at, whoever found out', async () => {
    const [back, front] = [new TestWindow(false), new TestWindow(true)];
    back.here.fire(happened('denied'));
    await clock.advance(SECOND);
    front.elsewhere.fire(happened('denied'));
    await clock.advance(10 * SECOND);
    expect([back.told, front.told]).toEqual([[], ['denied']]);
  });

  it('shows it once where both found out, and in the background when nobody looks', async () => {
    const [one, two] = [new TestWindow(true), new TestWindow(true)];
    one.here.fire(happened('active'));
    two.here.fire(happened('active'));
    one.focused = two.focused = false;
    two.here.fire(happened('ended'));
    one.elsewhere.fire(happened('ended'));
    await clock.advance(10 * SECOND);
    expect([...one.told, ...two.told]).toEqual(['active', 'ended']);
  });

  it('acts where it was asked, in whichever window that was', async () => {
    const [asked, other] = [new TestWindow(false), new TestWindow(true)];
    asked.here.fire(happened('submitted'));
    other.elsewhere.fire(happened('submitted'));
    other.here.fire(happened('active'));
    await clock.advance(SECOND);
    asked.elsewhere.fire(happened('active'));
    await clock.advance(10 * SECOND);
    expect([asked.acted, other.acted]).toEqual([['active'], []]);
  });

  it('acts once when the window that asked is gone, or was reloaded', async () => {
    const [one, two] = [new TestWindow(true), new TestWindow(false)];
    one.here.fire(happened('active'));
    two.elsewhere.fire(happened('active'));
    await clock.advance(3 * SECOND);
    expect([...one.acted, ...two.acted]).toEqual([]);
    await clock.advance(5 * SECOND);
    expect([...one.acted, ...two.acted]).toEqual(['active']);
  });

  it('tells each warning, and again when the end has moved out and come near anew', async () => {
    const window = new TestWindow(true);
    window.here.fire(happened('warning', { warningMs: 5 * MINUTE }));
    window.here.fire(happened('warning', { warningMs: 5 * MINUTE }));
    window.here.fire(happened('warning', { warningMs: MINUTE }));
    expect(window.told).toEqual(['warning', 'warning']);
    await clock.advance(6 * MINUTE);
    window.here.fire(happened('warning', { warningMs: 5 * MINUTE }));
    expect(window.told).toHaveLength(3);
  });

  it('tells nothing after it is gone', async () => {
    const window = new TestWindow(false);
    window.here.fire(happened('ended'));
    window.news.dispose();
    await clock.advance(10 * SECOND);
    expect(window.told).toEqual([]);
  });
});
