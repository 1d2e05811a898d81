import * as vscode from 'vscode';
import { findFlowTarget, type Flow } from '../../access/flow';
import type { RequestMemory } from '../../access/requestMemory';
import type { Draft, PanelActionId } from '../../shared/requestPanel';
import { favouriteStart, pickFavourite, saveFavourite } from '../instances/favourites';
import type { FormStart, PanelSubject } from './requestPageView';

/** What the panel does by itself or with the form; everything else is a command. */
type CommandAction = Exclude<
  PanelActionId,
  'favourites' | 'saveFavourite' | 'chooseInstance' | 'extendOverlap'
>;

/** What each button of the request page does: the same commands as tree, palette and notices. */
const COMMANDS: Readonly<Record<CommandAction, string>> = {
  connect: 'jitAccess.shell.open',
  forward: 'jitAccess.port.forward',
  extend: 'jitAccess.grant.extend',
  giveBack: 'jitAccess.grant.giveBack',
  cancel: 'jitAccess.access.cancel',
  copyMessage: 'jitAccess.access.copyLink',
  copyRequestId: 'jitAccess.access.copyId',
  requestAgain: 'jitAccess.access.requestAgain',
  review: 'jitAccess.review.complete',
  signIn: 'jitAccess.profile.signIn',
  setSymUrl: 'jitAccess.settings.open',
  setSymToken: 'jitAccess.sym.signIn',
  openSettings: 'jitAccess.settings.open',
  showLog: 'jitAccess.log.show',
  showOverlap: 'jitAccess.access.show',
};

export function panelActions(deps: {
  readonly memory: RequestMemory;
  readonly flows: () => readonly Flow[];
}) {
  const { memory, flows } = deps;
  return async (
    action: PanelActionId,
    subject: PanelSubject,
    form: { readonly draft?: Draft | undefined; readonly overlap?: string | undefined },
  ): Promise<FormStart | undefined> => {
    const { draft, overlap } = form;
    switch (action) {
      case 'favourites': {
        const favourite = await pickFavourite(memory, flows());
        return favourite === undefined ? undefined : favouriteStart(favourite);
      }
      case 'saveFavourite': {
        if (!draft) return undefined;
        const { instanceKey } = subject;
        const target = findFlowTarget(flows(), draft.flowId, draft.targetId)?.target;
        await saveFavourite(memory, draft, { name: target?.label ?? '', instanceKey });
        return undefined;
      }
      case 'chooseInstance':
      case 'extendOverlap':
        return undefined;
      default:
        await vscode.commands.executeCommand(COMMANDS[action], argumentOf(action, subject, overlap));
        return undefined;
    }
  };
}

function argumentOf(action: CommandAction, subject: PanelSubject, overlapId: string | undefined): object {
  switch (action) {
    case 'setSymUrl':
      return { setting: 'jitAccess.sym.apiUrl' };
    case 'openSettings':
      return { setting: 'jitAccess.flows' };
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
