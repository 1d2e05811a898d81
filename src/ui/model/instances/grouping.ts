/** What the instances of the tree are put together by. */
export type Grouping =
  { readonly kind: 'account' } | { readonly kind: 'region' } | { readonly kind: 'tag'; readonly key: string };

export const BY_ACCOUNT: Grouping = { kind: 'account' };

const TAG = 'tag:';

/** As it is kept: `account`, `region`, `tag:Department`. */
export function formatGrouping(grouping: Grouping): string {
  return grouping.kind === 'tag' ? `${TAG}${grouping.key}` : grouping.kind;
}

/** By account for whatever is none. */
export function parseGrouping(text: unknown): Grouping {
  if (text === 'region') return { kind: 'region' };
  if (typeof text === 'string' && text.startsWith(TAG) && text.length > TAG.length) {
    return { kind: 'tag', key: text.slice(TAG.length) };
  }
  return BY_ACCOUNT;
}

/** Tags that some instance has, the most widespread first; names are not worth grouping by. */
export function tagKeys(
  instances: Iterable<{ readonly tags: Readonly<Record<string, string>> }>,
): readonly { readonly key: string; readonly count: number }[] {
  const counts = new Map<string, number>();
  for (const { tags } of instances) {
    for (const key of Object.keys(tags)) {
      if (key !== 'Name') counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return [...counts]
    .map(([key, count]) => ({ key, count }))
    .sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
}
