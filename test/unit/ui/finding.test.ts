import { describe, expect, it } from 'vitest';
import { instanceArn, instanceKey } from '../../../src/access/instance';
import { Emitter } from '../../../src/base/events';
import { instanceKeyOf } from '../../../src/ui/workbench/commandSubject';
import { InstanceFilter } from '../../../src/ui/instances/instanceFilter';
import { InstanceGrouping } from '../../../src/ui/instances/instanceGrouping';
import { InstanceMemory } from '../../../src/ui/instances/instanceMemory';
import { startSessionCommand } from '../../../src/ui/model/instances/cliCommand';
import { consoleLink } from '../../../src/ui/model/instances/consoleLink';
import { filterLink, parseFilterLink } from '../../../src/ui/model/instances/filterLink';
import {
  formatGrouping,
  parseGrouping,
  tagKeys,
  type Grouping,
} from '../../../src/ui/model/instances/grouping';
import { instanceRow } from '../../../src/ui/model/instances/instanceRow';
import { sourceLanguage as l10n } from '../../../src/ui/model/localizer';
import type { LiveSession } from '../../../src/ui/model/sessions/liveSession';
import { FakeClock } from '../../support/access/fakeClock';
import { backend1, instance, rowContext, web1 } from './samples';

/** VS Code's state of a workspace or a person. */
class Memento {
  readonly values = new Map<string, unknown>();

  keys(): readonly string[] {
    return [...this.values.keys()];
  }

  get<T>(key: string, fallback?: T): T {
    return (this.values.get(key) ?? fallback) as T;
  }

  update(key: string, value: unknown): Promise<void> {
    this.values.set(key, value);
    return Promise.resolve();
  }
}

describe('a link to a filter', () => {
  const link = (finding: Parameters<typeof filterLink>[2]) =>
    filterLink('vscode', 'jit-access.jit-access-ec2', finding);
  const read = (text: string) => {
    const url = new URL(text);
    return parseFilterLink({ path: url.pathname, query: url.search.slice(1) });
  };

  it.each<[string, Grouping]>([
    ['web Department=FrontEnd', { kind: 'account' }],
    ['"Cost Center"="Web *" a&b=c#d%20', { kind: 'region' }],
    ['ümlaut', { kind: 'tag', key: 'Cost Center/2' }],
    ['', { kind: 'tag', key: 'tag:odd' }],
  ])('leads back to %j', (filter, grouping) => {
    expect(read(link({ filter, grouping }))).toEqual({ filter, grouping });
  });

  it('is a plain address of the extension', () => {
    expect(link({ filter: 'web', grouping: { kind: 'account' } })).toBe(
      'vscode://jit-access.jit-access-ec2/filter?q=web',
    );
  });

  it.each([
    ['another path', { path: '/other', query: 'q=web' }],
    ['no filter', { path: '/filter', query: 'by=region' }],
    ['a filter nobody would type', { path: '/filter', query: `q=${'x'.repeat(401)}` }],
  ])('is none with %s', (_name, given) => expect(parseFilterLink(given)).toBeUndefined());
});

describe('a grouping', () => {
  it.each<Grouping>([{ kind: 'account' }, { kind: 'region' }, { kind: 'tag', key: 'Department' }])(
    'is kept as it is: %o',
    grouping => expect(parseGrouping(formatGrouping(grouping))).toEqual(grouping),
  );

  it.each([undefined, 7, 'tag:', 'colour'])('is by account for %j', value => {
    expect(parseGrouping(value)).toEqual({ kind: 'account' });
  });

  it('is kept for the workspace, and tells when it changes', () => {
    const memento = new Memento();
    const grouping = new InstanceGrouping(memento);
    const told: string[] = [];
    grouping.onDidChange(() => told.push(formatGrouping(grouping.current)));
    grouping.set({ kind: 'tag', key: 'env' });
    expect(told).toEqual(['tag:env']);
    expect(new InstanceGrouping(memento).current).toEqual({ kind: 'tag', key: 'env' });
  });

  it('offers the tags there are, the most widespread first, without names', () => {
    expect(tagKeys([web1, backend1, instance({ tags: { Name: 'a', zone: '1', area: '2' } })])).toEqual([
      { key: 'Department', count: 2 },
      { key: 'area', count: 1 },
      { key: 'zone', count: 1 },
    ]);
  });
});

describe('the filter of the tree', () => {
  it('follows what is tried, goes back when that is given up, and stays when it is set', () => {
    const filter = new InstanceFilter(new Memento());
    const told: string[] = [];
    filter.onDidChange(() => told.push(filter.text));
    filter.set('web');
    filter.try('web-');
    filter.try('web- ');
    filter.try(undefined);
    filter.try('db');
    filter.set('db');
    expect(told).toEqual(['web', 'web-', 'web', 'db', 'db']);
    expect(filter.kept).toBe('db');
  });

  it('keeps nothing of what is only tried', () => {
    const memento = new Memento();
    new InstanceFilter(memento).try('web');
    expect(new InstanceFilter(memento as never).text).toBe('');
  });
});

