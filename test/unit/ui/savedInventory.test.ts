import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/base/log';
import { InventoryFile } from '../../../src/ui/instances/inventoryFile';
import {
  decodeInventory,
  encodeInventory,
  type SavedInventory,
} from '../../../src/ui/model/instances/savedInventory';
import { ACCOUNT, backend1, instance, NOW, web1 } from './samples';

const rack = instance({ id: 'mi-0a7c', name: 'rack-7', state: 'unknown', tags: {} });
const stopped = instance({
  id: 'i-0a1',
  accountId: '999999999999',
  state: 'stopped',
  publicIp: '203.0.113.9',
  instanceType: 't3.micro',
  launchedAt: NOW - 1000,
  tags: { Name: 'web-9', 'Cost "Center"\n': '' },
});
delete (stopped as { ssm?: unknown }).ssm;
const saved: SavedInventory = {
  accountNames: new Map([[ACCOUNT, 'myco-prod']]),
  listings: [
    { accountId: ACCOUNT, region: 'us-east-1', listedAt: NOW, instances: [web1, backend1] },
    {
      accountId: ACCOUNT,
      region: 'eu-west-1',
      listedAt: NOW - 5000,
      instances: [rack, { ...stopped, region: 'eu-west-1', name: 'web-9' }],
    },
    { accountId: '210987654321', region: 'us-east-1', listedAt: NOW, instances: [] },
  ],
};
saved.listings[1]?.instances.forEach(one => Object.assign(one, { region: 'eu-west-1' }));
const text = [...encodeInventory(saved)].join('\n');

/** With its instances read. */
function wholly(found: SavedInventory | undefined): SavedInventory | undefined {
  return (
    found && {
      ...found,
      listings: found.listings.map(({ accountId, region, listedAt, instances }) => ({
        accountId,
        region,
        listedAt,
        instances,
      })),
    }
  );
}

describe('the words of a saved inventory', () => {
  it('come back as they went', () => {
    const found = decodeInventory(text);
    expect(found?.listings.map(({ saved: words }) => words?.count)).toEqual([2, 2, 0]);
    expect(wholly(found)).toEqual(saved);
  });

  it.each(['', 'no JSON', '[]', 'null', '{"schema":1}', '{"schema":"2"}', '{"accountNames":{}}'])(
    'are none when they begin with %j',
    head => {
      expect(decodeInventory([head, ...text.split('\n').slice(1)].join('\n'))).toBeUndefined();
    },
  );

  it('lose no more than the line that is broken or cut off', () => {
    const [head = '', first = '', second = ''] = text.split('\n');
    const whole = saved.listings.slice(0, 1);
    expect(wholly(decodeInventory([head, first, second.slice(0, -20)].join('\n')))?.listings).toEqual(whole);
    for (const odd of [
      '{}',
      '["12",1]',
      `["${ACCOUNT}","eu west",1,0,[]]`,
      `["${ACCOUNT}","eu-west-1","x",0,[]]`,
      `["${ACCOUNT}","eu-west-1",1,[]]`,
    ]) {
      expect(wholly(decodeInventory([head, odd, first].join('\n')))?.listings).toEqual(whole);
    }
  });

  it('lose no more than the instance that makes no sense', () => {
    const packed = (id: string, tags: unknown = {}) => [id, 'running', tags, 0, 0, 0, 0, 0, 0, 0];
    const line = JSON.stringify([
      ACCOUNT,
      'us-east-1',
      NOW,
      5,
      [packed('i-0; rm -rf ~'), packed('i-0a', { Name: 7 }), 'x', packed('i-0b'), ['i-0c', 'odd', {}]],
    ]);
    const found = decodeInventory([text.split('\n')[0], line].join('\n'))?.listings[0];
    expect(found?.saved?.count).toBe(5);
    expect(found?.instances.map(({ id, state }) => `${id} ${state}`)).toEqual([
      'i-0b running',
      'i-0c unknown',
    ]);
    expect(found?.saved?.count).toBe(2);
    const broken = `["${ACCOUNT}","us-east-1",1,7,[no JSON]]`;
    const none = decodeInventory([text.split('\n')[0], broken].join('\n'))?.listings[0];
    expect([none?.saved?.count, none?.instances, none?.saved?.count]).toEqual([7, [], 0]);
  });
});

describe('the file of a saved inventory', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'jit-inventory-'));
    path = join(folder, 'storage', 'inventory.ndjson');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is its owner’s alone, whole, and without a draft beside it', async () => {
    const file = new InventoryFile({ path, log: silentLog });
    expect(await file.load()).toBeUndefined();
    await file.save({ ...saved, listings: [] });
    await file.save(saved);
    expect(wholly(await file.load())).toEqual(saved);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, 'storage'))).toEqual(['inventory.ndjson']);
  });

  it('is done without when it cannot be read or written', async () => {
    const blocked = new InventoryFile({ path: join(path, 'below-a-file'), log: silentLog });
    await new InventoryFile({ path, log: silentLog }).save(saved);
    await blocked.save(saved);
    expect(await blocked.load()).toBeUndefined();
    writeFileSync(path, readFileSync(path, 'utf8').replace('"schema":2', '"schema":99'));
    expect(await new InventoryFile({ path, log: silentLog }).load()).toBeUndefined();
  });
});
