/** Credentials of a role for a while, or of a user for good. Never logged, never stored by us. */
export interface RoleCredential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Absent for the long-lived keys of an IAM user. */
  readonly sessionToken?: string;
  /** Epoch milliseconds; `Infinity` for keys that do not run out. */
  readonly expiresAt: number;
}

/**
 * Asked before calls, so that a client outlives the credentials it began with. `refused`: AWS takes these no longer, whatever their end says;
 * others are to be found. Throws `AppError`.
 */
export type CredentialSource = (refused?: RoleCredential) => Promise<RoleCredential>;

/** Whether one is the other, not merely of the same role. */
export function isSame(one: RoleCredential | undefined, other: RoleCredential | undefined): boolean {
  return one?.accessKeyId === other?.accessKeyId && one?.sessionToken === other?.sessionToken;
}

const EXPIRY_MARGIN_MS = 5 * 60_000;

/** Whether it is worth beginning something with: more than five minutes are left. */
export function isFresh(credential: RoleCredential, now: number): boolean {
  return credential.expiresAt - now > EXPIRY_MARGIN_MS;
}
