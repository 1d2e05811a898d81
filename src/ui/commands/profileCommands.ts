import * as vscode from 'vscode';
import type { SsoSession } from '../../access/profile';
import { AppError } from '../../base/errors';
import type { SsoSignIn } from '../../aws/ssoSignIn';
import type { CommandRegistry } from '../workbench/commandRegistry';
import { configPlaceOf, ssoSessionKeyOf } from '../workbench/commandSubject';
import type { Inventory } from '../model/instances/inventory';
import type { ProfileImportFlow } from '../signIn/profileImportFlow';
import type { SignInFlow } from '../signIn/signInFlow';

const { l10n } = vscode;

/** Sign in, sign out, import from the portal, and the file behind it. */
export function registerProfileCommands(
  commands: CommandRegistry,
  deps: {
    readonly inventory: Inventory;
    readonly signIn: SsoSignIn;
    readonly flow: SignInFlow;
    readonly importFlow: ProfileImportFlow;
  },
): void {
  const { inventory, signIn, flow, importFlow } = deps;

  commands.register('profile.signIn', async argument => {
    const session = await chooseSignIn(inventory, argument);
    if (session) await flow.run(session);
  });

  commands.register('profile.signInWithCode', async argument => {
    const session = await chooseSignIn(inventory, argument);
    if (session) await flow.run(session, 'deviceCode');
  });

  commands.register('profile.signOut', async argument => {
    for (const session of await chooseSignOut(inventory, argument)) await signIn.signOut(session);
  });

  commands.register('profile.import', argument => importFlow.run(ssoSessionKeyOf(argument)));

  commands.register('profile.openConfig', async argument => {
    await inventory.ensureLoaded();
    const { config } = inventory.snapshot;
    if (!config) return;
    const place = configPlaceOf(argument);
    if (place) {
      const start = new vscode.Position(place.line - 1, 0);
      await vscode.window.showTextDocument(vscode.Uri.file(place.path), {
        selection: new vscode.Range(start, start),
      });
      return;
    }
    const uri = vscode.Uri.file(config.configPath);
    const file = config.exists ? uri : uri.with({ scheme: 'untitled' });
    await vscode.window.showTextDocument(file);
  });
}

/** The sign-ins to end: the one the command was run on, the only one, or those that were picked. */
async function chooseSignOut(inventory: Inventory, argument: unknown): Promise<readonly SsoSession[]> {
  await inventory.ensureLoaded();
  const key = ssoSessionKeyOf(argument);
  const { sessions } = inventory.snapshot;
  const named = sessions.find(({ session }) => session.cacheKey === key);
  if (named) return [named.session];
  const signedIn = sessions.filter(({ signIn }) => signIn.kind === 'signedIn').map(({ session }) => session);
  if (signedIn.length === 0) {
    void vscode.window.showInformationMessage(l10n.t('You are not signed in to AWS.'));
    return [];
  }
  if (signedIn.length === 1) return signedIn;
  const picked = await vscode.window.showQuickPick(
    [
      { label: l10n.t('All Sign-Ins'), iconPath: new vscode.ThemeIcon('sign-out'), sessions: signedIn },
      ...signedIn.map(session => ({
        label: session.label,
        description: session.startUrl,
        iconPath: new vscode.ThemeIcon('account'),
        sessions: [session],
      })),
    ],
    { title: l10n.t('Sign Out'), placeHolder: l10n.t('Choose a sign-in') },
  );
  return picked?.sessions ?? [];
}

/** The sign-in to begin: the one the command was run on, the only one, or the one that was picked. */
async function chooseSignIn(inventory: Inventory, argument: unknown): Promise<SsoSession | undefined> {
  await inventory.ensureLoaded();
  const { sessions } = inventory.snapshot;
  const key = ssoSessionKeyOf(argument);
  const named = sessions.find(({ session }) => session.cacheKey === key);
  if (named) return named.session;
  if (sessions.length === 0)
    throw new AppError('profile-not-found', 'The AWS config has no profile with SSO');
  const signedOut = sessions.filter(({ signIn }) => signIn.kind !== 'signedIn');
  // Everything is signed in already: signing in again renews, so offer all.
  const offered = signedOut.length > 0 ? signedOut : sessions;
  if (offered.length <= 1) return offered[0]?.session;
  const picked = await vscode.window.showQuickPick(
    offered.map(({ session, profiles }) => ({
      label: session.label,
      description: session.startUrl,
      detail: profiles.map(profile => profile.name).join(', '),
      session,
    })),
    {
      title: l10n.t('Sign In'),
      placeHolder: l10n.t('Choose a sign-in'),
    },
  );
  return picked?.session;
}
