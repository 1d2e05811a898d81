import * as vscode from 'vscode';
import { isAppError } from '../../base/errors';
import { LocalListener, type ListenAddress } from '../../ssm/localListener';
import { PortForward } from '../../ssm/portForward';

const { l10n } = vscode;

/** Binds the local port; where it is taken, offers the next free one. Undefined when turned away. */
export async function bindForward(
  { host, port }: ListenAddress,
  chooseAnother: () => unknown,
): Promise<PortForward | undefined> {
  try {
    return await PortForward.listen({ host, port });
  } catch (thrown) {
    if (!isAppError(thrown, 'port-in-use')) throw thrown;
  }
  const free = await LocalListener.freePort({ host, port });
  const take = l10n.t('Use Port {0}', String(free));
  const another = l10n.t('Choose Another…');
  const answer = await vscode.window.showWarningMessage(
    l10n.t(
      'Port {0} on this computer is taken by another program. Port {1} is free.',
      String(port),
      String(free),
    ),
    take,
    another,
  );
  if (answer === take) return await bindForward({ host, port: free }, chooseAnother);
  if (answer === another) await chooseAnother();
  return undefined;
}

/** Others on the network would have what the person has: never without being asked. */
export async function confirmOpenAddress(host: string): Promise<boolean> {
  const go = l10n.t('Forward All the Same');
  const answer = await vscode.window.showWarningMessage(
    l10n.t('Let others use this forward?'),
    {
      modal: true,
      detail: l10n.t(
        'The setting jitAccess.sessions.bindAddress is {0}: everyone who can reach this computer there can use the forwarded port as you, without a sign-in. Set it to 127.0.0.1 to keep the port to yourself.',
        host,
      ),
    },
    go,
  );
  return answer === go;
}
