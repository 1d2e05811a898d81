import type { Flow } from '../../../src/access/flow';
import type { Grant } from '../../../src/access/grant';
import type { Instance } from '../../../src/access/instance';
import type { Profile, SsoSession } from '../../../src/access/profile';
import type { AccessRequest } from '../../../src/access/request';
import type { InstanceMarks } from '../../../src/ui/model/instances/instanceMarks';
import type { InstanceRowContext } from '../../../src/ui/model/instances/instanceRowContext';

/** A fixed moment, 2026-11-23 14:05:10 UTC. */
export const NOW = Date.UTC(2026, 10, 23, 14, 5, 10);
export const MINUTE = 60_000;
export const ACCOUNT = '123456789012';

export const flow: Flow = {
  id: 'acme:flow:aws_sso:latest',
  broker: 'sym',
  label: 'AWS SSO Access',
  approvers: '#sym-requests',
  breakGlass: false,
  targets: [
    {
      id: 'acme:access_target:aws_sso_permission_set:frontend-ssh:latest',
      label: 'FrontEnd SSH',
      accountId: ACCOUNT,
      permissionSet: 'FrontEndSSHAccess',
      instanceTags: { Department: 'FrontEnd' },
    },
    {
      id: 'acme:access_target:aws_sso_permission_set:backend-ssh:latest',
      label: 'BackEnd SSH',
      accountId: ACCOUNT,
      permissionSet: 'BackEndSSHAccess',
      instanceTags: { Department: 'BackEnd' },
    },
  ],
  fields: [
    { name: 'reason', label: 'Why do you need access?', type: 'string', required: true, visible: true },
    {
      name: 'duration',
      label: 'How long',
      type: 'duration',
      required: true,
      visible: true,
      allowedValues: ['30m', '1h'],
    },
  ],
};

export const [frontEnd, backEnd] = flow.targets as [Flow['targets'][number], Flow['targets'][number]];

export const emergency: Flow = { ...flow, id: 'acme:flow:break_glass:latest', breakGlass: true };

/** AWS's own way to ask. */
export const awsFlow: Flow = {
  id: 'node-access',
  broker: 'aws',
  label: 'AWS node access',
  breakGlass: false,
  targets: [{ id: 'nodes', label: 'FrontEnd nodes', accountId: ACCOUNT, instanceTags: {} }],
  fields: flow.fields.slice(0, 1),
};

export function instance(overrides: Partial<Instance> = {}): Instance {
  return {
    id: 'i-060ee0879f3ec4eb7',
    accountId: ACCOUNT,
    region: 'us-east-1',
    name: 'web-1',
    state: 'running',
    privateIp: '10.0.1.11',
    tags: { Name: 'web-1', Department: 'FrontEnd' },
    ssm: {
      pingStatus: 'Online',
      lastPingAt: NOW - 20_000,
      agentVersion: '3.3.1611.0',
      platformName: 'Amazon Linux',
    },
    ...overrides,
  };
}

/** Of a person who has done nothing yet. */
export const noMarks: InstanceMarks = {
  isFavourite: () => false,
  lastUse: () => undefined,
  favourites: [],
  recent: [],
};

/** With a good sign-in, and Systems Manager has answered. */
export const rowContext: InstanceRowContext = {
  flows: [],
  grants: [],
  circumstances: () => ({ isSignedOut: false, isSsmUnknown: false }),
  marks: noMarks,
  now: NOW,
};

export const web1 = instance();
export const backend1 = instance({
  id: 'i-05b7516a19f826be9',
  name: 'backend-1',
  tags: { Name: 'backend-1', Department: 'BackEnd' },
});

export function grant(overrides: Partial<Grant> = {}): Grant {
  return {
    requestId: '6f1c0d7e-0000-4000-8000-000000000001',
    flowId: flow.id,
    targetId: frontEnd.id,
    target: frontEnd,
    flowLabel: flow.label,
    phase: 'active',
    approvedAt: NOW - 2 * MINUTE,
    activeAt: NOW - MINUTE,
    endsAt: NOW + 29 * MINUTE,
    effectiveEndsAt: NOW + 29 * MINUTE,
    boundBy: 'grant',
    confirmedAt: NOW,
    attempts: 1,
    warned: [],
    ...overrides,
  };
}

export function request(overrides: Partial<AccessRequest> = {}): AccessRequest {
  return {
    id: '6f1c0d7e-0000-4000-8000-000000000001',
    broker: 'sym',
    flowId: flow.id,
    targetId: frontEnd.id,
    draft: {
      flowId: flow.id,
      targetId: frontEnd.id,
      values: { reason: 'checking the stuck deploy', duration: 1800 },
    },
    flowLabel: flow.label,
    target: frontEnd,
    approvers: '#sym-requests',
    whenActive: 'nothing',
    brokerRef: { runId: 'run-1', eventId: 'event-1' },
    phase: 'pending',
    steps: [
      { phase: 'submitting', at: NOW - 3 * MINUTE },
      { phase: 'submitted', at: NOW - 3 * MINUTE },
      { phase: 'pending', at: NOW - 2 * MINUTE },
    ],
    requestedAt: NOW - 3 * MINUTE,
    durationSeconds: 1800,
    ...overrides,
  };
}

export const ssoSession: SsoSession = {
  cacheKey: 'myco',
  label: 'myco',
  startUrl: 'https://myco.awsapps.com/start',
  region: 'us-east-1',
  scopes: ['sso:account:access'],
};

export function profile(name: string, roleName: string, overrides: Partial<Profile> = {}): Profile {
  return { name, ssoSession, accountId: ACCOUNT, roleName, region: 'us-east-1', ...overrides };
}

export const viewer = profile('myco-viewer', 'ViewOnlyAccess');
export const frontEndProfile = profile('frontend-ssh', 'FrontEndSSHAccess');
export const backEndProfile = profile('backend-ssh', 'BackEndSSHAccess');
