import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { Profile, SsoSession } from '../../access/profile';
import type { AwsConfigSnapshot } from '../../aws/awsConfig';
import type { ImportPlan, PortalRole } from '../../aws/profileImport';
import {
  faultOfPattern,
  faultOfSessionName,
  faultOfStartUrl,
  isRegion,
  NAME_PATTERNS,
  profileNameBy,
  regionChoices,
  roleLines,
  sessionNameFor,
  startUrlOf,
  type PortalListing,
} from '../model/signIn/importChoices';
import { askInTurn, askStep, pickStep, type Step, type StepAnswer } from '../workbench/steppedInput';

const { l10n } = vscode;

/** What has been answered so far. */
export interface ImportDraft {
  readonly session: SsoSession;
  readonly listings: readonly PortalListing[];
  readonly profiles: readonly Profile[];
  readonly roles: readonly PortalRole[];
  readonly region: string | undefined;
  readonly pattern: string;
}

export const IMPORT_STEPS = 4;

/** The roles with the names and the region they are to have. */
export function namedRoles({ roles, pattern, region }: ImportDraft): readonly PortalRole[] {
  return roles
    .map(role => (region === undefined ? role : { ...role, region }))
    .map(role => ({ ...role, profileName: profileNameBy(pattern, role) }));
}

/** One of the sign-ins that are there, or a portal that is not in the file yet. Undefined when the person leaves. */
export async function choosePortal(config: AwsConfigSnapshot): Promise<SsoSession | undefined> {
  if (config.ssoSessions.length === 0) return askForPortal(config);
  const picked = await vscode.window.showQuickPick(
    [
      ...config.ssoSessions.map(session => ({
        label: session.label,
        description: session.startUrl,
        iconPath: new vscode.ThemeIcon('account'),
        session,
      })),
      {
        label: l10n.t('Another Access Portal…'),
        iconPath: new vscode.ThemeIcon('add'),
        session: undefined,
      },
    ],
    { title: l10n.t('Import Profiles'), placeHolder: l10n.t('Choose the access portal to import from') },
  );
  if (!picked) return undefined;
  return picked.session ?? askForPortal(config);
}

interface NewPortal {
  readonly startUrl: string;
  readonly region: string;
  readonly name: string;
}

async function askForPortal({ ssoSessions, profiles }: AwsConfigSnapshot): Promise<SsoSession | undefined> {
  const taken = new Set(ssoSessions.map(({ cacheKey }) => cacheKey));
  const step = (at: number): Step => ({
    title: l10n.t('Import Profiles: the Access Portal'),
    step: at + 1,
    totalSteps: 3,
    back: at > 0,
  });
  const answered = await askInTurn<NewPortal>({ startUrl: '', region: '', name: '' }, [
    async (known, at) => {
      const answer = await askStep(step(at), {
        prompt: l10n.t('The address at which you sign in to AWS. Your platform team knows it.'),
        placeholder: 'https://myco.awsapps.com/start',
        value: known.startUrl,
        fault: text => faultOfStartUrl(l10n, text),
      });
      return mapped(answer, text => ({ ...known, startUrl: startUrlOf(text) }));
    },
    async (known, at) => {
      const answer = await pickRegion(
        step(at),
        l10n.t('The region in which IAM Identity Center is set up'),
        regionChoices(profiles, undefined),
        known.region,
      );
      return mapped(answer, region => ({ ...known, region }));
    },
    async (known, at) => {
      const answer = await askStep(step(at), {
        prompt: l10n.t('A name for this sign-in, in your AWS config and for “aws sso login”'),
        value: known.name || sessionNameFor(known.startUrl, taken),
        fault: text => faultOfSessionName(l10n, text, taken),
      });
      return mapped(answer, name => ({ ...known, name }));
    },
  ]);
  if (!answered) return undefined;
  const { name, startUrl, region } = answered;
  return { cacheKey: name, label: name, startUrl, region, scopes: ['sso:account:access'] };
}

/** Which roles become profiles. */
export async function chooseRoles(draft: ImportDraft, at: number): Promise<StepAnswer<ImportDraft>> {
  const items = roleLines(l10n, draft.listings, draft.session, draft.profiles).map(line =>
    line.kind === 'heading'
      ? { label: line.label, kind: vscode.QuickPickItemKind.Separator, role: undefined }
      : {
          label: line.profileName === undefined ? line.label : `$(check) ${line.label}`,
          description: line.description,
          role: line.role,
        },
  );
  const keys = new Set(draft.roles.map(keyOf));
  const answer = await pickStep(importStep(at), {
    items,
    placeholder: l10n.t('Choose the roles to make profiles of'),
    many: true,
    stays: true,
    selected: ({ role }) => role !== undefined && keys.has(keyOf(role)),
  });
  return mapped(answer, picked => ({ ...draft, roles: picked.flatMap(({ role }) => role ?? []) }));
}

