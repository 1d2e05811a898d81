import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { settingPlace } from '../../../src/ui/model/settingPlace';

const TEXT = `// What is mine
{
  "editor.fontSize": 13, /* "jitAccess.flows": [] */
  "a \\"quoted\\" {key": "with ] and } in it",
  "jitAccess.flows": [
    { "id": "one", "targets": [] },
    {
      // the second
      "id": "two",
      "targets": [
        { "label": "A", "sessionDuration": "2h" },
        { "label": "B", "sessionDuration": "two hours", },
      ],
    },
  ],
}
`;

function found(...path: (string | number)[]): string | undefined {
  const place = settingPlace(TEXT, path);
  return place && TEXT.slice(place.start, place.end);
}

describe('the place of a setting', () => {
  it('is its key and value, past comments, quotes and trailing commas', () => {
    expect(found('editor.fontSize')).toBe('"editor.fontSize": 13');
    expect(found('jitAccess.flows', 1, 'targets', 1, 'sessionDuration')).toBe(
      '"sessionDuration": "two hours"',
    );
    expect(found('jitAccess.flows', 1, 'id')).toBe('"id": "two"');
    expect(found('jitAccess.flows', 0)).toBe('{ "id": "one", "targets": [] }');
  });

  it('is what it is missing in', () => {
    expect(found('jitAccess.flows', 0, 'label')).toBe('{ "id": "one", "targets": [] }');
    expect(found('jitAccess.flows', 0, 'targets', 3)).toBe('[]');
    expect(found('jitAccess.flows', 0, 'id', 'deeper')).toBe('"id": "one"');
  });

  it('is nowhere when the setting is not there', () => {
    expect(found('jitAccess.regions')).toBeUndefined();
    expect(settingPlace('', ['x'])).toBeUndefined();
    expect(settingPlace('[1]', [0])).toBeUndefined();
  });

  it('is found in whatever JSON there is, and ends on anything else', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), fc.boolean(), (value, pretty) => {
        const text = JSON.stringify({ before: value, it: { x: [value] } }, undefined, pretty ? 2 : 0);
        const place = settingPlace(text, ['it', 'x', 0]);
        // As JSON has it, which knows no -0.
        expect(JSON.parse(text.slice(place?.start, place?.end))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), text => void settingPlace(`{${text}`, ['a', 0, 'b'])),
    );
  });
});
