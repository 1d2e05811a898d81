import { parseInstanceKey, instanceLabel, type Instance } from '../../../access/instance';
import type { InboxItem } from '../../../aws/nodeAccess/nodeAccessInbox';
import type { NodeAccessPlace } from '../../../aws/nodeAccess/nodeAccessPlace';
import type { AppError } from '../../../base/errors';
import { errorText } from '../errorText';
import type { InboxSnapshot } from './inbox';
import type { Localizer } from '../localizer';
import type { Row } from '../row';
import { ageText, timeOfDay } from '../timeText';

export type InboxSubject =
  | { readonly kind: 'approval'; readonly approvalId: string }
  /** A line below an approval, which says more of it. */
  | { readonly kind: 'detail' }
  | { readonly kind: 'problem'; readonly error: AppError };

export interface InboxRowsState {
  readonly inbox: InboxSnapshot;
  /** By instance key, as far as the inventory has it. */
  readonly findInstance: (key: string) => Instance | undefined;
  /** Whether a request was sent from one of this person's windows: AWS lets nobody decide about their own. */
  readonly isOwn: (requestId: string) => boolean;
  readonly now: number;
}

/** What waits, then what is in force, then what could not be asked. */
export function inboxRows(l10n: Localizer, state: InboxRowsState): readonly Row<InboxSubject>[] {
  const { pending, granted, problems } = state.inbox;
  return [
    ...pending.map(item => pendingRow(l10n, item, state)),
    ...granted.map(item => grantedRow(l10n, item, state)),
    ...problemRows(l10n, problems),
  ];
}

/** What keeps several places from being read for the same reason, as without a network, is one thing to know. */
function problemRows(l10n: Localizer, problems: InboxSnapshot['problems']): readonly Row<InboxSubject>[] {
  const bySentence = new Map<string, (typeof problems)[number][]>();
  for (const problem of problems) {
    const { sentence } = errorText(l10n, problem.error);
    bySentence.set(sentence, [...(bySentence.get(sentence) ?? []), problem]);
  }
  return [...bySentence].flatMap(([sentence, [first, ...others]]): Row<InboxSubject>[] => {
    if (!first) return [];
    const places = placesText([first, ...others].map(({ place }) => place));
    const isOne = others.length === 0;
    return [
      {
        id: `problem ${first.place.accountId}/${first.place.region}`,
        label: isOne ? places : l10n.t('Requests cannot be read'),
        description: isOne ? l10n.t('requests cannot be read') : places,
        icon: { id: 'warning' },
        tooltip: {
          title: isOne ? places : l10n.t('Requests cannot be read'),
          facts: isOne ? [] : [[l10n.t('Where'), places]],
          notes: [sentence],
        },
        capabilities: ['problem'],
        spoken: l10n.t('{0}: requests cannot be read. {1}', places, sentence),
        command: { id: 'jitAccess.approvals.explain', title: l10n.t('Why Can’t It Be Read?') },
        subject: { kind: 'problem', error: first.error },
      },
    ];
  });
}

/** `123456789012 · eu-west-1, us-east-1; 210987654321 · us-east-1` */
function placesText(places: readonly NodeAccessPlace[]): string {
  const byAccount = new Map<string, string[]>();
  for (const { accountId, region } of places) {
    byAccount.set(accountId, [...(byAccount.get(accountId) ?? []), region]);
  }
  return [...byAccount].map(([accountId, regions]) => `${accountId} · ${regions.join(', ')}`).join('; ');
}

function pendingRow(l10n: Localizer, item: InboxItem, state: InboxRowsState): Row<InboxSubject> {
  const what = targetText(l10n, item, state.findInstance);
  const who = requesterName(l10n, item);
  const waited = item.requestedAt === undefined ? undefined : ageText(l10n, state.now - item.requestedAt);
  const overlap = overlapOf(item, state.inbox.granted);
  const overlapText = overlap && l10n.t('has access already');
  return {
    id: item.id,
    label: what,
    description: [state.isOwn(item.id) ? l10n.t('your own request') : shortName(who), waited]
      .filter(Boolean)
      .join(' · '),
    icon: { id: 'bell', color: 'charts.yellow' },
    expansion: 'expanded',
    children: () => detailRows(l10n, item, state.findInstance, overlap),
    tooltip: {
      title: l10n.t('{0} asks for {1}', who, what),
      facts: facts(l10n, item, state),
      ...(overlap
        ? { notes: [l10n.t('{0} has access to {1} already, by request {2}.', who, what, overlap.id)] }
        : {}),
    },
    capabilities: ['approval', 'pending', 'approve', 'reject'],
    spoken: [
      waited === undefined
        ? l10n.t('{0} waits for your decision about {1}', who, what)
        : l10n.t('{0} waits for your decision about {1}, since {2}', who, what, waited),
      item.reason,
      overlapText,
    ]
      .filter(Boolean)
      .join(', '),
    command: { id: 'jitAccess.approval.decide', title: l10n.t('Decide…') },
    subject: { kind: 'approval', approvalId: item.id },
  };
}

