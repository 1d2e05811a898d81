import { posix } from 'node:path';
import type { SourceFile } from './sourceFile';

/** What each room may import of ours. A room is a folder of `src`, or one file where a rule is that narrow. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  'src/base': [],
  'src/ssm': ['src/base'],
  'src/access': ['src/base'],
  'src/aws': ['src/base', 'src/access'],
  'src/sym': ['src/base', 'src/access'],
  'src/shared': [],
  'src/api.ts': [],
  'src/ui': ['src/base', 'src/access', 'src/aws', 'src/sym', 'src/ssm', 'src/shared', 'src/api.ts'],
  'src/extension.ts': [
    'src/base',
    'src/access',
    'src/aws',
    'src/sym',
    'src/ssm',
    'src/shared',
    'src/api.ts',
    'src/ui',
  ],
  'src/sandbox': ['src/base', 'src/ssm/wire'],
  webviews: ['src/shared'],
};

/** Who may import a package or a part of Node. What is in no row may be imported by every room but the pages. */
const PACKAGES: readonly { readonly package: RegExp; readonly only: readonly string[] }[] = [
  { package: /^vscode$/, only: ['src/ui', 'src/extension.ts'] },
  { package: /^@aws-sdk\//, only: ['src/aws'] },
  { package: /^@(smithy|aws-crypto)\//, only: ['src/aws', 'src/sandbox'] },
  { package: /^ws$/, only: ['src/ssm/webSocketTransport.ts', 'src/sandbox'] },
  {
    package: /^node:(net|tls)$/,
    // The rules of proxies read ranges of addresses with it, and open nothing.
    only: ['src/ssm/localListener.ts', 'src/base/proxyRules.ts', 'src/sandbox'],
  },
  {
    package: /^node:https?$/,
    only: [
      'src/base/outbound.ts',
      'src/base/loopbackCallback.ts',
      'src/ssm/webSocketTransport.ts',
      'src/aws',
      'src/sandbox',
    ],
  },
  { package: /^@lydell\/node-pty$/, only: ['src/sandbox/agent'] },
  { package: /^@cloud-copilot\//, only: ['src/sandbox'] },
  { package: /^fast-xml-parser$/, only: ['src/sandbox'] },
];

/** Loaded on first use, never at activation. */
const LAZY_PACKAGES = '@aws-sdk/';

/** Past about 300 lines a file is asked whether it is two; past this it is. */
const MOST_LINES = 420;

const BAD_NAME = /(^|[a-z])(utils?|helpers?|manager|misc|common)(\.|$)/i;
const GOOD_NAME = /^[a-z][A-Za-z0-9]*(\.d)?\.ts$/;

/** Every rule of the house the file breaks, in words. */
export function violations(file: SourceFile): readonly string[] {
  return [...importViolations(file), ...shapeViolations(file)];
}

function importViolations({ path, imports }: SourceFile): readonly string[] {
  const room = roomOf(path);
  if (room === undefined) return [`${path} is in no room: name its folder in the table of rooms`];
  return imports.flatMap(({ specifier, kind }) => {
    if (specifier.startsWith('.')) {
      const target = posix.join(posix.dirname(path), specifier);
      const allowed = [room, ...(ROOMS[room] ?? [])];
      return allowed.some(folder => isWithin(target, folder)) ? [] : [`${path} imports ${target}`];
    }
    if (room === 'webviews' && specifier.startsWith('node:'))
      return [`${path} imports ${specifier}: a page has no Node`];
    const found: string[] = [];
    for (const { package: name, only } of PACKAGES) {
      if (name.test(specifier) && !only.some(folder => isWithin(path, folder)))
        found.push(`${path} imports ${specifier}`);
    }
    if (specifier.startsWith(LAZY_PACKAGES) && kind === 'value') {
      found.push(`${path} imports ${specifier} at activation: use import() or import type`);
    }
    return found;
  });
}

function shapeViolations({ path, lines, mutableState, isBarrel }: SourceFile): readonly string[] {
  const name = posix.basename(path);
  const found: string[] = [];
  if (mutableState.length > 0) found.push(`${path} keeps module-level state: ${mutableState.join(', ')}`);
  if (isBarrel || name.startsWith('index.')) found.push(`${path} is a barrel`);
  if (lines > MOST_LINES) found.push(`${path} has ${lines} lines: is it two files?`);
  if (BAD_NAME.test(name)) found.push(`${path} does not say what it is for`);
  if (!GOOD_NAME.test(name)) found.push(`${path} is not named in camelCase`);
  return found;
}

function roomOf(path: string): string | undefined {
  return Object.keys(ROOMS).find(room => isWithin(path, room));
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || `${path}.ts` === folder || path.startsWith(`${folder}/`);
}
