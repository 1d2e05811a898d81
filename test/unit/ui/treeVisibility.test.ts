import { describe, expect, it } from 'vitest';
import { Emitter, type Event } from '../../../src/base/events';
import { TreeVisibility } from '../../../src/ui/workbench/treeVisibility';
import { FakeClock } from '../../support/access/fakeClock';
import { MINUTE } from './samples';

class View {
  readonly clock = new FakeClock();
  readonly #onDidChangeVisibility = new Emitter<void>();
  readonly work: number[] = [];
  readonly visibility: TreeVisibility;

  constructor(public visible = true) {
    this.visibility = new TreeVisibility({
      view: this as Pick<View, 'visible' | 'onDidChangeVisibility'> as never,
      work: () => this.work.push(this.clock.now()),
      everyMs: MINUTE,
      clock: this.clock,
    });
  }

  get onDidChangeVisibility(): Event<void> {
    return this.#onDidChangeVisibility.event;
  }

  show(visible: boolean): void {
    this.visible = visible;
    this.#onDidChangeVisibility.fire();
  }
}

describe('work of a view', () => {
  it('is done at once, and at every interval while the view is seen', async () => {
    const view = new View();
    expect(view.work).toHaveLength(1);
    await view.clock.advance(3 * MINUTE);
    expect(view.work).toHaveLength(4);
  });

  it('rests while nobody looks', async () => {
    const view = new View(false);
    await view.clock.advance(10 * MINUTE);
    expect(view.work).toEqual([]);
    expect(view.clock.pending).toBe(0);
    view.show(true);
    expect(view.work).toHaveLength(1);
    view.show(false);
    await view.clock.advance(10 * MINUTE);
    expect(view.work).toHaveLength(1);
  });

  it('is not done again for a glance away, and is when the interval has passed meanwhile', async () => {
    const view = new View();
    await view.clock.advance(20_000);
    view.show(false);
    view.show(true);
    expect(view.work).toHaveLength(1);
    await view.clock.advance(40_000);
    expect(view.work).toHaveLength(2);
    view.show(false);
    await view.clock.advance(5 * MINUTE);
    view.show(true);
    expect(view.work).toHaveLength(3);
  });

  it('is made up for when it was asked for behind a hidden view', async () => {
    const view = new View();
    view.show(false);
    view.visibility.request();
    view.visibility.request();
    expect(view.work).toHaveLength(1);
    view.show(true);
    expect(view.work).toHaveLength(2);
    view.visibility.request();
    expect(view.work).toHaveLength(3);
    await view.clock.advance(MINUTE);
    expect(view.work).toHaveLength(4);
  });

  it('is due when the machine slept through it, and not put off by a clock that was set back', () => {
    const view = new View();
    view.clock.jump(60 * MINUTE);
    view.show(true);
    expect(view.work).toHaveLength(2);
    view.clock.jump(-180 * MINUTE);
    view.show(true);
    expect(view.work).toHaveLength(3);
  });

  it('ends with it', async () => {
    const view = new View();
    view.visibility.dispose();
    view.visibility.request();
    view.show(true);
    await view.clock.advance(5 * MINUTE);
    expect(view.work).toHaveLength(1);
    expect(view.clock.pending).toBe(0);
  });
});
