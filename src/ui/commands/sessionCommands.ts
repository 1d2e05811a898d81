import * as vscode from 'vscode';
import { instanceLabel, isManaged, type Instance } from '../../access/instance';
import type { GrantLedger } from '../../access/ledger';
import { covers } from '../../access/reach';
import type { Clock } from '../../base/clock';
import type { CommandRegistry } from '../workbench/commandRegistry';
import {
  commandArguments,
  forwardArguments,
  sessionArguments,
  shellArguments,
} from '../workbench/commandArguments';
import { instanceKeyOf, requestIdOf, sessionIdOf, stringIn } from '../workbench/commandSubject';
import { askForward } from '../sessions/forwardInput';
import { pickInstance } from '../instances/instancePicker';
import { hostInUrl } from '../model/sessions/forwardAddress';
import type { Inventory } from '../model/instances/inventory';
import type { InstanceRowContext } from '../model/instances/instanceRowContext';
import type { LiveSession } from '../model/sessions/liveSession';
import type { SearchIndex } from '../model/instances/searchIndex';
import { sessionLabel } from '../model/sessions/sessionTreeModel';
import { namedInstance } from '../instances/namedInstance';
import type { RecentForwards } from '../sessions/recentForwards';
import type { SessionHub } from '../sessions/sessionHub';
import type { SessionOpener } from '../sessions/sessionOpener';

const { l10n } = vscode;

export interface SessionCommandsDeps {
  readonly opener: SessionOpener;
  readonly hub: SessionHub;
  readonly inventory: Inventory;
  readonly search: SearchIndex;
  readonly ledger: GrantLedger;
  readonly context: () => InstanceRowContext;
  readonly recent: RecentForwards;
  readonly freePort: (port: number) => Promise<number>;
  readonly clock: Clock;
}

/** Opening, showing and ending shells and forwards. */
export function registerSessionCommands(commands: CommandRegistry, deps: SessionCommandsDeps): void {
  const { opener, hub } = deps;

  commands.register('shell.open', async argument => {
    commandArguments('shell.open', shellArguments, argument);
    const instance = await chooseInstance(deps, argument, l10n.t('Open Shell'));
    if (instance) await opener.openShell(instance);
  });

  commands.register('port.forward', async argument => {
    const { host, port, localPort } = commandArguments('port.forward', forwardArguments, argument);
    const instance = await chooseInstance(deps, argument, l10n.t('Forward Port'));
    if (!instance) return;
    if (port !== undefined) {
      await opener.forwardPort(instance, { port, ...(host === undefined ? {} : { host }) }, localPort ?? 0);
      return;
    }
    const wanted = await askForward(instance, deps);
    if (wanted) await opener.forwardPort(instance, wanted.to, wanted.localPort);
  });

  commands.register('session.show', argument => {
    hub.find(sessionIdOf(argument) ?? '')?.show();
  });

  commands.register('session.end', async argument => {
    commandArguments('session.end', sessionArguments, argument);
    const session = await chooseSession(hub, argument);
    await session?.end({ kind: 'user' });
  });

  commands.register('session.copyAddress', async argument => {
    const forward = hub.find(sessionIdOf(argument) ?? '')?.forward;
    if (!forward) return;
    const address = `${hostInUrl(forward.localHost)}:${forward.localPort}`;
    await vscode.env.clipboard.writeText(address);
    vscode.window.setStatusBarMessage(`$(copy) ${l10n.t('Copied {0}', address)}`, 3000);
  });

  commands.register('session.openInBrowser', async argument => {
    const forward = hub.find(sessionIdOf(argument) ?? '')?.forward;
    if (!forward) return;
    const scheme = forward.to.port === 443 || forward.to.port === 8443 ? 'https' : 'http';
    await vscode.env.openExternal(
      vscode.Uri.parse(`${scheme}://${hostInUrl(forward.localHost)}:${forward.localPort}/`),
    );
  });
}

/** From a row, a request, or a quick pick of what may be meant. */
async function chooseInstance(
  deps: SessionCommandsDeps,
  argument: unknown,
  title: string,
): Promise<Instance | undefined> {
  const { inventory, ledger, clock } = deps;
  const requestId = requestIdOf(argument);
  const key = instanceKeyOf(argument) ?? (requestId && ledger.request(requestId)?.instanceKey);
  const name = key ?? stringIn(argument, 'instance');
  if (name) return await namedInstance(inventory, name);
  const grant = requestId ? ledger.grant(requestId) : undefined;
  return pickInstance(deps, grant ? `${title} · ${grant.target.label}` : title, instance =>
    grant ? covers(grant, instance, clock.now()) : isManaged(instance),
  );
}

async function chooseSession(hub: SessionHub, argument: unknown): Promise<LiveSession | undefined> {
  const id = sessionIdOf(argument);
  if (id) return hub.find(id);
  const { sessions } = hub;
  if (sessions.length <= 1) return sessions[0];
  const picked = await vscode.window.showQuickPick(
    sessions.map(session => ({
      label: `$(${session.kind === 'shell' ? 'terminal' : 'arrow-swap'}) ${sessionLabel(session)}`,
      description: instanceLabel(session.instance),
      session,
    })),
    { title: l10n.t('End Session') },
  );
  return picked?.session;
}
