import * as vscode from 'vscode';
import type { Flow } from '../../access/flow';
import type { Favourite, FormContent, RequestMemory } from '../../access/requestMemory';
import { contentHint, draftOf } from '../model/requests/formRecall';
import type { FormStart } from '../requests/requestPageView';

const { l10n } = vscode;

interface FavouriteItem extends vscode.QuickPickItem {
  readonly favourite: Favourite;
}

/** What a form begins with when a favourite was chosen. */
export function favouriteStart({ name, content }: Favourite): FormStart {
  return { draft: draftOf(content), note: l10n.t('Filled in from “{0}”.', name) };
}

/** Asks for a favourite; each can be deleted there. Undefined when turned away. */
export async function pickFavourite(
  memory: RequestMemory,
  flows: readonly Flow[],
): Promise<Favourite | undefined> {
  const picker = vscode.window.createQuickPick<FavouriteItem>();
  const remove: vscode.QuickInputButton = {
    iconPath: new vscode.ThemeIcon('trash'),
    tooltip: l10n.t('Delete This Favourite'),
  };
  picker.title = l10n.t('Request a Favourite');
  picker.placeholder = l10n.t('Which one? The form is filled in, and nothing is sent.');
  picker.matchOnDescription = true;
  const draw = () => {
    picker.items = memory.favourites.map(favourite => ({
      favourite,
      label: `$(star-full) ${favourite.name}`,
      description: contentHint(l10n, favourite.content, flows),
      buttons: [remove],
    }));
    if (picker.items.length === 0)
      picker.placeholder = l10n.t('No favourites yet. Save one with the star below the form.');
  };
  draw();
  try {
    return await new Promise<Favourite | undefined>(resolve => {
      picker.onDidTriggerItemButton(({ item }) => {
        memory.removeFavourite(item.favourite.name);
        draw();
      });
      picker.onDidAccept(() => resolve(picker.activeItems[0]?.favourite));
      picker.onDidHide(() => resolve(undefined));
      picker.show();
    });
  } finally {
    picker.dispose();
  }
}

/** Saves what is in a form under a name that is asked for. */
export async function saveFavourite(
  memory: RequestMemory,
  content: FormContent,
  suggestion: { readonly name: string; readonly instanceKey?: string | undefined },
): Promise<void> {
  const isTaken = (name: string) => memory.favourites.some(favourite => favourite.name === name);
  const answer = await vscode.window.showInputBox({
    title: l10n.t('Save as Favourite'),
    prompt: l10n.t('A name for it. Favourites stay on this computer.'),
    value: suggestion.name,
    validateInput: typed => {
      const name = typed.trim();
      if (name === '') return l10n.t('A favourite needs a name.');
      if (!isTaken(name)) return undefined;
      return {
        message: l10n.t('Replaces the favourite of that name.'),
        severity: vscode.InputBoxValidationSeverity.Info,
      };
    },
  });
  const name = answer?.trim();
  if (!name) return;
  const { instanceKey } = suggestion;
  memory.saveFavourite({ name, content, ...(instanceKey === undefined ? {} : { instanceKey }) });
  vscode.window.setStatusBarMessage(`$(star-full) ${l10n.t('Saved as “{0}”', name)}`, 3000);
}
