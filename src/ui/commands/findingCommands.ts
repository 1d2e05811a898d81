import * as vscode from 'vscode';
import { instanceLabel } from '../../access/instance';
import type { CommandRegistry } from '../workbench/commandRegistry';
import { instanceKeyOf } from '../workbench/commandSubject';
import { askFilter, chooseFilter, saveFilter, type FilterInputDeps } from '../instances/filterInput';
import type { InstanceGrouping } from '../instances/instanceGrouping';
import { filterLink, parseFilterLink } from '../model/instances/filterLink';
import { instancesText } from '../model/instances/countText';
import { BY_ACCOUNT, formatGrouping, tagKeys, type Grouping } from '../model/instances/grouping';

const { l10n } = vscode;

export interface FindingCommandsDeps extends FilterInputDeps {
  readonly grouping: InstanceGrouping;
  /** `publisher.name`, as links name it. */
  readonly extensionId: string;
}

/** Filtering, grouping, and passing on what one has found. */
export function registerFindingCommands(commands: CommandRegistry, deps: FindingCommandsDeps): void {
  const { filter, grouping, inventory, extensionId } = deps;

  commands.register('instances.filter', () => askFilter(deps));
  commands.register('instances.clearFilter', () => filter.set(''));
  commands.register('instances.saveFilter', () => saveFilter(deps));
  commands.register('instances.chooseFilter', () => chooseFilter(deps));

  commands.register('instances.copyFilter', () => copy(filter.text));
  commands.register('instances.copyFilterLink', () =>
    copy(filterLink(vscode.env.uriScheme, extensionId, { filter: filter.text, grouping: grouping.current })),
  );

  commands.register('instances.groupBy', async () => {
    await inventory.ensureLoaded();
    const chosen = await askGrouping(grouping.current, tagKeys(inventory.instances));
    if (chosen) grouping.set(chosen);
  });

  commands.register('instance.filterLike', async argument => {
    const instance = inventory.find(instanceKeyOf(argument) ?? '');
    if (!instance) return;
    const tags = Object.entries(instance.tags).filter(([key]) => key !== 'Name');
    const picked = await vscode.window.showQuickPick(
      tags.map(([key, value]) => ({ label: `${key}=${value}` })),
      { title: l10n.t('Filter for Instances Like {0}', instanceLabel(instance)), canPickMany: true },
    );
    if (picked && picked.length > 0) filter.set(picked.map(({ label }) => quoted(label)).join(' '));
  });
}

/** Opens the links that `Copy Instance Filter as Link` makes; false for others. */
export function filterLinkOpener({
  filter,
  grouping,
}: Pick<FindingCommandsDeps, 'filter' | 'grouping'>): (uri: vscode.Uri) => Promise<boolean> {
  return async uri => {
    const finding = parseFilterLink(uri);
    if (!finding) return false;
    await vscode.commands.executeCommand('jitAccess.instances.focus');
    filter.set(finding.filter);
    grouping.set(finding.grouping);
    return true;
  };
}

async function copy(text: string): Promise<void> {
  if (text === '') return;
  await vscode.env.clipboard.writeText(text);
  vscode.window.setStatusBarMessage(`$(copy) ${l10n.t('Copied {0}', text)}`, 3000);
}

async function askGrouping(
  current: Grouping,
  tags: readonly { readonly key: string; readonly count: number }[],
): Promise<Grouping | undefined> {
  const now = formatGrouping(current);
  const item = (icon: string, label: string, grouping: Grouping, count?: number) => {
    const facts = [
      ...(count === undefined ? [] : [instancesText(l10n, count)]),
      ...(formatGrouping(grouping) === now ? [l10n.t('now')] : []),
    ];
    return { label: `$(${icon}) ${label}`, description: facts.join(' · '), grouping };
  };
  const items: (vscode.QuickPickItem & { readonly grouping?: Grouping })[] = [
    item('organization', l10n.t('Account'), BY_ACCOUNT),
    item('globe', l10n.t('Region'), { kind: 'region' }),
    { label: l10n.t('Tags'), kind: vscode.QuickPickItemKind.Separator },
    ...tags.map(({ key, count }) => item('tag', key, { kind: 'tag', key }, count)),
  ];
  const picked = await vscode.window.showQuickPick(items, {
    title: l10n.t('Group Instances By'),
    placeHolder: l10n.t('Account, region or a tag'),
  });
  return picked?.grouping;
}

function quoted(word: string): string {
  return /\s/.test(word) ? `"${word}"` : word;
}
