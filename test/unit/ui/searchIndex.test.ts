import { describe, expect, it } from 'vitest';
import { instanceKey, instanceLabel, type Instance } from '../../../src/access/instance';
import { InstanceChoices } from '../../../src/ui/model/instances/instanceChoices';
import { parseFilter } from '../../../src/ui/model/instances/instanceFilter';
import { sourceLanguage as l10n } from '../../../src/ui/model/localizer';
import { SearchIndex } from '../../../src/ui/model/instances/searchIndex';
import { backend1, flow, grant, instance, noMarks, rowContext, web1 } from './samples';

const matches = (one: Instance, filter: string) => new SearchIndex().matches(one, filter);

function named(name: string | undefined, id = `i-0${name ?? 'none'}`): Instance {
  const { name: _, ...rest } = instance({ id, tags: {} });
  return name === undefined ? rest : { ...rest, name };
}

describe('the filter', () => {
  it.each([
    ['web', true],
    ['WEB', true],
    ['i-060e', true],
    ['10.0.1', true],
    ['Department=FrontEnd', true],
    ['department=front*', true],
    ['Department=Front', false],
    ['Department=Fron?End', true],
    ['Department=Fron?end?', false],
    ['Department=*', true],
    ['Owner=*', false],
    ['partment=FrontEnd', false],
    ['web Department=FrontEnd', true],
    ['web Department=BackEnd', false],
    ['frontend', true],
    ['', true],
    ['   ', true],
    ['=x', false],
  ])('%s', (filter, expected) => expect(matches(web1, filter)).toBe(expected));

  it('keeps a quoted tag with spaces whole', () => {
    const one = instance({ tags: { 'Cost Center': 'Web Shop' } });
    expect(matches(one, '"Cost Center=Web Shop"')).toBe(true);
    expect(matches(one, '"Cost Center"="Web *"')).toBe(true);
    expect(matches(one, '"Cost Center=Other"')).toBe(false);
  });

  it('takes characters of regular expressions literally', () => {
    expect(matches(instance({ tags: { v: 'a.b' } }), 'v=a.b')).toBe(true);
    expect(matches(instance({ tags: { v: 'axb' } }), 'v=a.b')).toBe(false);
  });

  it('takes no field, and no second line of a tag, for a tag', () => {
    const one = instance({ name: 'Owner=sam', tags: { note: 'see\nOwner=sam' } });
    expect(matches(one, 'Owner=sam')).toBe(false);
    expect(matches(one, 'note=*sam')).toBe(true);
  });

  it('tells tags apart whose keys differ in case only', () => {
    const one = instance({ tags: { team: 'red', Team: 'blue' } });
    expect(matches(one, 'TEAM=blue')).toBe(true);
    expect(matches(one, 'TEAM=red')).toBe(true);
    expect(matches(one, 'TEAM=green')).toBe(false);
  });
});

