import * as vscode from 'vscode';
import { instanceLabel, type Instance } from '../access/instance';
import { parseForwardTo, parseLocalPort, type Parsed } from './model/forwardAddress';
import type { ForwardTo } from './model/liveSession';

const { l10n } = vscode;

/** Below this a port may need an administrator to bind it. */
const FIRST_FREE_FOR_ALL = 1024;

/** Asks in two steps what to forward, and to which local port. Undefined when turned away. */
export async function askForward(
  instance: Instance,
): Promise<{ readonly to: ForwardTo; readonly localPort: number } | undefined> {
  const title = l10n.t('Forward Port through {0}', instanceLabel(instance));
  let remote = '';
  for (;;) {
    const first = await askStep({
      title,
      step: 1,
      value: remote,
      placeholder: '8080 or mydb.example.us-east-1.rds.amazonaws.com:3306',
      prompt: l10n.t('A port of the instance, or host:port of something it can reach.'),
      parse: text => parseForwardTo(l10n, text),
    });
    if (first === undefined || first === 'back') return undefined;
    remote = first.text;
    const to = first.value;
    const second = await askStep({
      title,
      step: 2,
      value: to.port >= FIRST_FREE_FOR_ALL ? String(to.port) : '',
      placeholder: l10n.t('any free port'),
      prompt: l10n.t('The port on this computer. Leave it empty for any free one.'),
      parse: text => parseLocalPort(l10n, text),
    });
    if (second === undefined) return undefined;
    if (second !== 'back') return { to, localPort: second.value };
  }
}

/** One step of two, with a way back from the second. */
function askStep<T>(step: {
  readonly title: string;
  readonly step: 1 | 2;
  readonly value: string;
  readonly placeholder: string;
  readonly prompt: string;
  readonly parse: (text: string) => Parsed<T>;
}): Promise<{ readonly text: string; readonly value: T } | 'back' | undefined> {
  const input = vscode.window.createInputBox();
  input.title = step.title;
  input.step = step.step;
  input.totalSteps = 2;
  input.value = step.value;
  input.placeholder = step.placeholder;
  input.prompt = step.prompt;
  input.buttons = step.step === 2 ? [vscode.QuickInputButtons.Back] : [];
  return new Promise<{ readonly text: string; readonly value: T } | 'back' | undefined>(resolve => {
    input.onDidChangeValue(() => {
      // Nothing is wrong while somebody is still typing; what was wrong may be right now.
      input.validationMessage = undefined;
    });
    input.onDidAccept(() => {
      const parsed = step.parse(input.value);
      if (parsed.ok) resolve({ text: input.value, value: parsed.value });
      else input.validationMessage = parsed.message;
    });
    input.onDidTriggerButton(() => resolve('back'));
    input.onDidHide(() => resolve(undefined));
    input.show();
  }).finally(() => input.dispose());
}
