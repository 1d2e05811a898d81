/** Packs the extension: `npm run package` writes `out/jit-access-ec2.vsix`, and refuses to pack what does not belong in it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { ensureDependencies } from './ensure.mjs';
import { run } from './process/ownedProcess.mjs';
import { repository } from './repository.mjs';

const ALLOWED = [
  /^(package\.json|package\.nls(\.[a-z-]+)?\.json|README\.md|CHANGELOG\.md|LICENSE(\.txt)?)$/i,
  /^src\/api\.ts$/,
  /^dist\/extension\.cjs(\.LEGAL\.txt)?$/,
  /^dist\/lazy\/[\w.-]+\.mjs(\.LEGAL\.txt)?$/,
  /^dist\/webviews\/[\w.-]+\.(js|css|ttf)(\.LEGAL\.txt)?$/,
  /^media\/[\w./-]+\.(svg|png|md)$/,
  /^l10n\/[\w.-]+\.json$/,
];
const NEEDED = ['package.json', 'README.md', 'LICENSE', 'dist/extension.cjs', 'src/api.ts'];

await ensureDependencies();
await build({ production: true });
const vsce = join(repository, 'node_modules', '@vscode', 'vsce', 'vsce');
const listed = await run(process.execPath, [vsce, 'ls', '--no-dependencies'], {
  cwd: repository,
  capture: true,
});
const files = listed.output
  .trim()
  .split('\n')
  .filter(line => !line.startsWith('npm ') && line !== '');
const strangers = files.filter(file => !ALLOWED.some(pattern => pattern.test(file)));
const missing = NEEDED.filter(file => !files.includes(file));
if (listed.code !== 0 || strangers.length > 0 || missing.length > 0) {
  if (strangers.length > 0) console.error(`does not belong in the package: ${strangers.join(', ')}`);
  if (missing.length > 0) console.error(`missing from the package: ${missing.join(', ')}`);
  if (listed.code !== 0) console.error(listed.output);
  process.exit(1);
}
mkdirSync(join(repository, 'out'), { recursive: true });
const packed = await run(
  process.execPath,
  [
    vsce,
    'package',
    '--no-dependencies',
    '--skip-license',
    '--allow-missing-repository',
    '--no-rewrite-relative-links',
    '-o',
    join('out', 'jit-access-ec2.vsix'),
  ],
  { cwd: repository },
);
process.exit(packed.code);