describe('the index', () => {
  it('sorts numbers by value, and those without a name last', () => {
    const index = new SearchIndex();
    const sorted = index.byName([named(undefined), named('web-10'), named('web-2'), named('Älfa')]);
    expect(sorted.map(({ name }) => name)).toEqual(['Älfa', 'web-2', 'web-10', undefined]);
  });

  it('tells namesakes apart in the same order each time', () => {
    const index = new SearchIndex();
    const [a, b] = [named('web', 'i-0a'), named('web', 'i-0b')];
    expect(index.byName([b, a])).toEqual([a, b]);
    expect(index.byName([a, b])).toEqual([a, b]);
  });

  it('keeps the order of the list that it searches', () => {
    const index = new SearchIndex();
    expect(index.find([named('web-10'), named('db'), named('web-2')], 'web').map(({ name }) => name)).toEqual(
      ['web-10', 'web-2'],
    );
  });

  it('answers for the list that it is given now, and with the filter of now', () => {
    const index = new SearchIndex();
    const before = [named('web-1')];
    const after = [named('web-1'), named('web-2')];
    expect(index.find(before, 'web')).toHaveLength(1);
    expect(index.find(after, 'web')).toHaveLength(2);
    expect(index.find(after, 'web-2')).toHaveLength(1);
    expect(index.find(after, '')).toBe(after);
  });

  it.each([
    'web-12 Department=FrontEnd db',
    'Department=Fr*End web',
    '"Cost Center=Web *" web -1',
    'web=1 =x a=',
    'nothing-like-it',
  ])('finds the same while “%s” is typed and taken back as it does anew', filter => {
    const list = Array.from({ length: 40 }, (_, at) =>
      instance({
        id: `i-0${at}`,
        name: at % 3 === 0 ? `web-${at}` : `db-${at}`,
        tags: {
          Department: at % 2 === 0 ? 'FrontEnd' : 'BackEnd',
          ...(at % 5 === 0 ? { 'Cost Center': 'Web Shop', web: '1' } : {}),
        },
      }),
    );
    const index = new SearchIndex();
    const lengths = Array.from(filter, (_, at) => at + 1);
    for (const length of [...lengths, ...lengths.reverse()]) {
      const typed = filter.slice(0, length);
      expect(index.find(list, typed), typed).toEqual(new SearchIndex().find(list, typed));
    }
  });

  it('looks for a longer word only in what the shorter one has left', () => {
    const test = (filter: string) => parseFilter(filter) ?? expect.fail(filter);
    const narrows = (longer: string, shorter: string) => test(longer).narrows(test(shorter));
    expect(narrows('web-1', 'web')).toBe(true);
    expect(narrows('web Department=FrontEnd', 'we')).toBe(true);
    expect(narrows('Owner=a web', 'Owner=a')).toBe(true);
    expect(narrows('web', 'web-1')).toBe(false);
    expect(narrows('Department=Front', 'Department=Fron')).toBe(false);
    expect(narrows('Department=', 'Department')).toBe(false);
    expect(narrows('Department=F*', 'Department=Fr*')).toBe(false);
  });

  it('does not search or sort the same list twice', () => {
    const index = new SearchIndex();
    const list = [named('web-1'), named('db')];
    expect(index.find(list, 'web')).toBe(index.find(list, 'web'));
    expect(index.byName(list)).toBe(index.byName(list));
  });
});

describe('the choices of a picker', () => {
  const choices = (instances: readonly Instance[], isWanted = (_: Instance) => true) =>
    new InstanceChoices({
      l10n,
      search: new SearchIndex(),
      instances,
      context: { ...rowContext, flows: [flow], grants: [grant()] },
      isWanted,
    });

  it('begin with what can be connected to, then what can be asked for', () => {
    const stopped = instance({ id: 'i-0c', name: 'a-stopped', state: 'stopped' });
    const { shown, more } = choices([stopped, backend1, web1]).find('');
    expect(shown.map(({ instance: { name }, state }) => [name, state.rank])).toEqual([
      ['web-1', 0],
      ['backend-1', 1],
      ['a-stopped', 2],
    ]);
    expect(more).toBe(0);
  });

  it('have the person’s own on top, each once, as they were chosen and used', () => {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(name => named(name)) as [
      Instance,
      Instance,
      Instance,
      Instance,
    ];
    const known = (one: Instance) => ({ key: instanceKey(one), label: instanceLabel(one) });
    const marks = { ...noMarks, favourites: [known(d), known(b)], recent: [known(c), known(b)] };
    const found = new InstanceChoices({
      l10n,
      search: new SearchIndex(),
      instances: [a, b, c, d],
      context: { ...rowContext, flows: [flow], marks },
      isWanted: () => true,
    }).find('');
    expect(found.shown.map(({ instance: { name }, section }) => [name, section])).toEqual([
      ['d', 'favourites'],
      ['b', 'favourites'],
      ['c', 'recent'],
      ['a', 'askable'],
    ]);
  });

  it('are those that are wanted and that the filter means', () => {
    const found = choices([backend1, web1], ({ name }) => name !== 'web-1');
    expect(found.find('').shown.map(choice => choice.instance)).toEqual([backend1]);
    expect(found.find('Department=FrontEnd').shown).toEqual([]);
  });

  it('are not all ten thousand at once, and say how many more there are', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => named(`web-${index}`));
    const { shown, more } = choices(many).find('web');
    expect(shown.length).toBeGreaterThan(20);
    expect(shown.length + more).toBe(1_000);
    expect(choices(many).find('web-999').more).toBe(0);
  });
});
