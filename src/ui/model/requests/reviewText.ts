import type { ReviewedSession, ReviewItem } from '../../../access/reviewItem';
import { endReasonText } from '../access/accessTreeModel';
import type { Localizer } from '../localizer';
import { timeOfDay } from '../timeText';

/** `web-1, shell, 14:05–14:22`; `web-1, forward to mydb:3306, 14:05`. */
export function sessionText(l10n: Localizer, session: ReviewedSession): string {
  const what =
    session.kind === 'shell'
      ? l10n.t('shell')
      : l10n.t('forward to {0}', session.leadsTo ?? l10n.t('a port'));
  const when =
    session.endedAt === undefined
      ? timeOfDay(session.startedAt)
      : `${timeOfDay(session.startedAt)}–${timeOfDay(session.endedAt)}`;
  return l10n.t('{0}, {1}, {2}', session.instanceName, what, when);
}

/** The review as facts, oldest first. */
export function reviewFacts(l10n: Localizer, item: ReviewItem): (readonly [label: string, value: string])[] {
  const facts: (readonly [string, string])[] = [
    [l10n.t('Flow'), item.flowLabel],
    [l10n.t('Account'), item.accountId],
    [l10n.t('Reason'), item.reason ?? l10n.t('none was asked for')],
    [l10n.t('Asked at'), momentText(item.requestedAt)],
  ];
  if (item.activeAt !== undefined) facts.push([l10n.t('Active at'), momentText(item.activeAt)]);
  if (item.endedAt !== undefined) {
    facts.push([l10n.t('Ended'), l10n.t('{0}, {1}', momentText(item.endedAt), endReasonText(l10n, item))]);
  }
  facts.push([
    l10n.t('Sessions'),
    item.sessions.length === 0
      ? l10n.t('none from this editor')
      : item.sessions.map(session => sessionText(l10n, session)).join('; '),
  ]);
  facts.push([l10n.t('Request'), [item.requestId, item.runId].filter(Boolean).join(' · ')]);
  return facts;
}

/** For a ticket or a chat: Markdown that reads well as plain text too. */
export function reviewMarkdown(l10n: Localizer, item: ReviewItem): string {
  return [
    `## ${l10n.t('Review of break-glass access: {0}', item.targetLabel)}`,
    '',
    ...reviewFacts(l10n, item).map(([label, value]) => `- **${label}**: ${value}`),
    ...(item.note === undefined ? [] : ['', item.note]),
    '',
  ].join('\n');
}

/** `2026-11-26 14:05`: a review may be read in another month and country. */
function momentText(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${timeOfDay(at)}`;
}
