import * as vscode from 'vscode';
import type { FlowProblem } from '../../access/flowSettings';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import type { Log } from '../../base/log';
import { settingPlace } from '../model/settingPlace';
import type { Settings } from '../workbench/settings';

const { l10n } = vscode;
const SETTING = 'jitAccess.flows';

/** Tells once of each mistake in the access flows of the settings, and opens the file at its place. A flow with a mistake is left out. */
export class FlowSettingsNotice implements Disposable {
  readonly #settings: Settings;
  readonly #log: Log;
  readonly #store = new DisposableStore();
  #told = '';

  constructor(deps: { readonly settings: Settings; readonly log: Log }) {
    this.#settings = deps.settings;
    this.#log = deps.log;
    this.#store.add(deps.settings.onDidChange(() => this.#look()));
    this.#look();
  }

  dispose(): void {
    this.#store.dispose();
  }

  /** The settings change with every key that is pressed in them: only another mistake is told. */
  #look(): void {
    const { flowProblems } = this.#settings;
    const facts = flowProblems.map(({ path, message }) => `${path} ${message}`).join('\n');
    if (facts === this.#told) return;
    this.#told = facts;
    const [first, ...others] = flowProblems;
    if (first) {
      this.#tell(first, others.length).catch((thrown: unknown) => {
        this.#log.error('The place of the mistake could not be opened', thrown);
      });
    }
  }

  async #tell(problem: FlowProblem, others: number): Promise<void> {
    const open = l10n.t('Open the Setting');
    const log = l10n.t('Show Log');
    const answer = await vscode.window.showWarningMessage(problemText(problem, others), open, log);
    if (answer === open) await openAt(problem);
    else if (answer === log) await vscode.commands.executeCommand('jitAccess.log.show');
  }
}

function problemText({ flow, field, message }: FlowProblem, others: number): string {
  const sentence =
    flow === undefined
      ? l10n.t('The setting {0} cannot be used: it {1}.', SETTING, message)
      : field === ''
        ? l10n.t('The access flow {0} is left out: it {1}.', flow, message)
        : l10n.t('The access flow {0} is left out: {1} {2}.', flow, field, message);
  if (others === 0) return sentence;
  return others === 1
    ? l10n.t('{0} There is one more mistake, which the log names.', sentence)
    : l10n.t('{0} There are {1} more mistakes, which the log names.', sentence, others);
}

/** The file that the setting's value comes from, with the mistake selected. */
async function openAt({ at }: FlowProblem): Promise<void> {
  const inspected = vscode.workspace.getConfiguration().inspect(SETTING);
  const ofWorkspace = inspected?.workspaceValue !== undefined;
  await vscode.commands.executeCommand(
    ofWorkspace ? 'workbench.action.openWorkspaceSettingsFile' : 'workbench.action.openSettingsJson',
    { revealSetting: { key: SETTING } },
  );
  const editor = vscode.window.activeTextEditor;
  const place = editor && settingPlace(editor.document.getText(), [SETTING, ...at]);
  if (!place) return;
  const range = new vscode.Range(
    editor.document.positionAt(place.start),
    editor.document.positionAt(place.end),
  );
  editor.selection = new vscode.Selection(range.start, range.end);
  editor.revealRange(range, vscode.TextEditorRevealType.InCenter);
}
