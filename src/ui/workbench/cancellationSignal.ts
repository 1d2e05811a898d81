import type * as vscode from 'vscode';

/** The one place in which VS Code's cancellation becomes ours. The signal is good as long as the token lives. */
export function signalOf(token: vscode.CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  else token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}
