import * as vscode from 'vscode';
import type { Disposable } from '../../base/lifecycle';
import type { InstanceFilter } from './instanceFilter';
import type { Inventory } from '../model/instances/inventory';
import type { SearchIndex } from '../model/instances/searchIndex';
import type { SavedFilter, SavedFilters } from './savedFilters';

const { l10n } = vscode;

export interface FilterInputDeps {
  readonly filter: InstanceFilter;
  readonly saved: SavedFilters;
  readonly inventory: Inventory;
  readonly search: SearchIndex;
}

/** The tree follows each keystroke; turning away puts the old filter back. */
export async function askFilter(deps: FilterInputDeps): Promise<void> {
  const { filter, saved } = deps;
  const box = vscode.window.createInputBox();
  const choose: vscode.QuickInputButton = {
    iconPath: new vscode.ThemeIcon('bookmark'),
    tooltip: l10n.t('Choose a Saved Filter'),
  };
  const save: vscode.QuickInputButton = {
    iconPath: new vscode.ThemeIcon('save'),
    tooltip: l10n.t('Save This Filter'),
  };
  box.title = l10n.t('Filter Instances');
  box.placeholder = 'web Department=FrontEnd';
  box.prompt = l10n.t(
    'Words are looked for in name, id, address and tags; Key=value compares a tag, with * and ? as wildcards.',
  );
  box.value = filter.text;
  box.buttons = saved.all.length > 0 ? [choose, save] : [save];
  const tried = () => {
    filter.try(box.value);
    warnOfNothing(box, deps);
  };
  const listeners: Disposable[] = [box.onDidChangeValue(tried), deps.inventory.onDidChange(tried)];
  const next = await new Promise<'accepted' | 'choose' | 'save' | 'dismissed'>(resolve => {
    listeners.push(
      box.onDidAccept(() => resolve('accepted')),
      box.onDidTriggerButton(button => resolve(button === choose ? 'choose' : 'save')),
      box.onDidHide(() => resolve('dismissed')),
    );
    box.show();
    void deps.inventory.ensureLoaded();
  });
  for (const listener of listeners) listener.dispose();
  const { value } = box;
  box.dispose();
  if (next === 'accepted' || next === 'save') filter.set(value);
  else filter.try(undefined);
  if (next === 'choose') await chooseFilter(deps);
  if (next === 'save') await saveFilter(deps);
}

function warnOfNothing(box: vscode.InputBox, { filter, inventory, search }: FilterInputDeps): void {
  const lists = inventory.snapshot.accounts.flatMap(({ regions }) =>
    regions.map(({ instances }) => instances),
  );
  const isNothing =
    lists.some(list => list.length > 0) &&
    lists.every(list => search.find(search.byName(list), filter.text).length === 0);
  box.validationMessage = isNothing
    ? { message: l10n.t('No instance matches.'), severity: vscode.InputBoxValidationSeverity.Warning }
    : undefined;
}

type FilterItem = vscode.QuickPickItem & { readonly filter: SavedFilter };

/** The tree shows what each would leave; turning away puts the old filter back. */
export async function chooseFilter({ filter, saved }: FilterInputDeps): Promise<void> {
  const picker = vscode.window.createQuickPick<FilterItem>();
  const remove: vscode.QuickInputButton = {
    iconPath: new vscode.ThemeIcon('trash'),
    tooltip: l10n.t('Remove Saved Filter'),
  };
  const read = () => {
    picker.items = saved.all.map(one => ({
      label: `$(bookmark) ${one.name}`,
      description: one.text,
      buttons: [remove],
      filter: one,
    }));
    picker.placeholder =
      picker.items.length > 0
        ? l10n.t('Name or text of a saved filter')
        : l10n.t('No filter is saved yet: filter the instances, then save the filter');
  };
  picker.title = l10n.t('Saved Filters');
  picker.matchOnDescription = true;
  read();
  const listeners: Disposable[] = [picker.onDidChangeActive(([item]) => filter.try(item?.filter.text))];
  try {
    const chosen = await new Promise<SavedFilter | undefined>((resolve, reject) => {
      listeners.push(
        picker.onDidTriggerItemButton(({ item }) => {
          saved.remove(item.filter.name).then(read, reject);
        }),
        picker.onDidAccept(() => resolve(picker.activeItems[0]?.filter)),
        picker.onDidHide(() => resolve(undefined)),
      );
      picker.show();
    });
    if (chosen) filter.set(chosen.text);
  } finally {
    filter.try(undefined);
    for (const listener of listeners) listener.dispose();
    picker.dispose();
  }
}

/** Keeps the filter of the view under a name. */
export async function saveFilter({
  filter,
  saved,
}: Pick<FilterInputDeps, 'filter' | 'saved'>): Promise<void> {
  const { text } = filter;
  if (text === '') {
    await vscode.window.showInformationMessage(
      l10n.t('There is no filter to save: filter the instances first.'),
    );
    return;
  }
  const title = l10n.t('Save Filter');
  const name = (
    await vscode.window.showInputBox({ title, prompt: l10n.t('A name for {0}', text), value: text })
  )?.trim();
  if (!name) return;
  const [first = 'user', ...others] = saved.scopes;
  const scope = others.length === 0 ? first : await askScope(title);
  if (!scope) return;
  await saved.save({ name, text }, scope);
  vscode.window.setStatusBarMessage(`$(check) ${l10n.t('Saved filter {0}', name)}`, 3000);
}

async function askScope(title: string): Promise<'workspace' | 'user' | undefined> {
  const workspace = {
    label: `$(root-folder) ${l10n.t('In this workspace')}`,
    detail: l10n.t('In its settings, for everybody who opens it'),
    scope: 'workspace' as const,
  };
  const user = {
    label: `$(person) ${l10n.t('For me')}`,
    detail: l10n.t('In my user settings, in every workspace'),
    scope: 'user' as const,
  };
  return (await vscode.window.showQuickPick([workspace, user], { title }))?.scope;
}
