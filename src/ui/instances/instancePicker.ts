import * as vscode from 'vscode';
import type { Clock } from '../../base/clock';
import type { Disposable } from '../../base/lifecycle';
import { instanceKey, instanceLabel, type Instance } from '../../access/instance';
import { InstanceChoices, type ChoiceSection, type InstanceChoice } from '../model/instances/instanceChoices';
import type { Inventory } from '../model/instances/inventory';
import type { InstanceRowContext } from '../model/instances/instanceRowContext';
import type { SearchIndex } from '../model/instances/searchIndex';

/** The last item may stand for those that are not shown. */
type InstanceItem = vscode.QuickPickItem & { readonly instance?: Instance };

/** Answers come in bursts while everything is listed. */
const REDRAW_AFTER_MS = 250;

export interface InstancePickerDeps {
  readonly inventory: Inventory;
  readonly search: SearchIndex;
  readonly context: () => InstanceRowContext;
  readonly clock: Clock;
}

/** Asks for an instance, with the same search as the tree's filter. */
export async function pickInstance(
  { inventory, search, context, clock }: InstancePickerDeps,
  title: string,
  isWanted: (instance: Instance) => boolean = () => true,
): Promise<Instance | undefined> {
  const { l10n } = vscode;
  const picker = vscode.window.createQuickPick<InstanceItem>();
  picker.title = title;
  picker.placeholder = l10n.t('Name, id, address or tag, such as web Department=FrontEnd');
  picker.busy = true;
  const read = () =>
    new InstanceChoices({ l10n, search, instances: inventory.instances, context: context(), isWanted });
  let choices = read();
  const draw = () => {
    const chosen = picker.activeItems[0]?.instance;
    const { shown, more } = choices.find(picker.value);
    picker.items = [...itemsOf(shown), ...(more > 0 ? [moreItem(more)] : [])];
    const again = picker.items.find(
      ({ instance }) => chosen && instance && instanceKey(instance) === instanceKey(chosen),
    );
    if (again) picker.activeItems = [again];
  };
  let redrawing: Disposable | undefined;
  const readAndDraw = () => {
    redrawing = undefined;
    choices = read();
    draw();
  };
  const listeners: Disposable[] = [
    picker.onDidChangeValue(draw),
    inventory.onDidChange(() => {
      redrawing ??= clock.schedule(REDRAW_AFTER_MS, readAndDraw);
    }),
    { dispose: () => redrawing?.dispose() },
  ];
  draw();
  void inventory.ensureLoaded().then(() => {
    picker.busy = false;
  });
  try {
    return await new Promise<Instance | undefined>(resolve => {
      listeners.push(
        picker.onDidAccept(() => {
          const [item] = picker.activeItems;
          if (!item || item.instance) resolve(item?.instance);
        }),
        picker.onDidHide(() => resolve(undefined)),
      );
      picker.show();
    });
  } finally {
    for (const listener of listeners) listener.dispose();
    picker.dispose();
  }
}

/** In their sections. VS Code leaves the headings out while something is typed, and puts names that begin with it first. */
function itemsOf(shown: readonly InstanceChoice[]): InstanceItem[] {
  return shown.flatMap((choice, at) => {
    const isFirst = choice.section !== shown[at - 1]?.section;
    const heading = { label: sectionLabel(choice.section), kind: vscode.QuickPickItemKind.Separator };
    return [...(isFirst ? [heading] : []), itemOf(choice)];
  });
}

function sectionLabel(section: ChoiceSection): string {
  switch (section) {
    case 'favourites':
      return vscode.l10n.t('Favourites');
    case 'recent':
      return vscode.l10n.t('Recently Connected');
    case 'ready':
      return vscode.l10n.t('Ready');
    case 'askable':
      return vscode.l10n.t('Without Active Access');
    case 'blocked':
      return vscode.l10n.t('Out of Reach');
  }
}

function itemOf({ instance, state }: InstanceChoice): InstanceItem {
  const tags = Object.entries(instance.tags)
    .filter(([key]) => key !== 'Name')
    .map(([key, value]) => `${key}=${value}`);
  return {
    instance,
    label: `$(${state.icon}) ${instanceLabel(instance)}`,
    description: state.word,
    detail: [instance.id, instance.accountId, instance.region, ...tags].join(' · '),
    // The filter has decided already; VS Code's own matching would look at the label only.
    alwaysShow: true,
  };
}

function moreItem(more: number): InstanceItem {
  return { label: `$(ellipsis) ${vscode.l10n.t('{0} more: type to narrow', more)}`, alwaysShow: true };
}
