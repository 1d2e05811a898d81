import { posix } from 'node:path';
import type { SourceFile } from './sourceFile';

/** Files that import each other, in a circle or a tangle of circles, types included: each group sorted, none for a house without. */
export function importCircles(sources: readonly SourceFile[]): readonly (readonly string[])[] {
  const paths = new Set(sources.map(({ path }) => path));
  const targets = new Map(
    sources.map(({ path, imports }) => [
      path,
      imports
        .filter(({ specifier }) => specifier.startsWith('.'))
        .map(({ specifier }) => `${posix.join(posix.dirname(path), specifier)}.ts`)
        .filter(target => paths.has(target)),
    ]),
  );
  const reach = new Map([...paths].map(path => [path, reachable(path, targets)]));
  const groups = new Map<string, readonly string[]>();
  for (const path of paths) {
    const group = [...(reach.get(path) ?? [])].filter(other => reach.get(other)?.has(path)).sort();
    if (group[0] !== undefined) groups.set(group[0], group);
  }
  return [...groups.values()];
}

/** What a file leads to; itself only when it leads back. */
function reachable(path: string, targets: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [...(targets.get(path) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    open.push(...(targets.get(next) ?? []));
  }
  return found;
}
