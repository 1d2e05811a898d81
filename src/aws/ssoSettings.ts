import type { Profile, SsoSession } from '../access/profile';
import { isHttpUrl } from './configuredEndpoints';
import type { IniValues } from './sharedFiles';

/** Whether a profile's section speaks of Identity Center at all. */
export function isSso(values: IniValues): boolean {
  return ['sso_session', 'sso_start_url', 'sso_account_id', 'sso_region', 'sso_role_name'].some(
    key => values[key] !== undefined,
  );
}

/** The sign-in that a section describes: `name` of an `[sso-session]`, undefined for a profile in the legacy form. Its fault says what is wrong in it. */
export function toSsoSession(
  name: string | undefined,
  values: IniValues,
): SsoSession | { readonly fault: string } {
  const startUrl = values.sso_start_url;
  const region = values.sso_region;
  if (startUrl === undefined) return { fault: 'sso_start_url is missing.' };
  if (!isHttpUrl(startUrl))
    return { fault: `sso_start_url is "${startUrl}", which is not an http or https URL.` };
  if (region === undefined) return { fault: 'sso_region is missing.' };
  const scopes = (values.sso_registration_scopes ?? '').split(',').map(scope => scope.trim());
  return {
    cacheKey: name ?? startUrl,
    label: name ?? new URL(startUrl).host,
    startUrl,
    region,
    // Without this scope there is no refresh token (AWS CLI user guide, "IAM Identity Center"), so a session that names none asks for it.
    scopes: name === undefined ? [] : scopes.some(Boolean) ? scopes.filter(Boolean) : ['sso:account:access'],
    ...(name !== undefined && values.endpoint_url !== undefined && isHttpUrl(values.endpoint_url)
      ? { endpoints: { common: values.endpoint_url } }
      : {}),
  };
}

/** The AWS CLI signs in through the profile's endpoints; a session shared by profiles can follow them only when they agree. */
export function withCommonEndpoint(session: SsoSession, profiles: readonly Profile[]): SsoSession {
  if (session.endpoints !== undefined) return session;
  const users = profiles.filter(
    profile => profile.ssoSession?.cacheKey === session.cacheKey && !profile.roleArn,
  );
  const told = new Set(users.map(({ endpoints }) => JSON.stringify(endpoints)));
  const endpoints = users[0]?.endpoints;
  return told.size === 1 && endpoints !== undefined ? { ...session, endpoints } : session;
}

/** The same for the sign-in that a profile stands on. */
export function withSessionEndpoint(profile: Profile, profiles: readonly Profile[]): Profile {
  if (!profile.ssoSession) return profile;
  return { ...profile, ssoSession: withCommonEndpoint(profile.ssoSession, profiles) };
}
