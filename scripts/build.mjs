/**
 * Bundles everything that runs: the extension, its lazily loaded libraries, the web pages, the sandbox, and the suite
 * that runs inside the extension host.
 *
 *     node scripts/build.mjs [--production] [--watch]
 */
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureDependencies } from './ensure.mjs';
import { isMain, repository } from './repository.mjs';
import { literalKeys, USED, usedNames, usedPart } from './usedParts.mjs';

/** @typedef {import('esbuild').BuildOptions} BuildOptions */

const dist = join(repository, 'dist');
const out = join(repository, 'out');

/** VS Code 1.100 runs extensions on Node 20 and shows pages in Chromium 132. */
const NODE_TARGET = 'node20';
const PAGE_TARGET = 'chrome132';

/** ES modules that contain CommonJS packages need the `require` they were written for. */
const REQUIRE_BANNER =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/**
 * Leaves packages that are imported dynamically out of the CommonJS bundle and loads them from `dist/lazy` instead.
 * esbuild splits ES modules only, and VS Code 1.100 loads only CommonJS as an extension's main file; a dynamic import
 * of an ES module from CommonJS works in both. So activation never reads the AWS SDK.
 *
 * @param {Map<string, string>} packages collects specifier → file name under `dist/lazy`
 * @returns {import('esbuild').Plugin}
 */
function lazyPackages(packages) {
  return {
    name: 'lazy-packages',
    setup(build) {
      build.onResolve({ filter: /^(@[a-z]|[a-z])/ }, ({ path, kind, importer }) => {
        if (kind !== 'dynamic-import' || /^(node:|vscode$)/.test(path)) return undefined;
        // What a package itself loads late stays its own affair.
        if (/[\\/]node_modules[\\/]/.test(importer)) return undefined;
        const file = `${path.replace(/^@/, '').replaceAll('/', '.')}.mjs`;
        packages.set(path, file);
        return { path: `./lazy/${file}`, external: true };
      });
    },
  };
}

/**
 * Scripts find the repository by where they lie, so a program that uses them loads them from there.
 *
 * @type {import('esbuild').Plugin}
 */
const scriptsStayInPlace = {
  name: 'scripts-stay-in-place',
  setup(build) {
    build.onResolve({ filter: /\/scripts\/.*\.mjs$/ }, ({ path, resolveDir }) => ({
      path: pathToFileURL(join(resolveDir, path)).href,
      external: true,
    }));
  },
};

/** @param {{ production: boolean }} options @returns {BuildOptions} */
function common({ production }) {
  return {
    absWorkingDir: repository,
    bundle: true,
    minify: production,
    sourcemap: production ? false : 'linked',
    legalComments: production ? 'linked' : 'none',
    logLevel: 'warning',
    metafile: true,
  };
}

/**
 * @param {string} entry
 * @param {string} outfile
 * @returns {BuildOptions} a program of this repository for plain Node, with its packages left where they are installed
 */
function programOptions(entry, outfile) {
  return {
    ...common({ production: false }),
    entryPoints: [entry],
    outfile,
    platform: 'node',
    format: 'esm',
    target: NODE_TARGET,
    packages: 'external',
    plugins: [scriptsStayInPlace],
  };
}

/**
 * Bundles one TypeScript program of the repository, to be run with plain Node.
 *
 * @param {string} entry
 * @param {string} outfile
 */
export async function bundleProgram(entry, outfile) {
  const esbuild = await import('esbuild');
  await esbuild.build(programOptions(entry, outfile));
}

/**
 * @param {{ production: boolean }} options
 * @returns {{ name: string, options: BuildOptions }[]}
 */
function bundles(options) {
  const packages = new Map();
  const extension = {
    name: 'extension',
    options: {
      ...common(options),
      entryPoints: { extension: 'src/extension.ts' },
      outdir: dist,
      outExtension: { '.js': '.cjs' },
      platform: /** @type {const} */ ('node'),
      format: /** @type {const} */ ('cjs'),
      target: NODE_TARGET,
      external: ['vscode'],
      mainFields: ['module', 'main'],
      plugins: [lazyPackages(packages), lazyBuild(packages, options)],
    },
  };
  const pages = {
    name: 'pages',
    options: {
      ...common(options),
      entryPoints: pageEntries(),
      outdir: join(dist, 'webviews'),
      platform: /** @type {const} */ ('browser'),
      format: /** @type {const} */ ('iife'),
      target: PAGE_TARGET,
      loader: { '.ttf': /** @type {const} */ ('file') },
      assetNames: '[name]',
    },
  };
  const sandbox = {
    name: 'sandbox',
    options: programOptions('src/sandbox/main.ts', join(dist, 'sandbox.mjs')),
  };
  const hostSuite = {
    name: 'suite of the extension host',
    options: {
      ...common({ production: false }),
      entryPoints: ['test/workbench/host/index.ts'],
      outfile: join(out, 'workbench', 'index.cjs'),
      platform: /** @type {const} */ ('node'),
      format: /** @type {const} */ ('cjs'),
      target: NODE_TARGET,
      external: ['vscode', 'mocha'],
    },
  };
  return [extension, pages, sandbox, hostSuite];
}

