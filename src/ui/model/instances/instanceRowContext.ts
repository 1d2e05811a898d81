import type { Circumstances } from '../../../access/connectability';
import type { Flow } from '../../../access/flow';
import type { Grant } from '../../../access/grant';
import type { Instance } from '../../../access/instance';
import type { InstanceMarks } from './instanceMarks';

/** What a row or choice is made of beside its instance. */
export interface InstanceRowContext {
  readonly flows: readonly Flow[];
  readonly grants: readonly Grant[];
  readonly circumstances: (instance: Instance) => Circumstances;
  readonly marks: InstanceMarks;
  readonly now: number;
}
