import type { Instance } from '../../../access/instance';
import type { Profile, SignInState, SsoSession } from '../../../access/profile';
import type { AwsConfigSnapshot } from '../../../aws/awsConfig';
import type { AppError } from '../../../base/errors';
import type { SavedInstances } from './savedInventory';

/** The instances of one region of one account, or why there are none. */
export interface RegionListing {
  readonly accountId: string;
  readonly region: string;
  readonly state: 'loading' | 'ready' | 'failed';
  /** Of a listing that failed, what was known before; empty where AWS refuses to tell. */
  readonly instances: readonly Instance[];
  /** Where `instances` are from, when they stand in the words that they were saved in until somebody asks for them. */
  readonly saved?: SavedInstances;
  /** The instances are not the last attempt's answer: they were saved, or kept through a failure. They are of `listedAt`. */
  readonly isLastKnown?: true;
  /** The profile that could list. */
  readonly via?: Profile;
  readonly error?: AppError;
  /** Systems Manager could not be asked, so nobody knows which of the instances can be reached. */
  readonly ssmError?: AppError;
  /** Epoch milliseconds of the answer that the instances are from. */
  readonly listedAt?: number;
}

export interface SsoSessionListing {
  readonly session: SsoSession;
  readonly signIn: SignInState;
  readonly profiles: readonly Profile[];
}

export interface AccountListing {
  readonly accountId: string;
  readonly profiles: readonly Profile[];
  readonly regions: readonly RegionListing[];
}

/** Immutable; replaced whole on every change. */
export interface InventorySnapshot {
  /** Undefined until the files were read once. */
  readonly config?: AwsConfigSnapshot;
  readonly sessions: readonly SsoSessionListing[];
  /** Accounts with a sign-in that is good; and, as they were last known, those whose sign-in has run out. */
  readonly accounts: readonly AccountListing[];
  /** By account id, as far as the portal told. */
  readonly accountNames: ReadonlyMap<string, string>;
  readonly refreshing: boolean;
  /** AWS is being asked, or was: before, nobody has looked, or what is known without asking is still being drawn. */
  readonly isAsked?: true;
}

/** One account's region, in words that are unique. */
export function placeOf({
  accountId,
  region,
}: {
  readonly accountId: string;
  readonly region: string;
}): string {
  return `${accountId}/${region}`;
}

/** How many instances a listing has, without reading them. */
export function instanceCount(listing: Pick<RegionListing, 'instances' | 'saved'>): number {
  return listing.saved?.count ?? listing.instances.length;
}
