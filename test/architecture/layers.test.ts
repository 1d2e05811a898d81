import { describe, expect, it } from 'vitest';
import { repository } from '../../scripts/repository.mjs';
import { violations } from './houseRules';
import { importCircles } from './importCircles';
import { readSource, readSources } from './sourceFile';

describe('the layers of the house', () => {
  const sources = readSources(repository, ['src', 'webviews']);

  it('finds the files it judges', () => {
    const rooms = new Set(sources.map(({ path }) => path.split('/').slice(0, 2).join('/')));
    expect([...rooms]).toEqual(
      expect.arrayContaining(['src/base', 'src/access', 'src/aws', 'src/ssm', 'src/sandbox']),
    );
  });

  it('are kept by every file', () => {
    expect(sources.flatMap(violations)).toEqual([]);
  });

  it('have no two files that lead to each other', () => {
    expect(importCircles(sources)).toEqual([]);
  });

  it('would catch a circle, through others and by types', () => {
    const circle = [
      readSource('src/base/a.ts', "import { b } from './b';"),
      readSource('src/base/b.ts', "import type { C } from '../access/c';"),
      readSource('src/access/c.ts', "export const a = import('../base/a');"),
      readSource('src/access/d.ts', "import { c } from './c';"),
    ];
    expect(importCircles(circle)).toEqual([['src/access/c.ts', 'src/base/a.ts', 'src/base/b.ts']]);
  });

  it.each([
    ['base knows nobody', 'src/base/log.ts', "import { x } from '../access/grant';"],
    ['ssm and aws never meet', 'src/ssm/channel.ts', "import type { x } from '../aws/clients';"],
    ['aws and sym never meet', 'src/aws/clients.ts', "import { x } from '../sym/symClient';"],
    ['sym and ssm never meet', 'src/sym/symClient.ts', "const x = import('../ssm/transport');"],
    ['access knows base only', 'src/access/ledger.ts', "import { x } from '../aws/clients';"],
    ['the sandbox shares the wire only', 'src/sandbox/main.ts', "import { x } from '../ssm/dataChannel';"],
    [
      'the sandbox cannot agree with the client',
      'src/sandbox/iam/world.ts',
      "import { x } from '../../access/flow';",
    ],
    [
      'pages see the messages only',
      'webviews/requestPanel/main.ts',
      "import { x } from '../../src/access/flow';",
    ],
    ['pages have no Node', 'webviews/requestPanel/main.ts', "import { x } from 'node:path';"],
    ['the product does not ship the sandbox', 'src/extension.ts', "import { x } from './sandbox/main';"],
    ['vscode stays in the interface', 'src/access/ledger.ts', "import type { Uri } from 'vscode';"],
    ['the SDK stays in aws', 'src/ui/tree.ts', "import type { Instance } from '@aws-sdk/client-ec2';"],
    [
      'the SDK is loaded on first use',
      'src/aws/clients.ts',
      "import { EC2Client } from '@aws-sdk/client-ec2';",
    ],
    ['one file opens web sockets', 'src/ssm/dataChannel.ts', "import WebSocket from 'ws';"],
    ['one room listens', 'src/ssm/shellSession.ts', "import { createServer } from 'node:net';"],
    [
      'the terminal library is the agent’s',
      'src/ui/shellTerminal.ts',
      "import { spawn } from '@lydell/node-pty';",
    ],
    ['no let at module level', 'src/base/log.ts', 'let last = 0;'],
    ['no growing collection at module level', 'src/base/log.ts', 'const seen = new Map<string, string>();'],
    ['no barrel', 'src/base/everything.ts', "export { x } from './log';"],
    ['no catch-all', 'src/base/stringUtils.ts', 'export const x = 1;'],
    ['every folder is a room', 'src/tools/x.ts', 'export const x = 1;'],
    ['files stay small', 'src/base/log.ts', 'export const x = 1;\n'.repeat(500)],
  ])('would catch: %s', (_, path, text) => {
    expect(violations(readSource(path, text))).toHaveLength(1);
  });

  it.each([
    ['a lazy import', 'src/aws/clients.ts', "const sdk = await import('@aws-sdk/client-ec2');"],
    ['a type of the SDK', 'src/aws/clients.ts', "import { type Instance } from '@aws-sdk/client-ec2';"],
    ['the wire in the sandbox', 'src/sandbox/agent/agent.ts', "import { x } from '../../ssm/wire/smux';"],
    ['a table', 'src/access/duration.ts', "const UNITS = new Map([['m', 60]]);"],
    [
      'a local variable',
      'src/base/log.ts',
      'export function f() { let n = 0; n++; return new Map().size + n; }',
    ],
  ])('allows: %s', (_, path, text) => {
    expect(violations(readSource(path, text))).toEqual([]);
  });
});
