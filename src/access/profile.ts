/** Where services are reached in place of AWS's usual addresses, by profile. */
export interface Endpoints {
  /** `endpoint_url` of the profile: for every service. */
  readonly common?: string;
  /** Of its `services` section: by service id as it is written there, `ec2`, `sso_oidc`. They win over the common one. */
  readonly byService?: Readonly<Record<string, string>>;
  /** `use_fips_endpoint`: of AWS's own addresses those whose cryptography is validated by FIPS 140. */
  readonly fips?: boolean;
  /** `use_dualstack_endpoint`: of AWS's own addresses those that IPv6 reaches too. */
  readonly dualStack?: boolean;
}

/** A sign-in that several profiles may share: an `[sso-session]` section, or the legacy `sso_start_url` of one profile. */
export interface SsoSession {
  /** What the AWS CLI hashes (SHA-1) for the name of the token's cache file: the session's name, or the start URL for the legacy form. */
  readonly cacheKey: string;
  /** What a person reads: the session's name, or the start URL's host. */
  readonly label: string;
  readonly startUrl: string;
  readonly region: string;
  /** Registration scopes; empty for the legacy form, which therefore gets no refresh token. */
  readonly scopes: readonly string[];
  /** Where the portal and its OIDC service answer, when every profile of the session names the same endpoints. */
  readonly endpoints?: Endpoints;
}

/** A profile of `~/.aws/config` or the credentials file, as far as we use it. */
export interface Profile {
  readonly name: string;
  readonly ssoSession?: SsoSession;
  /** Twelve digits, when the profile says so. */
  readonly accountId?: string;
  /** `sso_role_name`. */
  readonly roleName?: string;
  readonly region?: string;
  /** For stacks that are not AWS itself. */
  readonly endpoints?: Endpoints;
  /** `role_arn`, assumed on top of `sourceProfile`. `ssoSession` is then the one at the bottom of the chain. */
  readonly roleArn?: string;
  readonly sourceProfile?: string;
  /** How the profile comes to credentials. Absent when it names no way, as one that only sets a region. */
  readonly credentialKind?: 'sso' | 'role' | 'keys' | 'process' | 'web-identity';
}

/** A role of IAM Identity Center in one account: what a grant through SSO hands out. */
export interface SsoRole {
  readonly ssoSession: SsoSession;
  readonly accountId: string;
  readonly roleName: string;
}

export type SignInState =
  | { readonly kind: 'signedOut' }
  /** The stored token has run out and cannot be refreshed. */
  | { readonly kind: 'expired'; readonly expiredAt: number }
  /** `expiresAt` in epoch milliseconds. A sign-in that `renews` gets a new token on use and may lie past its `expiresAt`. */
  | { readonly kind: 'signedIn'; readonly expiresAt: number; readonly renews?: boolean };
