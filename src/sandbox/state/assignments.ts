import { createHash } from 'node:crypto';
import type { Clock } from '../../base/clock';
import {
  ACCOUNTS,
  findPermissionSet,
  standingAssignments,
  type Account,
  type PermissionSet,
} from '../world/organization';
import type { Principal } from './principal';

interface Assignment {
  readonly user: string;
  readonly accountId: string;
  readonly permissionSet: string;
  /** A standing one, or the Sym run that made it. */
  readonly source: string;
  /** When the portal begins to show it: an assignment takes a while to be provisioned. Epoch milliseconds. */
  readonly visibleAt: number;
}

/** Who may take which permission set in which account, as Identity Center keeps it. */
export class Assignments {
  readonly #clock: Clock;
  #assignments: readonly Assignment[];
  #isHeld = false;

  constructor({ clock, accounts = ACCOUNTS }: { clock: Clock; accounts?: readonly Account[] }) {
    this.#clock = clock;
    this.#assignments = standingAssignments(accounts).map(standing => ({
      ...standing,
      source: 'standing',
      visibleAt: 0,
    }));
  }

  assign(
    assignment: { user: string; accountId: string; permissionSet: string; source: string },
    propagationMs: number,
  ): void {
    const visibleAt = this.#isHeld ? Number.POSITIVE_INFINITY : this.#clock.now() + propagationMs;
    this.#assignments = [...this.#assignments, { ...assignment, visibleAt }];
  }

  /** Back door. While held, no new assignment is provisioned; let go, all that waited for it are, at once. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    if (isHeld) return;
    const visibleAt = this.#clock.now();
    this.#assignments = this.#assignments.map(assignment =>
      assignment.visibleAt === Number.POSITIVE_INFINITY ? { ...assignment, visibleAt } : assignment,
    );
  }

  /** Takes back what `source` assigned. Credentials already handed out live on, as in AWS. */
  withdraw(source: string): void {
    this.#assignments = this.#assignments.filter(assignment => assignment.source !== source);
  }

  /** The permission sets the portal shows to a user, by account. */
  visibleTo(user: string): readonly { accountId: string; permissionSet: PermissionSet }[] {
    const now = this.#clock.now();
    const seen = new Map<string, { accountId: string; permissionSet: PermissionSet }>();
    for (const { accountId, permissionSet: name, visibleAt, user: holder } of this.#assignments) {
      const permissionSet = findPermissionSet(name);
      if (holder !== user || visibleAt > now || permissionSet === undefined) continue;
      seen.set(`${accountId}/${name}`, { accountId, permissionSet });
    }
    return [...seen.values()];
  }
}

/** The role a permission set becomes in an account, taken by a user. */
export function principalOf(user: string, accountId: string, set: PermissionSet): Principal {
  const role = `AWSReservedSSO_${set.name}_${set.suffix}`;
  return {
    accountId,
    permissionSet: set.name,
    userName: user,
    arn: `arn:aws:sts::${accountId}:assumed-role/${role}/${user}`,
    roleArn: `arn:aws:iam::${accountId}:role/aws-reserved/sso.amazonaws.com/${role}`,
    userId: `${roleId(accountId, set.name)}:${user}`,
    policies: set.policies,
  };
}

/** The same in every run, so that what a person noted down stays true. */
export function roleId(accountId: string, permissionSet: string): string {
  const digest = createHash('sha256').update(`${accountId}/${permissionSet}`).digest();
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  return `AROA${Array.from(digest.subarray(0, 17), byte => letters[byte & 31]).join('')}`;
}
