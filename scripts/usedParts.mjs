/** The part of a package that the sources take, for the bundles that are loaded on first use. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './repository.mjs';

/** Before the name of a package: the part of it that is used. */
export const USED = 'used-part-of:';

/**
 * What of each package the sources name, for those of which they take nothing else: `const sdk = await import(P)` and then `sdk.X`, or
 * `const { X } = await import(P)`. The EC2 client alone knows some seven hundred operations, and all that is loaded stays in memory.
 *
 * @param {readonly string[]} packages
 * @returns {Promise<ReadonlyMap<string, readonly string[]>>}
 */
export async function usedNames(packages) {
  const folder = join(repository, 'src');
  const text = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .map(file => readFileSync(join(folder, file), 'utf8'))
    .join('\n');
  const members = [...text.matchAll(/\bsdk\.(\w+)/g)].map(([, name = '']) => name);
  /** @type {Map<string, readonly string[]>} */
  const used = new Map();
  for (const path of packages) {
    const quoted = path.replaceAll('/', '\\/');
    const imports = new RegExp(`(?:const (sdk|\\{[^}]*\\}) =\\s+await )?import\\('${quoted}'\\)`, 'g');
    const takers = [...text.matchAll(imports)].map(([, taker]) => taker);
    // Whoever takes it otherwise may take all of it.
    if (takers.length === 0 || takers.includes(undefined)) continue;
    const named = new Set([...members, ...takers.flatMap(taker => taker?.match(/\w+/g) ?? [])]);
    const exported = Object.keys(await import(path));
    const taken = exported.filter(name => named.has(name));
    if (taken.length === 0) throw new Error(`${path} is imported, but nothing of it is used`);
    used.set(path, taken);
  }
  return used;
}

/**
 * @param {ReadonlyMap<string, readonly string[]>} used
 * @returns {import('esbuild').Plugin}
 */
export function usedPart(used) {
  return {
    name: 'used-part',
    setup(build) {
      build.onResolve({ filter: new RegExp(`^${USED}`) }, ({ path }) => ({
        path: path.slice(USED.length),
        namespace: USED,
      }));
      build.onLoad({ filter: /./, namespace: USED }, ({ path }) => ({
        contents: `export { ${(used.get(path) ?? []).join(', ')} } from '${path}';`,
        resolveDir: repository,
      }));
    },
  };
}

/**
 * Writes out the keys of the SDK's schemas, which it keeps in constants: esbuild drops no object with a computed key, for making it might do
 * something, and with one schema it would keep all that it leads to.
 *
 * @type {import('esbuild').Plugin}
 */
export const literalKeys = {
  name: 'literal-keys',
  setup(build) {
    build.onLoad({ filter: /@aws-sdk[\\/].*[\\/]schemas[\\/]schemas_0\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const constants = new Map(
        [...text.matchAll(/^const (\w+) = (?:"([^"\\]*)"|`([^`$\\]*)`);$/gm)].map(
          ([, name = '', one, other]) => [name, JSON.stringify(one ?? other)],
        ),
      );
      const contents = text.replace(/([{,]\s*)\[(\w+)\]:/g, (written, before, name) =>
        constants.has(name) ? `${before}${constants.get(name)}:` : written,
      );
      return { contents, loader: 'js' };
    });
  },
};
