import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repository } from '../../scripts/repository.mjs';
import { usedNames } from '../../scripts/usedParts.mjs';

const CLIENTS = ['ec2', 'ssm', 'sso', 'sso-oidc', 'sts', 'kms'].map(name => `@aws-sdk/client-${name}`);

describe('what the build takes of the AWS SDK', () => {
  const folder = join(repository, 'src', 'aws');
  const text = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .map(file => readFileSync(join(folder, file), 'utf8'))
    .join('\n');

  it('is what the sources name, and all of that', async () => {
    const used = await usedNames([...CLIENTS, '@aws-sdk/credential-providers']);
    expect([...used.keys()]).toEqual([...CLIENTS, '@aws-sdk/credential-providers']);
    expect(used.get('@aws-sdk/client-ec2')).toEqual(['DescribeInstancesCommand', 'EC2Client']);
    expect(used.get('@aws-sdk/credential-providers')).toEqual(['fromIni']);
    const named = new Set([...text.matchAll(/\bsdk\.(\w+)/g)].map(([, name]) => name));
    const taken = new Set([...used.values()].flat());
    expect([...named].filter(name => !taken.has(name ?? ''))).toEqual([]);
  });

  it('could not be told if a client were taken apart elsewhere', () => {
    expect(text).not.toMatch(/\}\s*=\s*sdk\b|\bsdk\[/);
  });
});
