import { describe, expect, it } from 'vitest';
import type { JitAccessGrant } from '../../../src/api';
import type { Grant } from '../../../src/access/grant';
import { instanceKey, type Instance } from '../../../src/access/instance';
import { Emitter } from '../../../src/base/events';
import {
  commandArguments,
  forwardArguments,
  grantArguments,
  requestArguments,
  sessionArguments,
  shellArguments,
} from '../../../src/ui/workbench/commandArguments';
import type { Inventory } from '../../../src/ui/model/instances/inventory';
import { PublicApi } from '../../../src/ui/publicApi';
import { backend1, grant as activeGrant, web1 } from './samples';

function open(grants: readonly Grant[] = []) {
  const changed = new Emitter<void>();
  const asked: unknown[] = [];
  const world = { grants, listed: [web1], refreshed: 0 };
  const api = new PublicApi({
    ledger: {
      get grants() {
        return world.grants;
      },
      onDidChange: changed.event,
    },
    opener: {
      openShell: (instance: Instance) => {
        asked.push(['shell', instance.id]);
        return Promise.resolve(true);
      },
      forwardPort: (instance: Instance, to: object, localPort: number) => {
        asked.push(['forward', instance.id, to, localPort]);
        return Promise.resolve(true);
      },
    },
    requests: {
      open: wish => {
        asked.push(['request', wish]);
        return Promise.resolve();
      },
    },
    inventory: {
      ensureLoaded: () => Promise.resolve(),
      refresh: () => {
        world.refreshed++;
        return Promise.resolve();
      },
      find: (key: string) => world.listed.find(instance => instanceKey(instance) === key),
      get instances() {
        return world.listed;
      },
    } as unknown as Inventory,
  });
  return { api, asked, world, changed };
}

const invalid = expect.objectContaining({ code: 'argument-invalid' }) as Error;

describe('the API for other extensions', () => {
  it('shows grants as its types promise them, and nothing more', () => {
    const grant = activeGrant({ breakGlass: true });
    const { api } = open([grant]);
    expect(api.grants).toEqual([
      {
        requestId: grant.requestId,
        flowId: grant.flowId,
        flowLabel: grant.flowLabel,
        targetId: grant.targetId,
        label: grant.target.label,
        accountId: grant.target.accountId,
        state: 'active',
        breakGlass: true,
        endsAt: grant.effectiveEndsAt,
      },
    ]);
  });

  it('tells of changes of grants, and only of these', () => {
    const { api, world, changed } = open();
    const told: (readonly JitAccessGrant[])[] = [];
    const listening = api.onDidChangeGrants(grants => told.push(grants));
    changed.fire();
    expect(told).toEqual([]);
    world.grants = [activeGrant()];
    changed.fire();
    changed.fire();
    expect(told).toHaveLength(1);
    expect(told[0]?.[0]?.state).toBe('active');
    listening.dispose();
    world.grants = [];
    changed.fire();
    expect(told).toHaveLength(1);
  });

  it('opens the form, a shell, a forward', async () => {
    const { api, asked } = open();
    await api.requestAccess({ target: 'FrontEnd SSH', reason: 'runbook 7' });
    await api.requestAccess();
    expect(await api.openShell({ instance: web1.id })).toBe(true);
    expect(await api.forwardPort({ instance: instanceKey(web1), host: 'db.internal', port: 3306 })).toBe(
      true,
    );
    expect(asked).toEqual([
      ['request', { target: 'FrontEnd SSH', reason: 'runbook 7' }],
      ['request', {}],
      ['shell', web1.id],
      ['forward', web1.id, { port: 3306, host: 'db.internal' }, 0],
    ]);
  });

  it('refuses what makes no sense before it does anything', async () => {
    const { api, asked } = open();
    const wrong = (value: unknown) => value as never;
    await expect(api.requestAccess(wrong({ submit: true }))).rejects.toEqual(invalid);
    await expect(api.requestAccess({ reason: 'x'.repeat(257) })).rejects.toEqual(invalid);
    await expect(api.openShell(wrong({}))).rejects.toEqual(invalid);
    await expect(api.openShell({ instance: 'web-1' })).rejects.toEqual(invalid);
    await expect(api.forwardPort(wrong({ instance: web1.id }))).rejects.toEqual(invalid);
    await expect(api.forwardPort({ instance: web1.id, port: 70_000 })).rejects.toEqual(invalid);
    expect(asked).toEqual([]);
  });

  it('lists anew before it says that there is no such instance', async () => {
    const { api, world } = open();
    await expect(api.openShell({ instance: backend1.id })).rejects.toMatchObject({
      code: 'target-not-found',
    });
    expect(world.refreshed).toBe(1);
  });
});

describe('the arguments of commands', () => {
  it('may be absent, or a row of a tree', () => {
    const row = { id: 'x', subject: { kind: 'instance', instance: web1 }, capabilities: [] };
    for (const nothing of [undefined, null, row]) {
      expect(commandArguments('shell.open', shellArguments, nothing)).toEqual({});
      expect(commandArguments('port.forward', forwardArguments, nothing)).toEqual({});
    }
  });

  it('are what the README says', () => {
    const forward = { instance: web1.id, host: 'db.internal', port: 3306, localPort: 0 };
    expect(commandArguments('port.forward', forwardArguments, forward)).toEqual(forward);
    const wish = { instance: web1.id, target: 'FrontEnd SSH', reason: 'why', duration: '1h' };
    expect(commandArguments('access.request', requestArguments, wish)).toEqual(wish);
    expect(commandArguments('grant.extend', grantArguments, { target: 'FrontEnd SSH' })).toEqual({
      target: 'FrontEnd SSH',
    });
    expect(commandArguments('session.end', sessionArguments, { sessionId: 's' })).toEqual({ sessionId: 's' });
  });

  it.each([
    ['shell.open', shellArguments, 'i-060ee0879f3ec4eb7', 'must be an object'],
    ['shell.open', shellArguments, { instance: 'web-1' }, '"instance" must be an instance id'],
    ['shell.open', shellArguments, { colour: 'red' }, '"colour" is not known'],
    ['port.forward', forwardArguments, { port: '80' }, '"port" must be a number'],
    ['port.forward', forwardArguments, { port: 0 }, '"port" must be 1 to 65535'],
    ['port.forward', forwardArguments, { host: 'db' }, '"port" is missing'],
    ['port.forward', forwardArguments, { port: 80, host: 'a b' }, '"host" must be a host name'],
    ['access.request', requestArguments, { reason: 7 }, '"reason" must be text'],
    ['access.request', requestArguments, { duration: '1 hour' }, '"duration" must be a duration'],
    ['grant.giveBack', grantArguments, [], 'must be an object'],
  ] as const)('of %s are refused by name: %#', (command, schema, argument, words) => {
    expect(() => commandArguments<unknown>(command, schema, argument)).toThrow(
      expect.objectContaining({
        code: 'argument-invalid',
        message: expect.stringContaining(`jitAccess.${command}: ${words}`),
      }) as Error,
    );
  });
});
