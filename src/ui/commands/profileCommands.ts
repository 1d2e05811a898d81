import * as vscode from 'vscode';
import type { SsoSession } from '../../access/profile';
import { AppError } from '../../base/errors';
import type { SsoSignIn } from '../../aws/ssoSignIn';
import type { CommandRegistry } from '../commandRegistry';
import { ssoSessionKeyOf } from '../commandSubject';
import type { Inventory } from '../model/inventory';
import type { SignInFlow } from '../signInFlow';

const { l10n } = vscode;

/** Sign in, sign out, and the file behind it. */
export function registerProfileCommands(
  commands: CommandRegistry,
  deps: { readonly inventory: Inventory; readonly signIn: SsoSignIn; readonly flow: SignInFlow },
): void {
  const { inventory, signIn, flow } = deps;

  commands.register('profile.signIn', async argument => {
    const session = await chooseSession(inventory, argument, 'signedOut');
    if (session) await flow.run(session);
  });

  commands.register('profile.signOut', async argument => {
    const session = await chooseSession(inventory, argument, 'signedIn');
    if (session) await signIn.signOut(session);
  });

  commands.register('profile.openConfig', async () => {
    await inventory.ensureLoaded();
    const { config } = inventory.snapshot;
    if (!config) return;
    const uri = vscode.Uri.file(config.configPath);
    const file = config.exists ? uri : uri.with({ scheme: 'untitled' });
    await vscode.window.showTextDocument(file);
  });
}

async function chooseSession(
  inventory: Inventory,
  argument: unknown,
  wanted: 'signedIn' | 'signedOut',
): Promise<SsoSession | undefined> {
  await inventory.ensureLoaded();
  const { sessions } = inventory.snapshot;
  const key = ssoSessionKeyOf(argument);
  const named = sessions.find(({ session }) => session.cacheKey === key);
  if (named) return named.session;
  if (sessions.length === 0)
    throw new AppError('profile-not-found', 'The AWS config has no profile with SSO');
  const fitting = sessions.filter(({ signIn }) => (signIn.kind === 'signedIn') === (wanted === 'signedIn'));
  // Everything is signed in already: signing in again renews, so offer all.
  const offered = fitting.length > 0 ? fitting : wanted === 'signedOut' ? sessions : [];
  if (offered.length <= 1) return offered[0]?.session;
  const picked = await vscode.window.showQuickPick(
    offered.map(({ session, profiles }) => ({
      label: session.label,
      description: session.startUrl,
      detail: profiles.map(profile => profile.name).join(', '),
      session,
    })),
    {
      title: wanted === 'signedOut' ? l10n.t('Sign In') : l10n.t('Sign Out'),
      placeHolder: l10n.t('Choose a sign-in'),
    },
  );
  return picked?.session;
}
