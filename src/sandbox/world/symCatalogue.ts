import { PROD } from './organization';

/** Sym's configuration: what Terraform would have made. */
export interface SymTarget {
  readonly srn: string;
  readonly label: string;
  readonly accountId: string;
  readonly permissionSet: string;
}

export interface SymField {
  readonly name: string;
  readonly label: string;
  readonly type: 'string' | 'duration';
  readonly required: boolean;
  /** For durations: seconds. */
  readonly allowedSeconds?: readonly number[];
}

export interface SymFlow {
  readonly srn: string;
  readonly label: string;
  readonly fields: readonly SymField[];
  readonly targets: readonly SymTarget[];
  /** Where approvers are asked. */
  readonly channel: string;
  /** Whether a person may approve their own request. */
  readonly allowSelf: boolean;
}

export const SYM_ORG = 'acme';

function target(slug: string, label: string, permissionSet: string): SymTarget {
  return {
    srn: `${SYM_ORG}:access_target:aws_sso_permission_set:${slug}:latest`,
    label,
    accountId: PROD.id,
    permissionSet,
  };
}

/** The article's flow, with the BackEnd target beside its own. */
export const SYM_FLOWS: readonly SymFlow[] = [
  {
    srn: `${SYM_ORG}:flow:aws_sso:latest`,
    label: 'AWS SSO Access',
    fields: [
      { name: 'reason', label: 'Why do you need access?', type: 'string', required: true },
      { name: 'duration', label: 'How long', type: 'duration', required: true, allowedSeconds: [1800, 3600] },
    ],
    targets: [
      target('frontend-ssh', 'FrontEnd SSH', 'FrontEndSSHAccess'),
      target('backend-ssh', 'BackEnd SSH', 'BackEndSSHAccess'),
    ],
    channel: '#sym-requests',
    allowSelf: false,
  },
  {
    srn: `${SYM_ORG}:flow:break_glass:latest`,
    label: 'Break-glass',
    fields: [
      { name: 'reason', label: 'What is on fire?', type: 'string', required: true },
      { name: 'incident', label: 'Incident', type: 'string', required: false },
      { name: 'duration', label: 'How long', type: 'duration', required: true, allowedSeconds: [900, 1800] },
    ],
    targets: [target('frontend-emergency', 'FrontEnd emergency', 'FrontEndSSHAccess')],
    channel: '#sym-emergencies',
    allowSelf: true,
  },
];

/** SRNs are compared without regard to case. */
export function sameSrn(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}
