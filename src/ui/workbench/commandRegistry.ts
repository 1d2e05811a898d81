import * as vscode from 'vscode';
import { isAppError } from '../../base/errors';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import type { FailureReporter } from './failureReporter';

/** The doorway to commands: whatever a command throws is told to the person, with the way out. */
export class CommandRegistry implements Disposable {
  readonly #failures: FailureReporter;
  readonly #store = new DisposableStore();

  constructor(failures: FailureReporter) {
    this.#failures = failures;
  }

  /** `id` without the `jitAccess.` in front. */
  register(id: string, run: (argument: unknown) => Promise<void> | void): void {
    const command = `jitAccess.${id}`;
    this.#store.add(
      vscode.commands.registerCommand(command, async (argument: unknown) => {
        try {
          await run(argument);
        } catch (thrown) {
          if (isAppError(thrown, 'cancelled')) return;
          await this.#failures.report(thrown, {
            retry: () => vscode.commands.executeCommand(command, argument),
          });
        }
      }),
    );
  }

  dispose(): void {
    this.#store.dispose();
  }
}
