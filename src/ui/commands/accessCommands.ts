import * as vscode from 'vscode';
import { AppError } from '../../base/errors';
import type { Grant } from '../../access/grant';
import type { GrantLedger } from '../../access/ledger';
import type { Clock } from '../../base/clock';
import { commandArguments, grantArguments, requestArguments } from '../workbench/commandArguments';
import type { CommandRegistry } from '../workbench/commandRegistry';
import { instanceKeyOf, requestIdOf, stringIn, targetOf } from '../workbench/commandSubject';
import { accessRows } from '../model/access/accessTreeModel';
import type { RequestOpener } from '../requests/requestOpener';
import type { SessionHub } from '../sessions/sessionHub';
import { registerRecallCommands, type RecallCommandsDeps } from './recallCommands';

const { l10n } = vscode;

export interface AccessCommandsDeps extends RecallCommandsDeps {
  readonly opener: RequestOpener;
  readonly hub: SessionHub;
  readonly clock: Clock;
}

/** Asking for access, following it, prolonging it, giving it back. */
export function registerAccessCommands(commands: CommandRegistry, deps: AccessCommandsDeps): void {
  const { ledger, panels, inventory, opener, hub, clock } = deps;

  registerRecallCommands(commands, deps);

  commands.register('access.request', async argument => {
    const { instance, target, flow, reason, duration } = commandArguments(
      'access.request',
      requestArguments,
      argument,
    );
    if (instance ?? target ?? flow ?? reason ?? duration) {
      await opener.open({ instance, target, flow, reason, duration });
      return;
    }
    await inventory.ensureLoaded();
    const key = instanceKeyOf(argument);
    const preset = targetOf(argument);
    panels.open({ ...(key ? { instanceKey: key } : {}), ...(preset ? { preset } : {}) });
  });

  commands.register('access.cancel', async argument => {
    const request = ledger.request(requestIdOf(argument) ?? '');
    if (!request) return;
    await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Window,
        title: l10n.t('Taking the request for {0} back…', request.target.label),
      },
      () => ledger.cancel(request.id),
    );
  });

  commands.register('access.copyId', async argument => {
    const requestId = requestIdOf(argument);
    if (requestId === undefined) return;
    await vscode.env.clipboard.writeText(requestId);
    vscode.window.setStatusBarMessage(`$(copy) ${l10n.t('Request id copied')}`, 3000);
  });

  commands.register('access.show', async argument => {
    await inventory.ensureLoaded();
    const request = ledger.request(requestIdOf(argument) ?? '');
    if (!request) return;
    panels.open({
      requestId: request.id,
      ...(request.instanceKey ? { instanceKey: request.instanceKey } : {}),
    });
  });

  commands.register('access.dismiss', argument => {
    const requestId = requestIdOf(argument);
    if (requestId) ledger.dismiss(requestId);
  });

  commands.register('access.copyLink', async argument => {
    const request = ledger.request(requestIdOf(argument) ?? '');
    if (!request) return;
    const { reason } = request.draft.values;
    const lines = [
      l10n.t('Please look at my request for {0} ({1}).', request.target.label, request.flowLabel),
      ...(typeof reason === 'string' ? [l10n.t('Why: {0}', reason)] : []),
      l10n.t('Run {0}, request {1}', request.brokerRef?.runId ?? '?', request.id),
    ];
    await vscode.env.clipboard.writeText(lines.join('\n'));
    vscode.window.setStatusBarMessage(`$(copy) ${l10n.t('Message for the approver copied')}`, 3000);
  });

  commands.register('grant.extend', async argument => {
    commandArguments('grant.extend', grantArguments, argument);
    const grant = await chooseGrant(ledger, argument, l10n.t('Extend Access'));
    if (!grant) return;
    const key = ledger.request(grant.requestId)?.instanceKey;
    panels.open({
      preset: { flowId: grant.flowId, targetId: grant.targetId },
      extensionOf: grant.requestId,
      ...(key ? { instanceKey: key } : {}),
    });
  });

  commands.register('grant.giveBack', async argument => {
    commandArguments('grant.giveBack', grantArguments, argument);
    const grant = await chooseGrant(ledger, argument, l10n.t('Give Access Back'));
    if (!grant || !(await mayEndSessions(hub, grant))) return;
    await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Window, title: l10n.t('Giving {0} back…', grant.target.label) },
      () => ledger.giveBack(grant.requestId),
    );
  });

  commands.register('grant.menu', async () => {
    const rows = accessRows(l10n, {
      requests: ledger.requests,
      grants: ledger.grants,
      canCancel: requestId => ledger.canCancel(requestId),
      now: clock.now(),
    }).filter(row => !row.capabilities.includes('dismiss'));
    const items = rows.flatMap(row => {
      const { requestId } = row.subject;
      const entry = (label: string, command: string) => ({ label, command, argument: { requestId } });
      const can = (capability: string) => row.capabilities.includes(capability);
      return [
        { label: `${row.label} · ${row.description ?? ''}`, kind: vscode.QuickPickItemKind.Separator },
        ...(can('signIn') ? [entry(`$(sign-in) ${l10n.t('Sign In')}`, 'profile.signIn')] : []),
        ...(can('signInSym') ? [entry(`$(key) ${l10n.t('Sign In to Sym…')}`, 'sym.signIn')] : []),
        ...(can('extend')
          ? [
              entry(`$(terminal) ${l10n.t('Open Shell…')}`, 'shell.open'),
              ...(can('forward') ? [entry(`$(arrow-swap) ${l10n.t('Forward Port…')}`, 'port.forward')] : []),
              entry(`$(add) ${l10n.t('Extend…')}`, 'grant.extend'),
            ]
          : []),
        ...(can('giveBack') ? [entry(`$(discard) ${l10n.t('Give Back')}`, 'grant.giveBack')] : []),
        ...(can('pending')
          ? [entry(`$(copy) ${l10n.t('Copy Message for Approver')}`, 'access.copyLink')]
          : []),
        ...(can('cancel') ? [entry(`$(close) ${l10n.t('Cancel Request')}`, 'access.cancel')] : []),
        entry(`$(eye) ${l10n.t('Show Details')}`, 'access.show'),
      ];
    });
    const asking = { label: `$(key) ${l10n.t('Request Access…')}`, command: 'access.request', argument: {} };
    const other = { label: l10n.t('more'), kind: vscode.QuickPickItemKind.Separator };
    const picked = await vscode.window.showQuickPick([...items, other, asking], {
      title: l10n.t('JIT Access'),
    });
    if (picked && 'command' in picked) {
      await vscode.commands.executeCommand(`jitAccess.${picked.command}`, picked.argument);
    }
  });
}