describe('what is remembered of instances', () => {
  class Hub {
    readonly #onDidChange = new Emitter<void>();
    readonly onDidChange = this.#onDidChange.event;
    sessions: LiveSession[] = [];

    open(id: string, one = web1, kind: LiveSession['kind'] = 'shell'): void {
      this.sessions = [{ id, kind, instance: one } as LiveSession, ...this.sessions];
      this.#onDidChange.fire();
    }

    change(): void {
      this.#onDidChange.fire();
    }
  }

  function remembering(memento = new Memento()) {
    const [hub, clock] = [new Hub(), new FakeClock()];
    return { memento, hub, clock, memory: new InstanceMemory({ state: memento, hub, clock }) };
  }

  it('is each session once, with its beginning, the newest instance first', async () => {
    const { hub, clock, memory } = remembering();
    const startedAt = clock.now();
    hub.open('s-1');
    await clock.advance(60_000);
    hub.change();
    hub.open('s-2', backend1, 'forward');
    const { marks } = memory;
    expect(marks.recent.map(({ label }) => label)).toEqual(['backend-1', 'web-1']);
    expect(marks.lastUse(instanceKey(web1))).toMatchObject({ kind: 'shell', at: startedAt });
    expect(marks.lastUse(instanceKey(backend1))).toMatchObject({ kind: 'forward', at: startedAt + 60_000 });
    hub.open('s-3');
    expect(memory.marks.recent.map(({ label }) => label)).toEqual(['web-1', 'backend-1']);
  });

  it('is a bounded number', () => {
    const { hub, memory } = remembering();
    for (let at = 0; at < 40; at += 1) hub.open(`s-${at}`, instance({ id: `i-${at}`, name: `n-${at}` }));
    expect(memory.marks.recent).toHaveLength(30);
    expect(memory.marks.recent[0]?.label).toBe('n-39');
  });

  it('is the favourites in the order they were chosen, until they are taken back', () => {
    const { memory, memento } = remembering();
    let told = 0;
    memory.onDidChange(() => (told += 1));
    memory.addFavourite(backend1);
    memory.addFavourite(web1);
    memory.addFavourite(backend1);
    expect(memory.marks.favourites.map(({ label }) => label)).toEqual(['web-1', 'backend-1']);
    expect(memory.marks.isFavourite(instanceKey(web1))).toBe(true);
    memory.removeFavourite(instanceKey(web1));
    expect(memory.marks.isFavourite(instanceKey(web1))).toBe(false);
    expect(told).toBe(4);
    expect(remembering(memento).memory.marks.favourites.map(({ label }) => label)).toEqual(['backend-1']);
  });

  it('is nothing of what makes no sense', () => {
    const memento = new Memento();
    memento.values.set('jitAccess.favouriteInstances', [{ key: 1 }, null, { key: 'a/b/c', label: 'fine' }]);
    memento.values.set('jitAccess.recentInstances', { odd: true });
    const { marks } = remembering(memento).memory;
    expect(marks.favourites.map(({ label }) => label)).toEqual(['fine']);
    expect(marks.recent).toEqual([]);
  });
});

describe('a command run on a favourite that is not listed', () => {
  it('knows which is meant', () => {
    expect(instanceKeyOf({ subject: { kind: 'missing', key: 'a/b/c', label: 'old-1' } })).toBe('a/b/c');
    expect(instanceKeyOf({ subject: { kind: 'missing' } })).toBeUndefined();
  });
});

describe('the console', () => {
  const at = (region: string, id = web1.id) => consoleLink({ region, id });

  it.each([
    ['eu-west-1', 'https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1#'],
    ['cn-north-1', 'https://cn-north-1.console.amazonaws.cn/ec2/home?region=cn-north-1#'],
    ['us-gov-west-1', 'https://us-gov-west-1.console.amazonaws-us-gov.com/ec2/home?region=us-gov-west-1#'],
    ['eusc-de-east-1', 'https://eusc-de-east-1.console.amazonaws-eusc.eu/ec2/home?region=eusc-de-east-1#'],
  ])('of %s is that of its partition', (region, start) => {
    expect(at(region)).toBe(`${start}InstanceDetails:instanceId=${web1.id}`);
  });

  it.each([
    ['us-iso-east-1', false],
    ['eu-west-1', true],
  ])('of %s is offered where it is known', (region, isKnown) => {
    expect(at(region) !== undefined).toBe(isKnown);
    const { capabilities } = instanceRow(l10n, { ...web1, region }, rowContext, '');
    expect(capabilities.includes('console')).toBe(isKnown);
  });

  it('of Systems Manager has the machines that EC2 does not know', () => {
    expect(at('us-gov-east-1', 'mi-0a7c')).toBe(
      'https://us-gov-east-1.console.amazonaws-us-gov.com/systems-manager/fleet-manager/managed-nodes/mi-0a7c/general?region=us-gov-east-1',
    );
  });

  it.each([
    ['us-east-1', 'i-1', 'arn:aws:ec2:us-east-1:123456789012:instance/i-1'],
    ['cn-northwest-1', 'i-1', 'arn:aws-cn:ec2:cn-northwest-1:123456789012:instance/i-1'],
    ['eusc-de-east-1', 'i-1', 'arn:aws-eusc:ec2:eusc-de-east-1:123456789012:instance/i-1'],
    ['us-isob-east-1', 'i-1', 'arn:aws-iso-b:ec2:us-isob-east-1:123456789012:instance/i-1'],
    ['us-gov-west-1', 'mi-1', 'arn:aws-us-gov:ssm:us-gov-west-1:123456789012:managed-instance/mi-1'],
  ])('and ARNs agree on the partition of %s', (region, id, arn) => {
    expect(instanceArn({ region, id, accountId: '123456789012' })).toBe(arn);
  });
});

describe('the AWS CLI’s command', () => {
  it.each([
    [undefined, `aws ssm start-session --target ${web1.id} --region us-east-1`],
    ['frontend-ssh', `aws ssm start-session --target ${web1.id} --region us-east-1 --profile frontend-ssh`],
    ['my $(id)', `aws ssm start-session --target ${web1.id} --region us-east-1 --profile 'my $(id)'`],
    ["it's", `aws ssm start-session --target ${web1.id} --region us-east-1 --profile 'it'\\''s'`],
  ])('as %s', (profile, expected) => expect(startSessionCommand(web1, profile)).toBe(expected));
});