/** In which region the profiles work. */
export async function chooseRegion(draft: ImportDraft, at: number): Promise<StepAnswer<ImportDraft>> {
  const answer = await pickRegion(
    importStep(at),
    l10n.t('The region of the new profiles, in which their instances are listed'),
    regionChoices(draft.profiles, draft.session),
    draft.region,
  );
  return mapped(answer, region => ({ ...draft, region }));
}

/** How the profiles are called. */
export async function chooseNames(draft: ImportDraft, at: number): Promise<StepAnswer<ImportDraft>> {
  const custom = NAME_PATTERNS.some(pattern => pattern === draft.pattern) ? '' : draft.pattern;
  const step = importStep(at);
  const answer = await pickStep(step, {
    items: [
      ...NAME_PATTERNS.map(pattern => ({ label: pattern, description: examples(draft, pattern), pattern })),
      { label: l10n.t('$(edit) Another Pattern…'), description: custom, pattern: undefined },
    ],
    placeholder: l10n.t('How are the profiles to be called?'),
    stays: true,
    selected: ({ pattern }) => pattern === draft.pattern,
  });
  if (answer === undefined || answer === 'back') return answer;
  const pattern = answer.value[0]?.pattern;
  if (pattern !== undefined) return { value: { ...draft, pattern } };
  const typed = await askStep(step, {
    prompt: l10n.t('Put in: {0}', '{account}, {accountId}, {role}, {region}'),
    value: custom || draft.pattern,
    fault: text => faultOfPattern(l10n, text),
  });
  // Back from the pattern is back to the list of them.
  return typed === 'back' ? chooseNames(draft, at) : mapped(typed, text => ({ ...draft, pattern: text }));
}

/** Whether the change that is shown is to be written. */
export async function confirmPlan(plan: ImportPlan, at: number): Promise<StepAnswer<'write'>> {
  const file = basename(plan.path);
  const answer = await pickStep(importStep(at), {
    items: [
      {
        label:
          plan.added.length === 1
            ? l10n.t('$(save) Write 1 Profile to {0}', file)
            : l10n.t('$(save) Write {0} Profiles to {1}', plan.added.length, file),
        detail:
          plan.before === undefined
            ? l10n.t('{0} does not exist yet.', plan.path)
            : l10n.t(
                'Nothing that stands there is changed, and a copy of it as it is now is kept beside it.',
              ),
        answer: 'write' as const,
      },
      { label: l10n.t('$(arrow-left) Choose Other Names'), answer: 'back' as const },
      { label: l10n.t('$(close) Write Nothing'), answer: undefined },
    ],
    placeholder: l10n.t('Nothing is written yet. The editor shows what would be.'),
    stays: true,
  });
  const said = answer === undefined || answer === 'back' ? answer : answer.value[0]?.answer;
  return said === 'write' ? { value: said } : said;
}

function importStep(at: number): Step {
  return { title: l10n.t('Import Profiles'), step: at + 1, totalSteps: IMPORT_STEPS, back: at > 0 };
}

async function pickRegion(
  step: Step,
  placeholder: string,
  regions: readonly string[],
  chosen: string | undefined,
): Promise<StepAnswer<string>> {
  const answer = await pickStep(step, {
    items: regions.map(region => ({ label: region })),
    placeholder,
    stays: true,
    selected: ({ label }) => label === chosen,
    typed: text => (isRegion(text) && !regions.includes(text) ? { label: text } : undefined),
  });
  return mapped(answer, ([picked]) => picked?.label ?? '');
}

/** What the first two of the chosen roles would be called. */
function examples(draft: ImportDraft, pattern: string): string {
  const names = namedRoles({ ...draft, pattern }).map(({ profileName }) => profileName ?? '');
  const more = names.length > 2 ? ', …' : '';
  return `${names.slice(0, 2).join(', ')}${more}`;
}

function keyOf({ accountId, roleName }: PortalRole): string {
  return `${accountId}/${roleName}`;
}

function mapped<A, B>(answer: StepAnswer<A>, use: (answer: A) => B): StepAnswer<B> {
  return answer === undefined || answer === 'back' ? answer : { value: use(answer.value) };
}
