import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { JitAccessApi } from '../../../src/api';

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

  describe('the API of the extension', () => {
    const api = async () => (await extension().activate()) as JitAccessApi;
    const withCode = (code: string) => (thrown: unknown) => (thrown as { code?: unknown }).code === code;
    const requestTabs = () =>
      vscode.window.tabGroups.all
        .flatMap(({ tabs }) => tabs)
        .filter(
          ({ input }) =>
            input instanceof vscode.TabInputWebview && input.viewType.includes('jitAccess.request'),
        );

    it('is what activation hands out', async () => {
      const { apiVersion, grants } = await api();
      assert.equal(apiVersion, 1);
      assert.deepEqual(grants, []);
      (await api()).onDidChangeGrants(() => assert.fail('nothing changes here')).dispose();
    });

    /** Does this, waits for the one request page that it opens, and closes it again. Nothing was sent. */
    async function opensThePage(run: () => Thenable<unknown> | Promise<unknown>): Promise<void> {
      assert.equal(requestTabs().length, 0);
      const opened = new Promise<void>(resolve => {
        const listening = vscode.window.tabGroups.onDidChangeTabs(() => {
          if (requestTabs().length === 0) return;
          listening.dispose();
          resolve();
        });
      });
      await run();
      await opened;
      assert.equal(requestTabs().length, 1);
      assert.deepEqual((await api()).grants, []);
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    }

    it('opens the request page and sends nothing', async () => {
      const { requestAccess } = bound(await api());
      await opensThePage(() =>
        requestAccess({ target: 'FrontEnd SSH', reason: 'runbook 7', duration: '1h' }),
      );
    });

    it('has commands that take the same as arguments', async () => {
      await opensThePage(() =>
        vscode.commands.executeCommand('jitAccess.access.request', {
          target: 'FrontEnd SSH',
          reason: 'runbook 7',
        }),
      );
    });

    it('takes a link that VS Code hands over, and opens the request page', async () => {
      const link = `${vscode.env.uriScheme}://${EXTENSION_ID}/request?target=FrontEnd%20SSH&reason=runbook%207`;
      await opensThePage(() => vscode.commands.executeCommand('vscode.open', vscode.Uri.parse(link, true)));
    });

    it('refuses what makes no sense, and says so by its code', async () => {
      const { requestAccess, openShell, forwardPort } = bound(await api());
      await assert.rejects(requestAccess({ target: 'no such target' }), withCode('argument-invalid'));
      await assert.rejects(requestAccess({ reason: 'x'.repeat(257) }), withCode('argument-invalid'));
      await assert.rejects(openShell({ instance: 'web-1' }), withCode('argument-invalid'));
      await assert.rejects(
        forwardPort({ instance: 'i-0123456789abcdef0', port: 0 }),
        withCode('argument-invalid'),
      );
    });

    it('knows no instance that is not listed', async () => {
      await assert.rejects(
        (await api()).openShell({ instance: 'i-0123456789abcdef0' }),
        withCode('target-not-found'),
      );
    });
  });
}

function bound(api: JitAccessApi): Pick<JitAccessApi, 'requestAccess' | 'openShell' | 'forwardPort'> {
  return {
    requestAccess: wish => api.requestAccess(wish),
    openShell: wish => api.openShell(wish),
    forwardPort: wish => api.forwardPort(wish),
  };
}
