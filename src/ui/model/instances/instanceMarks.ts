/** When an instance was last connected to from here. */
export interface LastUse {
  readonly kind: 'shell' | 'forward';
  /** Epoch milliseconds of the beginning. */
  readonly at: number;
}

/** An instance that is remembered beyond what the inventory knows of it. */
export interface RememberedInstance {
  /** Its `instanceKey`. */
  readonly key: string;
  /** What it was called. */
  readonly label: string;
}

/** What a person did with instances before. */
export interface InstanceMarks {
  isFavourite(key: string): boolean;
  lastUse(key: string): LastUse | undefined;
  /** As they were chosen. */
  readonly favourites: readonly RememberedInstance[];
  /** Newest first. */
  readonly recent: readonly RememberedInstance[];
}
