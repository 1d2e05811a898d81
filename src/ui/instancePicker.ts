import * as vscode from 'vscode';
import { instanceKey, instanceLabel, type Instance } from '../access/instance';
import { matchesFilter } from './model/instanceFilter';
import type { Inventory } from './model/inventory';
import { instanceState, type InstanceRowContext, type InstanceState } from './model/instanceRow';

interface InstanceItem extends vscode.QuickPickItem {
  readonly instance: Instance;
}

/** Asks for an instance, with the same search as the tree's filter. */
export async function pickInstance(
  inventory: Inventory,
  context: () => InstanceRowContext,
  title: string,
  isWanted: (instance: Instance) => boolean = () => true,
): Promise<Instance | undefined> {
  const { l10n } = vscode;
  const picker = vscode.window.createQuickPick<InstanceItem>();
  picker.title = title;
  picker.placeholder = l10n.t('Name, id, address or tag, such as web Department=FrontEnd');
  picker.busy = true;
  const draw = () => {
    const filter = picker.value;
    const chosen = picker.activeItems[0]?.instance;
    picker.items = inventory.instances
      .filter(instance => isWanted(instance) && matchesFilter(instance, filter))
      .map(instance => ({ instance, state: instanceState(l10n, instance, context()) }))
      .sort((a, b) => a.state.rank - b.state.rank || byName(a.instance, b.instance))
      .map(({ instance, state }) => itemOf(instance, state));
    const again = picker.items.find(item => chosen && instanceKey(item.instance) === instanceKey(chosen));
    if (again) picker.activeItems = [again];
  };
  const listeners = [picker.onDidChangeValue(draw), inventory.onDidChange(draw)];
  draw();
  void inventory.ensureLoaded().then(() => {
    picker.busy = false;
    draw();
  });
  try {
    return await new Promise<Instance | undefined>(resolve => {
      listeners.push(
        picker.onDidAccept(() => resolve(picker.activeItems[0]?.instance)),
        picker.onDidHide(() => resolve(undefined)),
      );
      picker.show();
    });
  } finally {
    for (const listener of listeners) listener.dispose();
    picker.dispose();
  }
}

function byName(a: Instance, b: Instance): number {
  return instanceLabel(a).localeCompare(instanceLabel(b), undefined, { numeric: true });
}

function itemOf(instance: Instance, state: InstanceState): InstanceItem {
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
