import * as vscode from 'vscode';

/** Every context key that menus, welcome views and the walkthrough look at, with its values. */
export interface ContextKeyValues {
  'jitAccess.inventory':
    'loading' | 'noConfig' | 'noSsoProfile' | 'signedOut' | 'filtered' | 'offline' | 'ready';
  'jitAccess.hasProfiles': boolean;
  'jitAccess.signedIn': boolean;
  'jitAccess.walkthroughShown': boolean;
  'jitAccess.filtered': boolean;
  'jitAccess.flows': 'none' | 'some';
  /** Whether the view of approvals is there. */
  'jitAccess.approver': boolean;
  'jitAccess.approvals': 'unread' | 'read';
  'jitAccess.broker': 'ready' | 'noUrl' | 'noToken';
}

/** The doorway to context keys: typed, and silent when nothing changed. */
export class ContextKeys {
  readonly #values = new Map<keyof ContextKeyValues, unknown>();

  set<K extends keyof ContextKeyValues>(key: K, value: ContextKeyValues[K]): void {
    if (this.#values.get(key) === value) return;
    this.#values.set(key, value);
    void vscode.commands.executeCommand('setContext', key, value);
  }

  get<K extends keyof ContextKeyValues>(key: K): ContextKeyValues[K] | undefined {
    return this.#values.get(key) as ContextKeyValues[K] | undefined;
  }
}
