import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { repository } from '../../../scripts/repository.mjs';
import { concernedBy } from '../../../src/ui/model/settingChange';

const manifest = JSON.parse(readFileSync(`${repository}/package.json`, 'utf8')) as {
  readonly contributes: {
    readonly configuration:
      | { readonly properties: Readonly<Record<string, unknown>> }
      | readonly { readonly properties: Readonly<Record<string, unknown>> }[];
  };
};
const settings = [manifest.contributes.configuration]
  .flat()
  .flatMap(({ properties }) => Object.keys(properties));

/** As VS Code tells it: a section is affected by what is below it. */
const changeOf =
  (...changed: readonly string[]) =>
  (setting: string) =>
    changed.some(one => one === setting || one.startsWith(`${setting}.`));

describe('a change of settings', () => {
  it('concerns somebody, whichever of the declared it is, but for saved filters', () => {
    expect(settings.length).toBeGreaterThan(10);
    expect(settings.filter(setting => concernedBy(changeOf(setting)) === 'nobody')).toEqual([
      'jitAccess.savedFilters',
    ]);
  });

  it('lists anew for what decides what is listed, and for nothing else', () => {
    expect(settings.filter(setting => concernedBy(changeOf(setting)) === 'listings')).toEqual([
      'jitAccess.flows',
      'jitAccess.regions',
    ]);
    expect(concernedBy(changeOf('jitAccess.savedFilters', 'jitAccess.regions'))).toBe('listings');
    expect(concernedBy(changeOf('editor.fontSize'))).toBe('nobody');
  });
});
