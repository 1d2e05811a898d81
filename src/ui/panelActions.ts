import * as vscode from 'vscode';
import type { PanelActionId } from '../shared/requestPanel';
import type { PanelSubject } from './requestPanel';

/** What each button of the request page does: the same commands as tree, palette and notices. */
const COMMANDS: Readonly<Record<PanelActionId, string>> = {
  connect: 'jitAccess.shell.open',
  forward: 'jitAccess.port.forward',
  extend: 'jitAccess.grant.extend',
  giveBack: 'jitAccess.grant.giveBack',
  copyMessage: 'jitAccess.access.copyLink',
  requestAgain: 'jitAccess.access.request',
  signIn: 'jitAccess.profile.signIn',
  setSymUrl: 'jitAccess.settings.open',
  setSymToken: 'jitAccess.sym.signIn',
  openSettings: 'jitAccess.settings.open',
  showLog: 'jitAccess.log.show',
  showOverlap: 'jitAccess.access.show',
};

export async function panelActions(
  action: PanelActionId,
  subject: PanelSubject,
  overlapId?: string,
): Promise<void> {
  await vscode.commands.executeCommand(COMMANDS[action], argumentOf(action, subject, overlapId));
}

function argumentOf(action: PanelActionId, subject: PanelSubject, overlapId: string | undefined): object {
  switch (action) {
    case 'setSymUrl':
      return { setting: 'jitAccess.sym.apiUrl' };
    case 'openSettings':
      return { setting: 'jitAccess.flows' };
    case 'requestAgain':
      return { again: subject.requestId };
    case 'showOverlap':
      return { requestId: overlapId };
    case 'signIn':
    case 'setSymToken':
    case 'showLog':
      return {};
    default:
      return {
        ...(subject.requestId ? { requestId: subject.requestId } : {}),
        ...(subject.instanceKey ? { instanceKey: subject.instanceKey } : {}),
      };
  }
}
