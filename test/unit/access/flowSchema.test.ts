import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { repository } from '../../../scripts/repository.mjs';
import { flowSetting, readFlowSettings } from '../../../src/access/flowSettings';

type Json = Readonly<Record<string, unknown>>;

interface Snippet {
  readonly label: string;
  readonly body: Json;
}

const manifest = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
  contributes: {
    configuration: { properties: Record<string, { items: Json & { defaultSnippets: Snippet[] } }> };
  };
};
const declared = manifest.contributes.configuration.properties['jitAccess.flows']!.items;

/** What both sides say about shape. Patterns and lengths are wording: the code says better what is wrong. */
const SHAPE = [
  'type',
  'enum',
  'required',
  'properties',
  'items',
  'additionalProperties',
  'default',
  'minItems',
];

/** One spelling of a choice between types: `anyOf` of plain types, and of a list, is a list of types with the list's own words. */
function flat(schema: Json): Json {
  const choices = schema['anyOf'] as readonly Json[] | undefined;
  if (!choices) return schema;
  const { anyOf: _spelt, ...rest } = schema;
  const branches = choices.map(flat);
  return Object.assign({}, rest, ...branches, { type: branches.flatMap(({ type }) => type) }) as Json;
}

/** The part of a JSON schema that must agree. */
function shapeOf(schema: Json): Json {
  const plain = flat(schema);
  const entries = SHAPE.flatMap(key => {
    const value = plain[key];
    if (value === undefined) return [];
    switch (key) {
      case 'properties':
        return [
          [key, Object.fromEntries(Object.entries(value as Json).map(([k, v]) => [k, shapeOf(v as Json)]))],
        ];
      case 'items':
      case 'additionalProperties':
        return [[key, typeof value === 'object' ? shapeOf(value as Json) : value]];
      case 'required':
        return [[key, [...(value as string[])].sort()]];
      default:
        return [[key, value]];
    }
  });
  return Object.fromEntries(entries as [string, unknown][]);
}

describe('the JSON schema of the flows', () => {
  it('says what the code reads: every key, type, default and choice', () => {
    const read = z.toJSONSchema(flowSetting, { io: 'input', unrepresentable: 'any' }) as Json;
    expect(shapeOf(declared)).toEqual(shapeOf(read));
  });

  it('describes every key to whoever writes it', () => {
    const undescribed: string[] = [];
    const visit = (schema: Json, path: string): void => {
      for (const [key, value] of Object.entries((schema['properties'] ?? {}) as Record<string, Json>)) {
        if (!value['description'] && !value['markdownDescription']) undescribed.push(`${path}.${key}`);
        visit(value, `${path}.${key}`);
        if (value['items']) visit(value['items'] as Json, `${path}.${key}[]`);
      }
    };
    visit(declared, 'flow');
    expect(undescribed).toEqual([]);
  });

  it.each(declared.defaultSnippets)('offers a snippet that can be used as it stands: $label', ({ body }) => {
    // `${3:text}` is a place to type, filled with the text; `${1}` elsewhere repeats it.
    const filled = JSON.stringify(body).replaceAll(/\$\{\d+:([^}]*)\}/g, '$1');
    expect(filled).not.toContain('${');
    expect(readFlowSettings([JSON.parse(filled)])).toMatchObject({
      problems: [],
      flows: [{ id: expect.any(String) }],
    });
  });

  it('has a snippet for each broker', () => {
    expect(declared.defaultSnippets.map(({ body }) => body['broker']).sort()).toEqual(['aws', 'sym']);
  });
});
