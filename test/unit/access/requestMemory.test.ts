import { describe, expect, it } from 'vitest';
import { RequestMemory, type FormContent } from '../../../src/access/requestMemory';
import { silentLog } from '../../../src/base/log';
import { MemoryStore } from '../../support/access/world';

const content = (reason: string, targetId = 'front'): FormContent => ({
  flowId: 'flow',
  targetId,
  values: { reason, duration: '30m', hosts: ['a', 'b'] },
  whenActive: 'nothing',
  forward: '',
  localPort: '',
});

function open(store = new MemoryStore()) {
  return new RequestMemory(store, silentLog);
}

describe('what was asked for before', () => {
  it('is remembered after a restart: reasons newest first and once each, and the last request of each target', () => {
    const store = new MemoryStore();
    const memory = open(store);
    memory.noteSent(content('one'));
    memory.noteSent(content('two', 'back'));
    memory.noteSent(content(' one '));
    const restored = open(store);
    expect(restored.reasons).toEqual(['one', 'two']);
    expect(restored.lastRequests.map(({ targetId, values }) => [targetId, values['reason']])).toEqual([
      ['front', ' one '],
      ['back', 'two'],
    ]);
  });

  it('keeps a fair number of everything', () => {
    const memory = open();
    for (let i = 0; i < 30; i++) {
      memory.noteSent(content(`reason ${i}`, `target ${i}`));
      memory.saveFavourite({ name: `favourite ${i}`, content: content('x') });
      memory.keepDraft(`subject ${i}`, content('x'));
    }
    expect(memory.reasons).toHaveLength(8);
    expect(memory.reasons[0]).toBe('reason 29');
    expect(memory.lastRequests).toHaveLength(20);
    expect(memory.favourites).toHaveLength(20);
    expect([memory.draft('subject 0'), memory.draft('subject 29')]).toEqual([undefined, content('x')]);
  });

  it('has favourites by name; the same name replaces', () => {
    const memory = open();
    memory.saveFavourite({ name: 'nightly', content: content('one') });
    memory.saveFavourite({ name: 'deploy', content: content('two') });
    memory.saveFavourite({ name: 'nightly', content: content('three') });
    expect(memory.favourites.map(({ name, content: { values } }) => [name, values['reason']])).toEqual([
      ['deploy', 'two'],
      ['nightly', 'three'],
    ]);
    memory.removeFavourite('nightly');
    expect(memory.favourites.map(({ name }) => name)).toEqual(['deploy']);
    const forInstance = { name: 'logs', content: content('four'), instanceKey: 'acc/region/i-1' };
    memory.saveFavourite(forInstance);
    expect(memory.favourites[1]).toEqual(forInstance);
  });

  it('keeps what was typed about a subject until it is sent or thrown away', () => {
    const memory = open();
    memory.keepDraft('web-1', content('half a'));
    memory.keepDraft('web-1', content('half a sentence'));
    memory.keepDraft('web-2', content('other'));
    expect(memory.draft('web-1')).toEqual(content('half a sentence'));
    memory.dropDraft('web-1');
    expect(memory.draft('web-1')).toBeUndefined();
    expect(memory.draft('web-2')).toEqual(content('other'));
  });

  it('is forgotten on request, and says so', () => {
    const memory = open();
    memory.noteSent(content('one'));
    memory.saveFavourite({ name: 'nightly', content: content('one') });
    memory.keepDraft('web-1', content('half'));
    expect(memory.isEmpty).toBe(false);
    let told = 0;
    memory.onDidChange(() => told++);
    memory.clear();
    expect(told).toBe(1);
    expect(memory.isEmpty).toBe(true);
  });

  it.each(['x', { reasons: 5 }, [1]])('starts empty over %j in the storage', state => {
    const store = new MemoryStore();
    store.save(state);
    const memory = open(store);
    expect([memory.reasons, memory.favourites, memory.isEmpty]).toEqual([[], [], true]);
    memory.noteSent(content('one'));
    expect(memory.reasons).toEqual(['one']);
  });

  it('is shared with another window as it writes', () => {
    const store = new MemoryStore();
    const [one, two] = [open(store), open(store)];
    one.noteSent(content('from one'));
    two.noteSent(content('from two'));
    expect(one.reasons).toEqual(['from two', 'from one']);
  });
});
