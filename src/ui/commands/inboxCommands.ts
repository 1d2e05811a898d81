import * as vscode from 'vscode';
import { isAppError } from '../../base/errors';
import type { InboxItem } from '../../aws/nodeAccess/nodeAccessInbox';
import { signalOf } from '../workbench/cancellationSignal';
import type { CommandRegistry } from '../workbench/commandRegistry';
import { stringIn, subjectOf } from '../workbench/commandSubject';
import type { FailureReporter } from '../workbench/failureReporter';
import type { Decision, Inbox } from '../model/access/inbox';
import { requesterName, targetText } from '../model/access/inboxRows';
import type { Inventory } from '../model/instances/inventory';

const { l10n } = vscode;

/** The service's limit on each value of a signal. */
const LONGEST_COMMENT = 512;

/** Deciding about what others ask for. */
export function registerInboxCommands(
  commands: CommandRegistry,
  deps: { readonly inbox: Inbox; readonly inventory: Inventory; readonly failures: FailureReporter },
): void {
  const { inbox, inventory, failures } = deps;
  const names = (item: InboxItem) => ({
    who: requesterName(l10n, item),
    what: targetText(l10n, item, key => inventory.find(key)),
  });
  const itemOf = (argument: unknown) =>
    inbox.find(stringIn(subjectOf(argument), 'approvalId') ?? stringIn(argument, 'approvalId') ?? '');

  const send = async (
    item: InboxItem,
    decision: Decision,
    comment: string,
    sending: string,
    sent: string,
  ) => {
    await vscode.window.withProgress(
      { location: { viewId: 'jitAccess.approvals' }, title: sending },
      (_progress, token) => inbox.decide(item, decision, comment, { signal: signalOf(token) }),
    );
    vscode.window.setStatusBarMessage(`$(check) ${sent}`, 5000);
  };

  commands.register('approvals.refresh', async () => {
    await vscode.window.withProgress({ location: { viewId: 'jitAccess.approvals' } }, () => inbox.refresh());
  });

  commands.register('approvals.explain', async argument => {
    const error = subjectOf(argument)?.['error'];
    if (isAppError(error)) await failures.report(error, { retry: () => inbox.refresh() });
  });

  commands.register('approval.decide', async argument => {
    const item = itemOf(argument);
    if (!item) return;
    const { who, what } = names(item);
    const picked = await vscode.window.showQuickPick(
      [
        { label: `$(check) ${l10n.t('Approve…')}`, command: 'approval.approve' },
        { label: `$(close) ${l10n.t('Reject…')}`, command: 'approval.reject' },
        { label: `$(copy) ${l10n.t('Copy Request ID')}`, command: 'approval.copyId', description: item.id },
      ],
      { title: l10n.t('{0} asks for {1}', who, what), placeHolder: item.reason ?? '' },
    );
    if (picked) await vscode.commands.executeCommand(`jitAccess.${picked.command}`, { approvalId: item.id });
  });

  commands.register('approval.approve', async argument => {
    const item = itemOf(argument);
    if (!item) return;
    const { who, what } = names(item);
    const comment = await askComment(
      l10n.t('Approve {0} on {1}', who, what),
      l10n.t('A comment for {0}, if you like. Enter approves, Escape does nothing.', who),
      item.reason,
    );
    if (comment === undefined) return;
    await send(item, 'approve', comment, l10n.t('Approving…'), l10n.t('Your approval of {0} was sent', who));
  });

  commands.register('approval.reject', async argument => {
    const item = itemOf(argument);
    if (!item) return;
    const { who, what } = names(item);
    const comment = await askComment(
      l10n.t('Reject {0} on {1}', who, what),
      l10n.t('Say why, so that {0} knows what to do instead. Enter rejects, Escape does nothing.', who),
      item.reason,
    );
    if (comment === undefined) return;
    await send(item, 'reject', comment, l10n.t('Rejecting…'), l10n.t('The request of {0} was rejected', who));
  });

  commands.register('approval.revoke', async argument => {
    const item = itemOf(argument);
    if (!item) return;
    const { who, what } = names(item);
    const proceed = l10n.t('Revoke');
    const answer = await vscode.window.showWarningMessage(
      l10n.t('End the access of {0} to {1} now?', who, what),
      { modal: true, detail: l10n.t('AWS leaves sessions open that are open already.') },
      proceed,
    );
    if (answer !== proceed) return;
    await send(item, 'revoke', '', l10n.t('Revoking…'), l10n.t('The access of {0} was revoked', who));
  });

  commands.register('approval.copyId', async argument => {
    const item = itemOf(argument);
    if (!item) return;
    await vscode.env.clipboard.writeText(item.id);
    vscode.window.setStatusBarMessage(`$(copy) ${l10n.t('Copied {0}', item.id)}`, 3000);
  });
}

async function askComment(
  title: string,
  prompt: string,
  reason: string | undefined,
): Promise<string | undefined> {
  return vscode.window.showInputBox({
    title,
    prompt: reason === undefined ? prompt : `${l10n.t('Asked because: {0}', reason)}\n${prompt}`,
    ignoreFocusOut: true,
    placeHolder: l10n.t('Comment'),
    validateInput: text =>
      text.length > LONGEST_COMMENT
        ? l10n.t('AWS takes {0} characters; these are {1}.', LONGEST_COMMENT, text.length)
        : undefined,
  });
}
