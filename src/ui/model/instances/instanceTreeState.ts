import type { Instance } from '../../../access/instance';
import type { Grouping } from './grouping';
import type { InstanceRowContext } from './instanceRowContext';
import type { InventorySnapshot } from './inventorySnapshot';
import type { SearchIndex } from './searchIndex';

/** All that the view is drawn from. */
export interface InstanceTreeState extends InstanceRowContext {
  readonly inventory: InventorySnapshot;
  /** By `instanceKey`. */
  readonly find: (key: string) => Instance | undefined;
  readonly filter: string;
  readonly search: SearchIndex;
  readonly grouping: Grouping;
}
