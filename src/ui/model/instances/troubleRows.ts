import type { Profile } from '../../../access/profile';
import type { ConfigProblem } from '../../../aws/awsConfig';
import type { AppError } from '../../../base/errors';
import { errorText } from '../errorText';
import type { InstanceTreeRow } from './instanceSubject';
import type { SsoSessionListing } from './inventorySnapshot';
import type { Localizer } from '../localizer';

/** Of what is not there as it should be. */
export const WARNING = { id: 'warning', color: 'list.warningForeground' } as const;

/** A listing that failed, in whole or in part: what is missing, and why. */
export function problemRow(l10n: Localizer, id: string, about: string, error: AppError): InstanceTreeRow {
  const { sentence, mend } = errorText(l10n, error);
  const description = problemText(l10n, error);
  return {
    id,
    label: about,
    description,
    icon: WARNING,
    tooltip: { title: about, facts: [], notes: [sentence] },
    capabilities: [
      'problem',
      ...(mend?.kind === 'signIn' || mend?.kind === 'enterMfaCode' ? [mend.kind] : []),
    ],
    spoken: `${about}, ${description}`,
    subject: { kind: 'problem', about, error },
  };
}

/** Why something could not be listed, on one line. */
export function problemText(l10n: Localizer, error: AppError): string {
  const denied = error.details['action'];
  return denied ? l10n.t('not allowed to list ({0})', denied) : errorText(l10n, error).sentence;
}

/** A sign-in that is missing beside others that are there. */
export function signedOutRow(l10n: Localizer, listing: SsoSessionListing): InstanceTreeRow {
  const { session, signIn, profiles } = listing;
  const state = signIn.kind === 'expired' ? l10n.t('sign-in expired') : l10n.t('signed out');
  const subject = { kind: 'session', session: listing } as const;
  return {
    id: `session/${session.cacheKey}`,
    label: session.label,
    description: state,
    icon: { id: 'account' },
    tooltip: {
      title: session.label,
      facts: [
        [l10n.t('State'), state],
        [l10n.t('Portal'), session.startUrl],
        [l10n.t('Region'), session.region],
      ],
    },
    capabilities: ['ssoSession', 'signIn'],
    spoken: `${session.label}, ${state}`,
    expansion: 'expanded',
    children: () => [
      {
        id: `session/${session.cacheKey}/signIn`,
        label: l10n.t('Sign in to list instances'),
        icon: { id: 'sign-in' },
        capabilities: ['signInHere'],
        spoken: l10n.t('Sign in to {0} to list instances', session.label),
        command: { id: 'jitAccess.profile.signIn', title: l10n.t('Sign In') },
        subject,
      },
      ...profiles.map(profile => profileRow(l10n, profile)),
    ],
    subject,
  };
}

function profileRow(l10n: Localizer, profile: Profile): InstanceTreeRow {
  const description = [profile.roleName, profile.accountId, profile.region].filter(Boolean).join(' · ');
  return {
    id: `profile/${profile.name}`,
    label: profile.name,
    description,
    icon: { id: 'person' },
    capabilities: ['profile'],
    spoken: l10n.t('Profile {0}, {1}', profile.name, description),
    subject: { kind: 'profile', profile },
  };
}

/** A section of the AWS files that cannot be used. */
export function configProblemRow(l10n: Localizer, problem: ConfigProblem): InstanceTreeRow {
  const where = problem.section ?? l10n.t('AWS config');
  const description =
    problem.line === undefined ? problem.message : l10n.t('line {0}: {1}', problem.line, problem.message);
  return {
    id: `configProblem/${problem.path}/${problem.line ?? ''}/${where}`,
    label: where,
    description,
    icon: WARNING,
    tooltip: { title: where, facts: [[l10n.t('File'), problem.path]], notes: [problem.message] },
    capabilities: ['configProblem'],
    spoken: `${where}, ${description}`,
    command: { id: 'jitAccess.profile.openConfig', title: l10n.t('Open AWS Config File') },
    subject: { kind: 'configProblem', problem },
  };
}