function grantedRow(l10n: Localizer, item: InboxItem, state: InboxRowsState): Row<InboxSubject> {
  const what = targetText(l10n, item, state.findInstance);
  const who = requesterName(l10n, item);
  const byPolicy = item.executionId === undefined;
  const standing = byPolicy ? l10n.t('approved by policy') : l10n.t('approved');
  return {
    id: item.id,
    label: what,
    description: [shortName(who), standing].filter(Boolean).join(' · '),
    icon: { id: 'unlock', color: 'charts.green' },
    expansion: 'collapsed',
    children: () => detailRows(l10n, item, state.findInstance),
    tooltip: {
      title: l10n.t('{0} has access to {1}', who, what),
      facts: facts(l10n, item, state),
      notes: [
        byPolicy
          ? l10n.t('A policy of the account approved it. AWS has no way to end it early.')
          : l10n.t('Revoking it ends the access; AWS leaves sessions open that are open already.'),
      ],
    },
    capabilities: ['approval', 'granted', ...(byPolicy ? [] : ['revoke'])],
    spoken: [l10n.t('{0} has access to {1}', who, what), standing, item.reason].filter(Boolean).join(', '),
    subject: { kind: 'approval', approvalId: item.id },
  };
}

/** Characters of a reason that a side bar of 300 pixels shows: a tree has no line of more than one row, and an approver must read all of it. */
const REASON_LINE = 28;

/** Below an approval: the whole reason, who asks, the tags that decide what it reaches, and what the person may use already. */
function detailRows(
  l10n: Localizer,
  item: InboxItem,
  findInstance: InboxRowsState['findInstance'],
  overlap?: InboxItem,
): readonly Row<InboxSubject>[] {
  const detail = (name: string, label: string, icon: string, spoken = label): Row<InboxSubject> => ({
    id: `${item.id} ${name}`,
    label,
    icon: { id: icon },
    capabilities: ['detail'],
    spoken,
    subject: { kind: 'detail' },
  });
  const { reason } = item;
  const lines = reason === undefined ? [] : linesOf(reason, REASON_LINE);
  const tags = item.instanceKeys.flatMap(key =>
    Object.entries(findInstance(key)?.tags ?? {}).flatMap(([name, value]) =>
      name === 'Name' ? [] : [`${name}=${value}`],
    ),
  );
  return [
    ...lines.map((line, index) =>
      index === 0
        ? detail('reason', line, 'comment', l10n.t('Reason: {0}', reason ?? ''))
        : detail(`reason ${index}`, line, 'blank', l10n.t('Reason, continued: {0}', line)),
    ),
    ...(item.requester ? [detail('who', requesterName(l10n, item), 'account')] : []),
    ...[...new Set(tags)].map(tag => detail(`tag ${tag}`, tag, 'tag', l10n.t('Tag {0}', tag))),
    ...(overlap
      ? [
          detail(
            'overlap',
            l10n.t('has access already'),
            'warning',
            l10n.t('has access already, by request {0}', overlap.id),
          ),
        ]
      : []),
  ];
}

/** What comes before the `@` of an address, to fit beside the instance; the whole of it stands below. */
function shortName(who: string): string {
  return who.split('@')[0] || who;
}

/** Broken at spaces; a longer word stays whole. */
function linesOf(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function facts(
  l10n: Localizer,
  item: InboxItem,
  { findInstance, now }: InboxRowsState,
): readonly (readonly [string, string])[] {
  const list: (readonly [string, string])[] = [];
  for (const key of item.instanceKeys) {
    const known = findInstance(key);
    const id = parseInstanceKey(key)?.id ?? key;
    list.push([l10n.t('Instance'), known?.name ? `${known.name} (${id})` : id]);
    const tags = Object.entries(known?.tags ?? {}).filter(([name]) => name !== 'Name');
    if (tags.length > 0) {
      list.push([l10n.t('Tags'), tags.map(([name, value]) => `${name}=${value}`).join(', ')]);
    }
  }
  list.push([l10n.t('Account'), `${item.place.accountId} · ${item.place.region}`]);
  if (item.requester) list.push([l10n.t('Asked by'), item.requester]);
  if (item.reason) list.push([l10n.t('Reason'), item.reason]);
  if (item.requestedAt !== undefined) {
    const ago = l10n.t('{0} ago', ageText(l10n, now - item.requestedAt));
    list.push([l10n.t('Asked at'), `${timeOfDay(item.requestedAt)} (${ago})`]);
  }
  list.push([l10n.t('Request'), item.id]);
  return list;
}

/** `backend-1`, or `backend-1, backend-2`. */
export function targetText(
  l10n: Localizer,
  { instanceKeys }: Pick<InboxItem, 'instanceKeys'>,
  findInstance: InboxRowsState['findInstance'],
): string {
  if (instanceKeys.length === 0) return l10n.t('an unnamed instance');
  return instanceKeys
    .map(key => {
      const known = findInstance(key);
      return known ? instanceLabel(known) : (parseInstanceKey(key)?.id ?? key);
    })
    .join(', ');
}

/** What ends the ARN of who asked: the session name of a role, which Identity Center makes the user name; or the name of a user. */
export function requesterName(l10n: Localizer, { requester }: Pick<InboxItem, 'requester'>): string {
  return requester?.split('/').at(-1) || l10n.t('Somebody');
}

/** What the same person may use already of what they ask for. */
function overlapOf(item: InboxItem, granted: readonly InboxItem[]): InboxItem | undefined {
  return granted.find(
    other =>
      other.requester !== undefined &&
      other.requester === item.requester &&
      other.instanceKeys.some(key => item.instanceKeys.includes(key)),
  );
}
