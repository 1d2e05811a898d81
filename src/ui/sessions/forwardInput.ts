import * as vscode from 'vscode';
import { instanceKey, instanceLabel, type Instance } from '../../access/instance';
import { forwardToText, parseForwardTo, parseLocalPort, type Parsed } from '../model/sessions/forwardAddress';
import type { ForwardTo } from '../model/sessions/liveSession';
import type { RecentForward, RecentForwards } from './recentForwards';

const { l10n } = vscode;

/** Below this a port may need an administrator to bind it. */
const FIRST_FREE_FOR_ALL = 1024;
const TARGET_EXAMPLE = '8080 or mydb.example.us-east-1.rds.amazonaws.com:3306';

export interface ForwardWish {
  readonly to: ForwardTo;
  /** 0 for any free one. */
  readonly localPort: number;
}

interface TargetItem extends vscode.QuickPickItem {
  readonly recent?: RecentForward;
}

/** Asks what to forward, first of all again what was forwarded before, and to which local port. Undefined when turned away. */
export async function askForward(
  instance: Instance,
  deps: {
    readonly recent: RecentForwards;
    /** The first free port from the given one upwards. */
    readonly freePort: (port: number) => Promise<number>;
  },
): Promise<ForwardWish | undefined> {
  const title = l10n.t('Forward Port through {0}', instanceLabel(instance));
  const key = instanceKey(instance);
  let remote = '';
  for (;;) {
    const first =
      deps.recent.of(key).length > 0
        ? await pickTarget(title, key, remote, deps.recent)
        : await askTarget(title, remote);
    if (first === undefined) return undefined;
    if ('again' in first) return first.again;
    remote = first.text;
    const to = first.value;
    const free = to.port >= FIRST_FREE_FOR_ALL ? await deps.freePort(to.port) : undefined;
    const second = await askStep({
      title,
      step: 2,
      value: free === undefined ? '' : String(free),
      placeholder: l10n.t('any free port'),
      prompt:
        free === undefined || free === to.port
          ? l10n.t('The port on this computer. Leave it empty for any free one.')
          : l10n.t(
              'The port on this computer: {0} is taken, {1} is free. Leave it empty for any free one.',
              String(to.port),
              String(free),
            ),
      parse: text => parseLocalPort(l10n, text),
    });
    if (second === undefined) return undefined;
    if (second !== 'back') return { to, localPort: second.value };
  }
}

async function askTarget(
  title: string,
  value: string,
): Promise<{ readonly text: string; readonly value: ForwardTo } | undefined> {
  const answer = await askStep({
    title,
    step: 1,
    value,
    placeholder: TARGET_EXAMPLE,
    prompt: l10n.t('A port of the instance, or host:port of something it can reach.'),
    parse: text => parseForwardTo(l10n, text),
  });
  return answer === 'back' ? undefined : answer;
}

/** The forwards of before to choose from; what is typed instead is a new one. */
function pickTarget(
  title: string,
  key: string,
  value: string,
  recent: RecentForwards,
): Promise<
  { readonly text: string; readonly value: ForwardTo } | { readonly again: ForwardWish } | undefined
> {
  const pick = vscode.window.createQuickPick<TargetItem>();
  pick.title = title;
  pick.step = 1;
  pick.totalSteps = 2;
  pick.placeholder = l10n.t('Forward again, or type a port or host:port');
  pick.value = value;
  const forget: vscode.QuickInputButton = {
    iconPath: new vscode.ThemeIcon('trash'),
    tooltip: l10n.t('Forget This Forward'),
  };
  const draw = () => {
    const typed = pick.value.trim();
    const parsed = typed === '' ? undefined : parseForwardTo(l10n, typed);
    const again: TargetItem[] = recent.of(key).map(one => ({
      label: `$(history) ${forwardToText(one.to)}`,
      description: `→ localhost:${one.localPort}`,
      buttons: [forget],
      recent: one,
    }));
    pick.items = [
      ...again,
      ...(parsed
        ? [
            {
              label: parsed.ok
                ? `$(add) ${l10n.t('Forward {0}', forwardToText(parsed.value))}`
                : `$(info) ${parsed.message}`,
              alwaysShow: true,
            },
          ]
        : []),
    ];
  };
  draw();
  return new Promise<
    { readonly text: string; readonly value: ForwardTo } | { readonly again: ForwardWish } | undefined
  >(resolve => {
    pick.onDidChangeValue(draw);
    pick.onDidTriggerItemButton(({ item }) => {
      if (!item.recent) return;
      recent.forget(key, item.recent);
      draw();
    });
    pick.onDidAccept(() => {
      const chosen = pick.selectedItems[0]?.recent;
      if (chosen) return resolve({ again: chosen });
      const parsed = parseForwardTo(l10n, pick.value);
      if (parsed.ok) resolve({ text: pick.value, value: parsed.value });
      else draw();
    });
    pick.onDidHide(() => resolve(undefined));
    pick.show();
  }).finally(() => pick.dispose());
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
