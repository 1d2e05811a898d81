import { beforeEach, describe, expect, it } from 'vitest';
import type { Memento } from 'vscode';
import { FakeClock } from '../../support/access/fakeClock';
import { MementoStore } from '../../../src/ui/workbench/mementoStore';

/** VS Code's own, as far as it matters: all keys are written together in its own time, and what was written is told to everybody. */
class EchoingMemento implements Memento {
  #value: Readonly<Record<string, unknown>> = {};
  #waiting: (() => void)[] = [];
  readonly written: string[] = [];

  keys(): readonly string[] {
    return Object.keys(this.#value);
  }

  readonly get = ((key: string) => this.#value[key]) as Memento['get'];

  update(key: string, value: unknown): Promise<void> {
    this.#value = { ...this.#value, [key]: value };
    return new Promise(resolve => this.#waiting.push(resolve));
  }

  setKeysForSync(): void {}

  /** Writes what it holds. */
  async flush(): Promise<void> {
    this.written.push(JSON.stringify(this.#value));
    for (const resolve of this.#waiting.splice(0)) resolve();
    await new Promise(setImmediate);
  }

  /** Takes over what it is told was written, by this window or another. */
  hear(text: string | undefined): void {
    this.#value = JSON.parse(text ?? '{}') as Record<string, unknown>;
  }
}

describe('what is kept in the storage of VS Code', () => {
  let memento: EchoingMemento;
  let store: MementoStore;
  let clock: FakeClock;
  beforeEach(() => {
    memento = new EchoingMemento();
    clock = new FakeClock();
    store = new MementoStore(memento, 'memory', clock);
  });

  it('is there at once, and once it is written', async () => {
    store.save(['one']);
    expect(store.load()).toEqual(['one']);
    await memento.flush();
    expect(store.load()).toEqual(['one']);
    expect(memento.written).toEqual(['{"memory":["one"]}']);
  });

  it('survives the echo of an older write that comes before it is written itself', async () => {
    store.save(['one']);
    await memento.flush();
    store.save(['one', 'two']);
    memento.hear(memento.written[0]);
    expect(store.load()).toEqual(['one', 'two']);
    await memento.flush();
    await memento.flush();
    expect(memento.written.at(-1)).toBe('{"memory":["one","two"]}');
    expect(store.load()).toEqual(['one', 'two']);
  });

  it('survives it for each of several writes at once', async () => {
    store.save(1);
    await memento.flush();
    store.save(2);
    store.save(3);
    memento.hear(memento.written[0]);
    await memento.flush();
    await memento.flush();
    expect(memento.written.at(-1)).toBe('{"memory":3}');
    memento.hear('{"memory":4}');
    expect(store.load()).toBe(4);
  });

  it('does not write over what another window wrote since', async () => {
    store.save(['mine']);
    memento.hear('{"memory":["theirs"]}');
    await memento.flush();
    expect(store.load()).toEqual(['theirs']);
    const { length } = memento.written;
    await memento.flush();
    expect(memento.written.slice(length)).toEqual(['{"memory":["theirs"]}']);
  });

  it('survives an echo that comes after it was written, and writes again with the next', async () => {
    store.save(['one']);
    await memento.flush();
    store.save(['one', 'two']);
    await memento.flush();
    memento.hear(memento.written[0]);
    expect(store.load()).toEqual(['one', 'two']);
    store.save([...(store.load() as string[]), 'three']);
    await memento.flush();
    expect(memento.written.at(-1)).toBe('{"memory":["one","two","three"]}');
  });

  it('writes again what an echo has taken back, though nobody asks or saves', async () => {
    store.save(['draft']);
    await memento.flush();
    store.save([]);
    await memento.flush();
    // Another key is written while the older state stands, and with it that state.
    memento.hear(memento.written[0]);
    await clock.advance(500);
    await memento.flush();
    expect(memento.written.at(-1)).toBe('{"memory":[]}');
    memento.hear(memento.written[0]);
    await clock.advance(2_000);
    await memento.flush();
    expect(memento.written.at(-1)).toBe('{"memory":[]}');
    await clock.advance(60_000);
    expect(store.load()).toEqual([]);
  });

  it('looks no more once another window has written', async () => {
    store.save(['mine']);
    await memento.flush();
    store.save(['mine', 'too']);
    await memento.flush();
    memento.hear('{"memory":["theirs"]}');
    await clock.advance(60_000);
    await memento.flush();
    expect(store.load()).toEqual(['theirs']);
    expect(memento.written.at(-1)).toBe('{"memory":["theirs"]}');
  });

  it('takes an older state that comes back much later for what it is', async () => {
    store.save('old');
    await memento.flush();
    store.save('new');
    await memento.flush();
    await clock.advance(60_000);
    memento.hear(memento.written[0]);
    expect(store.load()).toBe('old');
  });
});
