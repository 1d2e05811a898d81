import type { Profile, SsoSession } from '../../../access/profile';
import type { AppError } from '../../../base/errors';
import type { PortalRole } from '../../../aws/profileImport';
import type { PortalAccount } from '../../../aws/ssoPortal';
import { errorText } from '../errorText';
import type { Localizer } from '../localizer';

/** An account of the portal with its roles, or why they are not known. */
export interface PortalListing {
  readonly account: PortalAccount;
  readonly roles: readonly string[];
  readonly error?: AppError;
}

/** One line of the list of roles: a heading, or a role with the profile it has already. */
export type RoleLine =
  | { readonly kind: 'heading'; readonly label: string }
  | {
      readonly kind: 'role';
      readonly label: string;
      readonly description: string;
      readonly role: PortalRole;
      readonly profileName?: string;
    };

/** Accounts by name, their roles beneath them. Roles that have a profile come last in their account, and say so. */
export function roleLines(
  l10n: Localizer,
  listings: readonly PortalListing[],
  session: SsoSession,
  profiles: readonly Profile[],
): RoleLine[] {
  const ofPortal = profiles.filter(
    ({ ssoSession, roleArn }) => ssoSession?.startUrl === session.startUrl && roleArn === undefined,
  );
  const sorted = [...listings].sort((a, b) => accountLabel(a.account).localeCompare(accountLabel(b.account)));
  return sorted.flatMap(({ account, roles, error }): RoleLine[] => {
    const label = accountLabel(account);
    if (error) {
      const why = errorText(l10n, error).sentence;
      return [{ kind: 'heading', label: l10n.t('{0}: its roles could not be listed. {1}', label, why) }];
    }
    const lines = [...roles].sort().map(roleName => {
      const known = ofPortal.find(
        profile => profile.accountId === account.accountId && profile.roleName === roleName,
      );
      return {
        kind: 'role',
        label: roleName,
        description: known ? l10n.t('has profile {0}', known.name) : label,
        role: {
          accountId: account.accountId,
          roleName,
          ...(account.name === undefined ? {} : { accountName: account.name }),
        },
        ...(known ? { profileName: known.name } : {}),
      } as const;
    });
    const fresh = lines.filter(line => line.profileName === undefined);
    const present = lines.filter(line => line.profileName !== undefined);
    return [{ kind: 'heading', label }, ...fresh, ...present];
  });
}

function accountLabel({ name, accountId }: PortalAccount): string {
  return name === undefined ? accountId : `${name} · ${accountId}`;
}

/** Ways to name profiles, the usual first. In braces stands what is put in. */
export const NAME_PATTERNS = [
  '{account}-{role}',
  '{role}-{account}',
  '{account}',
  '{accountId}-{role}',
] as const;

const PLACES: Readonly<Record<string, (role: PortalRole) => string>> = {
  account: role => role.accountName ?? role.accountId,
  accountId: role => role.accountId,
  role: role => role.roleName,
  region: role => role.region ?? '',
};

/** The name a pattern gives; characters that AWS takes for no name become a dash. */
export function profileNameBy(pattern: string, role: PortalRole): string {
  return pattern
    .replace(/\{(\w+)\}/g, (_place, key: string) => PLACES[key]?.(role) ?? '')
    .replace(/[^\w\-@+.%:/]+/g, '-')
    .replace(/^-+|-+$/g, '');
}

/** What is wrong with a pattern; undefined when nothing is. */
export function faultOfPattern(l10n: Localizer, pattern: string): string | undefined {
  const unknown = [...pattern.matchAll(/\{([^}]*)\}/g)].find(([, key]) => !Object.hasOwn(PLACES, key ?? ''));
  if (unknown) {
    return l10n.t('{0} stands for nothing. Use {1}.', unknown[0], '{account}, {accountId}, {role}, {region}');
  }
  const rest = pattern.replace(/\{\w+\}/g, '');
  if (!/^[\w\-@+.%:/]*$/.test(rest)) {
    return l10n.t('A profile’s name may hold letters, digits and {0} only.', '- _ @ + . % : /');
  }
  if (!pattern.includes('{'))
    return l10n.t('Without {0} or {1} all would be called the same.', '{account}', '{role}');
  return undefined;
}

/** What is wrong with the address of an access portal; undefined when nothing is. */
export function faultOfStartUrl(l10n: Localizer, text: string): string | undefined {
  const address = text.trim();
  if (address === '') return l10n.t('This needs an answer.');
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== 'https:' || url.hostname === '') {
    return l10n.t('The address begins with https://, such as {0}.', 'https://myco.awsapps.com/start');
  }
  return /\s/.test(address) ? l10n.t('An address has no spaces.') : undefined;
}

/** The start URL as it is to be written: the portal's page has a fragment that is no part of it. */
export function startUrlOf(text: string): string {
  return text.trim().replace(/[/#?]+$/, '');
}

/** What is wrong with a session's name; undefined when nothing is. */
export function faultOfSessionName(
  l10n: Localizer,
  name: string,
  taken: ReadonlySet<string>,
): string | undefined {
  if (!/^[\w\-@+.%:/]+$/.test(name)) {
    return l10n.t('A name may hold letters, digits and {0} only.', '- _ @ + . % : /');
  }
  return taken.has(name) ? l10n.t('There is an sso-session of this name already.') : undefined;
}

/** A name for the session of a portal: the first part of its host, numbered where that is taken. */
export function sessionNameFor(startUrl: string, taken: ReadonlySet<string>): string {
  const first = new URL(startUrl).hostname.split('.')[0] ?? '';
  const wanted = first.replace(/[^\w-]+/g, '-') || 'sso';
  let name = wanted;
  for (let number = 2; taken.has(name); number += 1) name = `${wanted}-${number}`;
  return name;
}

const REGION = /^[a-z]{2,4}(-[a-z]+)+-\d$/;

export function isRegion(text: string): boolean {
  return REGION.test(text);
}

/** The regions of AWS's public partitions; any other that looks like one can be typed. */
const REGIONS = [
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
  'af-south-1',
  'ap-east-1',
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-south-1',
  'ap-south-2',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-southeast-3',
  'ap-southeast-4',
  'ap-southeast-5',
  'ca-central-1',
  'ca-west-1',
  'eu-central-1',
  'eu-central-2',
  'eu-north-1',
  'eu-south-1',
  'eu-south-2',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'il-central-1',
  'me-central-1',
  'me-south-1',
  'mx-central-1',
  'sa-east-1',
  'us-gov-east-1',
  'us-gov-west-1',
] as const;

/** Regions to choose from: those in use first, most used in front; then the sign-in's own; then all others. */
export function regionChoices(
  profiles: readonly Profile[],
  session: SsoSession | undefined,
): readonly string[] {
  const uses = new Map<string, number>();
  for (const { region } of profiles) {
    if (region !== undefined) uses.set(region, (uses.get(region) ?? 0) + 1);
  }
  const used = [...uses].sort(([, a], [, b]) => b - a).map(([region]) => region);
  return [...new Set([...used, ...(session ? [session.region] : []), ...REGIONS])];
}
