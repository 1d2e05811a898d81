import { APPROVER_POLICY, APPROVER_SET, REQUESTER_POLICY, REQUESTER_SET } from './nodeAccess';
import {
  departmentForwardPolicy,
  departmentSshPolicy,
  VIEW_ONLY_POLICY,
  type PolicyDocument,
} from './policies';

export interface Account {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

export interface User {
  readonly email: string;
  readonly displayName: string;
}

/** A permission set of Identity Center, which becomes one role in each account. */
export interface PermissionSet {
  readonly name: string;
  /** Sixteen hex digits that end the role's name. */
  readonly suffix: string;
  readonly sessionDurationMs: number;
  readonly policies: readonly PolicyDocument[];
}

export interface StandingAssignment {
  readonly user: string;
  readonly accountId: string;
  readonly permissionSet: string;
}

const HOUR_MS = 3_600_000;

export const PROD: Account = { id: '123456789012', name: 'myco-prod', email: 'aws-prod@myco.example' };
export const DEV: Account = { id: '210987654321', name: 'myco-dev', email: 'aws-dev@myco.example' };
export const ACCOUNTS: readonly Account[] = [PROD, DEV];

/** The organisation with `count` accounts: the two of the stories, and one per team beyond them, the same ones every time. */
export function accountsOf(count: number): readonly Account[] {
  const teams = Array.from({ length: Math.max(0, count - ACCOUNTS.length) }, (_, index) => {
    const name = `myco-team-${String(index + ACCOUNTS.length + 1).padStart(2, '0')}`;
    return {
      id: String(310_000_000_000 + index * 1_234_567_891),
      name,
      email: `${name.replace('myco', 'aws')}@myco.example`,
    };
  });
  return [...ACCOUNTS, ...teams];
}

export const SAM: User = { email: 'sam@myco.example', displayName: 'Sam Rivera' };
/** Approves in the stories; also the second person whose sessions are not Sam's. */
export const ANA: User = { email: 'ana@myco.example', displayName: 'Ana Okafor' };
export const USERS: readonly User[] = [SAM, ANA];

export const START_URL = 'https://myco.awsapps.com/start';
export const SSO_REGION = 'us-east-1';

/** Regions that DescribeRegions lists. Instances live in the first two named by the world, the rest are empty. */
export const REGIONS: readonly string[] = [
  'ap-northeast-1',
  'ap-southeast-2',
  'eu-central-1',
  'eu-west-1',
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
];

export const PERMISSION_SETS: readonly PermissionSet[] = [
  {
    name: 'FrontEndSSHAccess',
    suffix: '62bd274a20760ba0',
    sessionDurationMs: 2 * HOUR_MS,
    policies: [departmentSshPolicy('FrontEnd')],
  },
  {
    name: 'BackEndSSHAccess',
    suffix: '0c1f5a9be44d7731',
    sessionDurationMs: 2 * HOUR_MS,
    policies: [departmentSshPolicy('BackEnd')],
  },
  {
    name: 'FrontEndTunnelAccess',
    suffix: '7a90e3c85d12f64b',
    sessionDurationMs: 2 * HOUR_MS,
    policies: [departmentForwardPolicy('FrontEnd')],
  },
  {
    name: 'ViewOnlyAccess',
    suffix: 'd4e8b1720f6c935a',
    sessionDurationMs: 8 * HOUR_MS,
    policies: [VIEW_ONLY_POLICY],
  },
  {
    name: REQUESTER_SET,
    suffix: '3f6e9b07c2a81d54',
    sessionDurationMs: 8 * HOUR_MS,
    policies: [REQUESTER_POLICY],
  },
  {
    name: APPROVER_SET,
    suffix: '91c4d70e5ba2f368',
    sessionDurationMs: 8 * HOUR_MS,
    policies: [APPROVER_POLICY],
  },
];

/** Everyone may look and ask everywhere. */
export function standingAssignments(accounts: readonly Account[]): readonly StandingAssignment[] {
  return [
    ...USERS.flatMap(user =>
      accounts.flatMap(account =>
        ['ViewOnlyAccess', REQUESTER_SET, APPROVER_SET].map(permissionSet => ({
          user: user.email,
          accountId: account.id,
          permissionSet,
        })),
      ),
    ),
    { user: ANA.email, accountId: PROD.id, permissionSet: 'BackEndSSHAccess' },
    { user: ANA.email, accountId: PROD.id, permissionSet: 'FrontEndSSHAccess' },
    { user: ANA.email, accountId: PROD.id, permissionSet: 'FrontEndTunnelAccess' },
  ];
}

export function findPermissionSet(name: string): PermissionSet | undefined {
  return PERMISSION_SETS.find(set => set.name === name);
}