/**
 * Builds what `lazyPackages` has left out, whenever that changes, with the code the packages share in chunks.
 *
 * @param {Map<string, string>} packages
 * @param {{ production: boolean }} options
 * @returns {import('esbuild').Plugin}
 */
function lazyBuild(packages, options) {
  return {
    name: 'lazy-build',
    setup(build) {
      let built = '';
      build.onStart(() => packages.clear());
      build.onEnd(async result => {
        const eager = Object.keys(result.metafile?.inputs ?? {}).filter(file =>
          /node_modules\/@aws-sdk\//.test(file),
        );
        if (eager.length > 0) {
          throw new Error(`the AWS SDK must be imported dynamically, but activation would load ${eager[0]}`);
        }
        if (result.errors.length > 0 || packages.size === 0) return;
        const used = await usedNames([...packages.keys()]);
        const wanted = JSON.stringify([[...packages].sort(), [...used].sort()]);
        if (wanted === built) return;
        rmSync(join(dist, 'lazy'), { recursive: true, force: true });
        await build.esbuild.build({
          ...common(options),
          plugins: [usedPart(used), literalKeys],
          // Nobody steps through the SDK, and its maps are larger than everything else together.
          sourcemap: false,
          minify: true,
          entryPoints: Object.fromEntries(
            [...packages].map(([path, file]) => [
              file.replace(/\.mjs$/, ''),
              used.has(path) ? `${USED}${path}` : path,
            ]),
          ),
          outdir: join(dist, 'lazy'),
          outExtension: { '.js': '.mjs' },
          chunkNames: 'shared-[hash]',
          platform: 'node',
          format: 'esm',
          splitting: true,
          target: NODE_TARGET,
          mainFields: ['module', 'main'],
          banner: { js: REQUIRE_BANNER },
        });
        built = wanted;
      });
    },
  };
}

/** @returns {Record<string, string>} `webviews/<page>/main.ts` by page */
function pageEntries() {
  const folder = join(repository, 'webviews');
  return Object.fromEntries(
    readdirSync(folder, { withFileTypes: true })
      .filter(entry => entry.isDirectory() && existsSync(join(folder, entry.name, 'main.ts')))
      .map(entry => [entry.name, join(folder, entry.name, 'main.ts')]),
  );
}

/** The icon font of VS Code, for pages: icons in a web component need the style sheet itself, not a copy in a bundle. */
function copyIcons() {
  const from = join(repository, 'node_modules', '@vscode', 'codicons', 'dist');
  const to = join(dist, 'webviews');
  mkdirSync(to, { recursive: true });
  for (const file of ['codicon.css', 'codicon.ttf']) cpSync(join(from, file), join(to, file));
}

/**
 * Builds every bundle whose entry exists.
 *
 * @param {{ production?: boolean, watch?: boolean, quiet?: boolean }} [options]
 */
export async function build({ production = false, watch = false, quiet = false } = {}) {
  const esbuild = await import('esbuild');
  const startedAt = performance.now();
  // A development build overwrites in place: a running workbench may be reading the folder.
  if (production) rmSync(dist, { recursive: true, force: true });
  copyIcons();
  const wanted = bundles({ production });
  if (watch) {
    for (const { options } of wanted) await (await esbuild.context({ ...options, logLevel: 'info' })).watch();
    console.log('watching…');
    return;
  }
  const results = await Promise.all(wanted.map(({ options }) => esbuild.build(options)));
  if (quiet) return;
  for (const [index, { metafile }] of results.entries()) {
    const outputs = Object.entries(metafile?.outputs ?? {}).filter(([file]) => !file.endsWith('.map'));
    const bytes = outputs.reduce((sum, [, { bytes }]) => sum + bytes, 0);
    const first = outputs.find(([, { entryPoint }]) => entryPoint !== undefined)?.[0] ?? '';
    console.log(`${wanted[index]?.name}: ${first}, ${(bytes / 1024).toFixed(0)} KiB`);
  }
  console.log(`built in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}

if (isMain(import.meta.url)) {
  await ensureDependencies();
  await build({ production: process.argv.includes('--production'), watch: process.argv.includes('--watch') });
}
