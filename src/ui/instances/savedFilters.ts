import * as vscode from 'vscode';

const SETTING = 'savedFilters';

export interface SavedFilter {
  readonly name: string;
  readonly text: string;
}

type Scope = 'workspace' | 'user';

/** Filters by name, in the settings: a workspace shares its own with everybody who opens it. */
export class SavedFilters {
  /** By name; those of the workspace win over a person's own of the same name. */
  get all(): readonly SavedFilter[] {
    return Object.entries(this.#configuration().get<Record<string, unknown>>(SETTING, {}))
      .flatMap(([name, text]) => (typeof text === 'string' && text.trim() !== '' ? [{ name, text }] : []))
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  /** Where a filter can be kept. */
  get scopes(): readonly Scope[] {
    return vscode.workspace.workspaceFolders?.length ? ['workspace', 'user'] : ['user'];
  }

  async save({ name, text }: SavedFilter, scope: Scope): Promise<void> {
    await this.#write(scope, { ...this.#own(scope), [name]: text });
  }

  /** Wherever it is kept. */
  async remove(name: string): Promise<void> {
    for (const scope of this.scopes) {
      const { [name]: gone, ...rest } = this.#own(scope);
      if (gone !== undefined) await this.#write(scope, rest);
    }
  }

  #own(scope: Scope): Readonly<Record<string, unknown>> {
    const found = this.#configuration().inspect<Record<string, unknown>>(SETTING);
    return (scope === 'workspace' ? found?.workspaceValue : found?.globalValue) ?? {};
  }

  async #write(scope: Scope, value: Readonly<Record<string, unknown>>): Promise<void> {
    const target =
      scope === 'workspace' ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
    // An empty list takes the setting away altogether.
    await this.#configuration().update(SETTING, Object.keys(value).length > 0 ? value : undefined, target);
  }

  #configuration(): vscode.WorkspaceConfiguration {
    return vscode.workspace.getConfiguration('jitAccess');
  }
}
