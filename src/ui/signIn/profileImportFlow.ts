import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { SsoSession } from '../../access/profile';
import type { AwsConfig } from '../../aws/awsConfig';
import type { ImportedProfiles, ImportPlan, ProfileImport } from '../../aws/profileImport';
import type { SsoPortal } from '../../aws/ssoPortal';
import type { SsoSignIn } from '../../aws/ssoSignIn';
import { signalOf } from '../workbench/cancellationSignal';
import type { FailureReporter } from '../workbench/failureReporter';
import { NAME_PATTERNS, type PortalListing } from '../model/signIn/importChoices';
import { listPortal } from '../model/signIn/portalListing';
import { PlannedChange } from '../workbench/plannedChange';
import {
  choosePortal,
  chooseNames,
  chooseRegion,
  chooseRoles,
  confirmPlan,
  namedRoles,
  type ImportDraft,
} from './profileImportQuestions';
import type { SignInFlow } from './signInFlow';
import { askInTurn, type StepAnswer } from '../workbench/steppedInput';

const { l10n } = vscode;

export interface ProfileImportFlowDeps {
  readonly config: AwsConfig;
  readonly signIn: SsoSignIn;
  readonly flow: SignInFlow;
  readonly portal: SsoPortal;
  readonly profileImport: ProfileImport;
  readonly failures: FailureReporter;
}

/** From what the access portal offers to profiles in `~/.aws/config`: chosen, named, shown as a change, and only then written. */
export class ProfileImportFlow implements vscode.Disposable {
  readonly #deps: ProfileImportFlowDeps;
  readonly #planned = new PlannedChange();

  constructor(deps: ProfileImportFlowDeps) {
    this.#deps = deps;
  }

  /** `sessionKey`: the portal to ask, by cache key; the person chooses when it names none. Throws `AppError`. */
  async run(sessionKey: string | undefined): Promise<void> {
    const config = await this.#deps.config.load();
    const named = config.ssoSessions.find(session => session.cacheKey === sessionKey);
    const session = named ?? (await choosePortal(config));
    if (!session) return;
    const { kind } = await this.#deps.signIn.state(session);
    if (kind !== 'signedIn') await this.#deps.flow.run(session);
    const listings = await this.#list(session);
    if (!listings.some(({ roles }) => roles.length > 0)) {
      void vscode.window.showInformationMessage(
        l10n.t('The access portal of {0} shows you no role.', session.label),
      );
      return;
    }
    const plan = await this.#ask({
      session,
      listings,
      profiles: config.profiles,
      roles: [],
      region: undefined,
      pattern: NAME_PATTERNS[0],
    });
    if (plan) await this.#write(plan);
  }

  dispose(): void {
    this.#planned.dispose();
  }

  async #list(session: SsoSession): Promise<readonly PortalListing[]> {
    return vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: l10n.t('Asking {0} for your accounts and roles', session.label),
        cancellable: true,
      },
      (progress, token) =>
        listPortal(this.#deps.portal, session, {
          signal: signalOf(token),
          onProgress: (done, total) => progress.report({ message: l10n.t('{0} of {1}', done, total) }),
        }),
    );
  }

  /** Gives the plan once the person has seen it and said yes. */
  async #ask(draft: ImportDraft): Promise<ImportPlan | undefined> {
    let plan: ImportPlan | undefined;
    const answered = await askInTurn(draft, [
      chooseRoles,
      chooseRegion,
      chooseNames,
      async (known, at): Promise<StepAnswer<ImportDraft>> => {
        plan = await this.#deps.profileImport.plan(known.session, namedRoles(known));
        const answer = await this.#show(plan, at);
        return answer === undefined || answer === 'back' ? answer : { value: known };
      },
    ]);
    return answered && plan;
  }

  async #show(plan: ImportPlan, at: number): Promise<StepAnswer<'write'>> {
    if (plan.added.length === 0) {
      const names = plan.present.map(({ profileName }) => profileName).join(', ');
      void vscode.window.showInformationMessage(
        l10n.t('What you chose has its profiles already: {0}. There is nothing to write.', names),
      );
      return undefined;
    }
    const close = await this.#planned.show({
      title: l10n.t('{0}: what would be written', basename(plan.path)),
      before: plan.before ?? '',
      after: plan.after,
    });
    try {
      return await confirmPlan(plan, at);
    } finally {
      await close();
    }
  }

  async #write(plan: ImportPlan): Promise<void> {
    const written = await this.#deps.profileImport.write(plan);
    const open = l10n.t('Open File');
    const undo = l10n.t('Undo');
    // The command is over once the file is written; the notice may stand as long as it likes.
    void vscode.window.showInformationMessage(writtenText(plan, written), open, undo).then(async answer => {
      try {
        if (answer === open) await vscode.window.showTextDocument(vscode.Uri.file(plan.path));
        if (answer === undo) await this.#undo(plan, written);
      } catch (thrown) {
        await this.#deps.failures.report(thrown);
      }
    });
  }

  async #undo(plan: ImportPlan, written: ImportedProfiles): Promise<void> {
    await this.#deps.profileImport.undo(plan, written);
    void vscode.window.showInformationMessage(l10n.t('{0} is as it was before the import.', plan.path));
  }
}

function writtenText(plan: ImportPlan, { backupPath }: ImportedProfiles): string {
  const count =
    plan.added.length === 1
      ? l10n.t('Profile {0} was added to {1}.', plan.added[0]?.profileName ?? '', plan.path)
      : l10n.t('{0} profiles were added to {1}.', plan.added.length, plan.path);
  if (backupPath === undefined) return count;
  return `${count} ${l10n.t('The file as it was is kept as {0}.', basename(backupPath))}`;
}
