import type { PolicyDocument } from '../world/policies';

/** Who a signature speaks for: one session of an assumed role. */
export interface Principal {
  readonly accountId: string;
  /** The permission set behind the role, for the log and the back door. */
  readonly permissionSet: string;
  /** The person's user name; also the role session name. */
  readonly userName: string;
  /** `arn:aws:sts::<account>:assumed-role/<role>/<session>`. */
  readonly arn: string;
  /** `arn:aws:iam::<account>:role/…`: what IAM calls `aws:PrincipalArn`. */
  readonly roleArn: string;
  /** `aws:userid`: `<role id>:<session name>`. */
  readonly userId: string;
  readonly policies: readonly PolicyDocument[];
}
