import { formatGrouping, parseGrouping, type Grouping } from './grouping';

/** What a person looks at: a filter, and what the instances are grouped by. */
export interface Finding {
  readonly filter: string;
  readonly grouping: Grouping;
}

/** The path of our links, after the extension's id. */
export const FILTER_PATH = '/filter';

/** Long enough for whatever somebody types, and not for what somebody else would like to be read. */
const LONGEST_FILTER = 400;

/** A link that opens the view with this filter in anybody's editor. It names no instance and opens nothing. */
export function filterLink(uriScheme: string, extensionId: string, { filter, grouping }: Finding): string {
  const query = new URLSearchParams({ q: filter });
  if (grouping.kind !== 'account') query.set('by', formatGrouping(grouping));
  return `${uriScheme}://${extensionId}${FILTER_PATH}?${query.toString()}`;
}

/** Reads `path` and `query` of a link back; `undefined` when it is none of ours. */
export function parseFilterLink(link: {
  readonly path: string;
  readonly query: string;
}): Finding | undefined {
  if (link.path !== FILTER_PATH) return undefined;
  const query = new URLSearchParams(link.query);
  const filter = query.get('q');
  if (filter === null || filter.length > LONGEST_FILTER) return undefined;
  return { filter, grouping: parseGrouping(query.get('by')) };
}
