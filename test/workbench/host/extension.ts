import assert from 'node:assert/strict';
import * as vscode from 'vscode';

const EXTENSION_ID = 'jit-access.jit-access-ec2';

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>;
    readonly configuration: ConfigurationSection | readonly ConfigurationSection[];
  };
}

interface ConfigurationSection {
  readonly properties: Readonly<Record<string, { readonly default?: unknown }>>;
}

function extension(): vscode.Extension<unknown> {
  const found = vscode.extensions.getExtension(EXTENSION_ID);
  assert.ok(found, `${EXTENSION_ID} is not installed in this workbench`);
  return found;
}

function manifest(): Manifest {
  return extension().packageJSON as Manifest;
}

export function extensionTests(): void {
  describe('the extension in its host', () => {
    it('activates', async () => {
      await extension().activate();
      assert.ok(extension().isActive);
    });

    it('registers every command it declares', async () => {
      await extension().activate();
      const registered = new Set(await vscode.commands.getCommands(true));
      const missing = manifest()
        .contributes.commands.map(({ command }) => command)
        .filter(command => !registered.has(command));
      assert.deepEqual(missing, []);
    });

    it('shows every view it declares', async () => {
      const views = Object.values(manifest().contributes.views).flat();
      assert.ok(views.length > 0, 'no view is declared');
      for (const { id } of views) await vscode.commands.executeCommand(`${id}.focus`);
    });

    it('has a default for every setting', () => {
      const { configuration } = manifest().contributes;
      const sections = Array.isArray(configuration)
        ? (configuration as ConfigurationSection[])
        : [configuration];
      const keys = sections.flatMap(section => Object.keys((section as ConfigurationSection).properties));
      assert.ok(keys.length > 0, 'no setting is declared');
      const settings = vscode.workspace.getConfiguration();
      const without = keys.filter(key => settings.inspect(key)?.defaultValue === undefined);
      assert.deepEqual(without, []);
    });
  });
}
