import type { Instance } from '../../../access/instance';
import type { Profile } from '../../../access/profile';
import type { ConfigProblem } from '../../../aws/awsConfig';
import type { AppError } from '../../../base/errors';
import type { Row } from '../row';
import type { SsoSessionListing } from './inventorySnapshot';

/** What a row of the view is about. */
export type InstanceSubject =
  | { readonly kind: 'session'; readonly session: SsoSessionListing }
  | { readonly kind: 'profile'; readonly profile: Profile }
  | { readonly kind: 'grant'; readonly requestId: string }
  | { readonly kind: 'account'; readonly accountId: string }
  | { readonly kind: 'region'; readonly accountId: string; readonly region: string }
  | { readonly kind: 'group'; readonly id: string }
  | { readonly kind: 'instance'; readonly instance: Instance }
  /** Stands for those that are too many to be shown. */
  | { readonly kind: 'more' }
  /** A favourite that is not among the listed instances. */
  | { readonly kind: 'missing'; readonly key: string; readonly label: string }
  | { readonly kind: 'problem'; readonly about: string; readonly error: AppError }
  | { readonly kind: 'configProblem'; readonly problem: ConfigProblem };

export type InstanceTreeRow = Row<InstanceSubject>;