async function chooseGrant(
  ledger: GrantLedger,
  argument: unknown,
  title: string,
): Promise<Grant | undefined> {
  const requestId = requestIdOf(argument);
  const live = ledger.grants.filter(grant => grant.phase === 'active' || grant.phase === 'provisioning');
  if (requestId) return live.find(grant => grant.requestId === requestId);
  const named = stringIn(argument, 'target')?.toLowerCase();
  if (named) {
    const found = live.find(({ target }) =>
      [target.id, target.label].some(name => name.toLowerCase() === named),
    );
    if (!found) throw new AppError('no-grant', `There is no active access called "${named}"`);
    return found;
  }
  if (live.length === 0) throw new AppError('no-grant', 'There is no active access');
  if (live.length === 1) return live[0];
  const picked = await vscode.window.showQuickPick(
    live.map(grant => ({ label: grant.target.label, description: grant.flowLabel, grant })),
    { title },
  );
  return picked?.grant;
}

/** Asks first when connections that are in use would be cut. */
async function mayEndSessions(hub: SessionHub, grant: Grant): Promise<boolean> {
  const busy = hub
    .ofGrant(grant.requestId)
    .filter(session => (session.forward?.connections?.active ?? 0) > 0);
  if (busy.length === 0) return true;
  const proceed = l10n.t('Give Back');
  const answer = await vscode.window.showWarningMessage(
    busy.length === 1
      ? l10n.t('A forwarded port under {0} has open connections. They will be cut.', grant.target.label)
      : l10n.t(
          '{0} forwarded ports under {1} have open connections. They will be cut.',
          busy.length,
          grant.target.label,
        ),
    { modal: true },
    proceed,
  );
  return answer === proceed;
}
