import type { Instance } from '../../access/instance';
import { AppError } from '../../base/errors';
import type { Inventory } from '../model/instances/inventory';

/** The listed instance of this id or key; lists anew before it gives up. Throws `target-not-found`. */
export async function namedInstance(inventory: Inventory, name: string): Promise<Instance> {
  await inventory.ensureLoaded();
  const find = () =>
    name.includes('/') ? inventory.find(name) : inventory.instances.find(instance => instance.id === name);
  const known = find();
  if (known) return known;
  // A grant may be known before anybody could list what it reaches.
  await inventory.refresh();
  const found = find();
  if (found) return found;
  throw new AppError('target-not-found', `${name} is not among the listed instances`, {
    details: { instance: name },
  });
}
