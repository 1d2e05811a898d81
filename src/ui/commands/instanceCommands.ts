import * as vscode from 'vscode';
import { instanceArn, instanceLabel, type Instance } from '../../access/instance';
import type { Clock } from '../../base/clock';
import { isAppError } from '../../base/errors';
import type { CommandRegistry } from '../commandRegistry';
import { instanceKeyOf, subjectOf } from '../commandSubject';
import type { FailureReporter } from '../failureReporter';
import type { InstanceFilter } from '../instanceFilter';
import { pickInstance } from '../instancePicker';
import type { Inventory } from '../model/inventory';
import type { InstanceRowContext } from '../model/instanceRow';
import type { SearchIndex } from '../model/searchIndex';

const { l10n } = vscode;

export interface InstanceCommandsDeps {
  readonly inventory: Inventory;
  readonly filter: InstanceFilter;
  readonly search: SearchIndex;
  readonly failures: FailureReporter;
  readonly context: () => InstanceRowContext;
  readonly clock: Clock;
}

/** Finding instances and copying what one needs elsewhere. */
export function registerInstanceCommands(commands: CommandRegistry, deps: InstanceCommandsDeps): void {
  const { inventory, filter, failures } = deps;

  commands.register('instances.refresh', () => inventory.refresh());

  commands.register('instances.filter', async () => {
    const text = await askFilter(filter.text, inventory);
    if (text !== undefined) filter.set(text);
  });
  commands.register('instances.clearFilter', () => filter.set(''));

  commands.register('instances.explain', async argument => {
    const error = subjectOf(argument)?.['error'];
    if (isAppError(error)) await failures.report(error, { retry: () => inventory.refresh() });
  });

  commands.register('instance.connect', async () => {
    const instance = await pickInstance(deps, l10n.t('Connect to Instance'), isConnectable);
    if (!instance) return;
    const shell = { label: `$(terminal) ${l10n.t('Open Shell')}`, command: 'jitAccess.shell.open' };
    const forward = { label: `$(arrow-swap) ${l10n.t('Forward Port…')}`, command: 'jitAccess.port.forward' };
    const request = { label: `$(key) ${l10n.t('Request Access…')}`, command: 'jitAccess.access.request' };
    const action = await vscode.window.showQuickPick([shell, forward, request], {
      title: l10n.t('Connect to {0}', instanceLabel(instance)),
    });
    if (action)
      await vscode.commands.executeCommand(action.command, { subject: { kind: 'instance', instance } });
  });

  const copying = (id: string, text: (instance: Instance) => string | undefined) => {
    commands.register(`instance.${id}`, async argument => {
      const instance = inventory.find(instanceKeyOf(argument) ?? '');
      const value = instance && text(instance);
      if (!value) return;
      await vscode.env.clipboard.writeText(value);
      vscode.window.setStatusBarMessage(`$(copy) ${l10n.t('Copied {0}', value)}`, 3000);
    });
  };
  copying('copyId', instance => instance.id);
  copying('copyArn', instanceArn);
  copying('copyPrivateIp', instance => instance.privateIp);
  copying(
    'copyCliCommand',
    instance => `aws ssm start-session --target ${instance.id} --region ${instance.region}`,
  );

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

  commands.register('instance.openInConsole', async argument => {
    const instance = inventory.find(instanceKeyOf(argument) ?? '');
    if (!instance) return;
    const { region, id } = instance;
    await vscode.env.openExternal(
      vscode.Uri.parse(
        `https://${region}.console.aws.amazon.com/ec2/home?region=${region}#InstanceDetails:instanceId=${id}`,
      ),
    );
  });
}

/** Whether a session could be opened at all, permission aside. */
function isConnectable(instance: Instance): boolean {
  return instance.state === 'running' && instance.ssm !== undefined;
}

/** The tree follows each keystroke; turning away puts the old filter back. */
async function askFilter(current: string, inventory: Inventory): Promise<string | undefined> {
  await inventory.ensureLoaded();
  return vscode.window.showInputBox({
    title: l10n.t('Filter Instances'),
    value: current,
    placeHolder: 'web Department=FrontEnd',
    prompt: l10n.t(
      'Words are looked for in name, id, address and tags; Key=value compares a tag, with * and ? as wildcards.',
    ),
  });
}

function quoted(word: string): string {
  return /\s/.test(word) ? `"${word}"` : word;
}
