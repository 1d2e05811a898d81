import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { repository } from '../../../scripts/repository.mjs';

/** Every message that is given to `l10n.t`, with where it stands; a message that is not a literal cannot be translated. */
function messages(): { readonly literal: Set<string>; readonly computed: string[] } {
  const literal = new Set<string>();
  const computed: string[] = [];
  const folder = join(repository, 'src');
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const source = ts.createSourceFile(
      file,
      readFileSync(join(folder, file), 'utf8'),
      ts.ScriptTarget.ES2023,
      true,
    );
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && /(^|\.)l10n\.t$/.test(node.expression.getText(source))) {
        const [message] = node.arguments;
        if (message && ts.isStringLiteralLike(message)) literal.add(message.text);
        else computed.push(`${file}: ${node.getText(source)}`);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return { literal, computed };
}

const bundle = JSON.parse(readFileSync(join(repository, 'l10n', 'bundle.l10n.json'), 'utf8')) as Record<
  string,
  string
>;

describe('the bundle for translators', () => {
  const { literal, computed } = messages();

  it('has every message of the source, and no other', () => {
    expect(Object.keys(bundle).sort()).toEqual([...literal].sort());
  });

  it('could have them all: none is put together at run time', () => {
    expect(computed).toEqual([]);
  });

  it('keeps placeholders counted from zero without gaps', () => {
    const gaps = [...literal].filter(message => {
      const used = new Set([...message.matchAll(/\{(\d+)\}/g)].map(match => Number(match[1])));
      return [...used].some(index => index >= used.size);
    });
    expect(gaps).toEqual([]);
  });
});
