import * as vscode from 'vscode';
import type { ReviewBook } from '../../access/reviewBook';
import { reviewState, type ReviewItem } from '../../access/reviewItem';
import type { CommandRegistry } from '../workbench/commandRegistry';
import { requestIdOf } from '../workbench/commandSubject';
import { reviewMarkdown, sessionText } from '../model/requests/reviewText';

const { l10n } = vscode;

/** What is left to do after an emergency: to write down what was done. */
export function registerReviewCommands(commands: CommandRegistry, reviews: ReviewBook): void {
  commands.register('review.complete', async argument => {
    const item = await chooseReview(reviews, argument);
    if (!item) return;
    const sessions = item.sessions.map(session => sessionText(l10n, session)).join('; ');
    const note = await vscode.window.showInputBox({
      title: l10n.t('Review of Break-Glass Access: {0}', item.targetLabel),
      prompt: sessions
        ? l10n.t('What was done, and what follows from it? Sessions: {0}', sessions)
        : l10n.t('What was done, and what follows from it?'),
      placeHolder: l10n.t('Restarted the stuck worker; the alarm gets a runbook (OPS-412)'),
      ignoreFocusOut: true,
      validateInput: text => (text.trim() === '' ? l10n.t('A review is completed with a note.') : undefined),
    });
    if (note === undefined) return;
    reviews.close(item.requestId, note);
    const copy = l10n.t('Copy Review');
    const answer = await vscode.window.showInformationMessage(
      l10n.t('The review of {0} is complete.', item.targetLabel),
      copy,
    );
    if (answer === copy) await copyReview(reviews, item.requestId);
  });

  commands.register('review.copy', async argument => {
    const requestId = requestIdOf(argument);
    if (requestId) await copyReview(reviews, requestId);
  });
}

async function copyReview(reviews: ReviewBook, requestId: string): Promise<void> {
  const item = reviews.find(requestId);
  if (!item) return;
  await vscode.env.clipboard.writeText(reviewMarkdown(l10n, item));
  vscode.window.setStatusBarMessage(`$(copy) ${l10n.t('Review copied')}`, 3000);
}

async function chooseReview(reviews: ReviewBook, argument: unknown): Promise<ReviewItem | undefined> {
  const requestId = requestIdOf(argument);
  if (requestId) return reviews.find(requestId);
  const due = reviews.items.filter(item => reviewState(item) === 'due');
  if (due.length === 0) {
    void vscode.window.showInformationMessage(l10n.t('No review is due.'));
    return undefined;
  }
  if (due.length === 1) return due[0];
  const picked = await vscode.window.showQuickPick(
    due.map(item => ({
      label: item.targetLabel,
      ...(item.reason ? { description: item.reason } : {}),
      item,
    })),
    { title: l10n.t('Which Review?') },
  );
  return picked?.item;
}
