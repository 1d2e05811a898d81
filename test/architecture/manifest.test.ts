import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repository } from '../../scripts/repository.mjs';

interface MenuEntry {
  readonly command?: string;
  readonly submenu?: string;
  readonly when?: string;
  readonly group?: string;
}

interface Setting {
  readonly scope?: string;
  readonly type?: string | readonly string[];
  readonly default?: unknown;
  readonly description?: string;
  readonly markdownDescription?: string;
}

interface Manifest {
  readonly main: string;
  readonly engines: { readonly vscode: string };
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly activationEvents: readonly string[];
  readonly extensionKind: readonly string[];
  readonly contributes: {
    readonly commands: readonly {
      readonly command: string;
      readonly title: string;
      readonly category?: string;
      readonly icon?: string;
    }[];
    readonly menus: Readonly<Record<string, readonly MenuEntry[]>>;
    readonly submenus?: readonly { readonly id: string }[];
    readonly views: Readonly<
      Record<string, readonly { readonly id: string; readonly name: string; readonly icon?: string }[]>
    >;
    readonly viewsContainers: Readonly<
      Record<string, readonly { readonly id: string; readonly icon: string }[]>
    >;
    readonly viewsWelcome: readonly {
      readonly view: string;
      readonly contents: string;
      readonly when?: string;
    }[];
    readonly keybindings?: readonly { readonly command: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, Setting>> };
  };
}

const text = readFileSync(join(repository, 'package.json'), 'utf8');
const manifest = JSON.parse(text) as Manifest;
const words = JSON.parse(readFileSync(join(repository, 'package.nls.json'), 'utf8')) as Readonly<
  Record<string, string>
>;
const { contributes } = manifest;
const declared = new Set(contributes.commands.map(({ command }) => command));
const views = Object.values(contributes.views).flat();
const settings = Object.entries(contributes.configuration.properties);

/** Commands that act on the row they were called from, and mean nothing from the palette. */
const NEEDS_A_ROW =
  /^jitAccess\.(instance\.(copy|openInConsole|filterLike|addFavourite|removeFavourite)|instances\.explain|access\.(show|dismiss|copyLink)|approval\.|approvals\.explain|session\.(show|copy|openInBrowser))/;

/** A value that decides where a token goes or what is executed must not come from a workspace. */
const DECIDES_WHOM_TO_TRUST = /url|endpoint|host|proxy|token|plugin|executable|path$|caBundle/i;

function reference(value: string): string | undefined {
  return /^%(.+)%$/.exec(value)?.[1];
}

function commandLinks(markdown: string): readonly string[] {
  return [...markdown.matchAll(/\(command:([\w.]+)/g)].map(match => match[1]!);
}

describe('the manifest', () => {
  it('starts with the extension’s own views and commands, never with the editor', () => {
    expect(manifest.activationEvents).not.toContain('*');
  });

  it('installs nothing beside the bundle', () => {
    expect(manifest.dependencies ?? {}).toEqual({});
  });

  it('is compiled against the API of the oldest editor it admits', () => {
    const oldest = /^\^(\d+\.\d+)\.0$/.exec(manifest.engines.vscode)?.[1];
    expect(oldest).toBeDefined();
    expect(manifest.devDependencies['@types/vscode']).toMatch(
      new RegExp(`^~${oldest!.replace('.', '\\.')}\\.`),
    );
  });

  it('has every word it refers to, and no word nobody refers to', () => {
    const used = new Set([...text.matchAll(/%([\w.-]+)%/g)].map(match => match[1]!));
    expect([...used].filter(key => !(key in words))).toEqual([]);
    expect(Object.keys(words).filter(key => !used.has(key))).toEqual([]);
  });

  it('words everything a person reads', () => {
    const read = [
      ...contributes.commands.flatMap(({ title, category }) => [title, category ?? '']),
      ...views.map(({ name }) => name),
      ...contributes.viewsWelcome.map(({ contents }) => contents),
      ...settings.map(([, setting]) => setting.markdownDescription ?? setting.description ?? ''),
    ];
    expect(read.filter(value => reference(value) === undefined)).toEqual([]);
  });

  describe('commands', () => {
    it.each(contributes.commands)('$command has a name of the house, a title and the category', command => {
      expect(command.command).toMatch(/^jitAccess\.[a-z]+\.[a-zA-Z]+$/);
      expect(words[reference(command.title) ?? '']).toMatch(/^[A-Z]/);
      expect(command.category).toBe('%category%');
    });

    it('are declared once', () => {
      expect(declared.size).toBe(contributes.commands.length);
    });

    it('that need a row are not in the palette', () => {
      const hidden = new Set(
        (contributes.menus['commandPalette'] ?? [])
          .filter(({ when }) => when === 'false')
          .map(({ command }) => command),
      );
      const shown = [...declared].filter(command => NEEDS_A_ROW.test(command) && !hidden.has(command));
      expect(shown).toEqual([]);
    });

    it('in the title of a view have an icon or lie in the overflow menu', () => {
      const icons = new Map(contributes.commands.map(({ command, icon }) => [command, icon]));
      const bare = (contributes.menus['view/title'] ?? []).filter(
        ({ command, group }) =>
          command !== undefined && group?.startsWith('navigation') && icons.get(command) === undefined,
      );
      expect(bare).toEqual([]);
    });

    it('that are inline have an icon', () => {
      const icons = new Map(contributes.commands.map(({ command, icon }) => [command, icon]));
      const inline = (contributes.menus['view/item/context'] ?? []).filter(({ group }) =>
        group?.startsWith('inline'),
      );
      expect(inline.length).toBeGreaterThan(0);
      expect(inline.filter(({ command }) => icons.get(command ?? '') === undefined)).toEqual([]);
    });
  });

  it.each(Object.entries(contributes.menus))(
    'menu %s refers to declared commands, under a condition',
    (place, entries) => {
      const submenus = new Set((contributes.submenus ?? []).map(({ id }) => id));
      for (const { command, submenu, when } of entries) {
        expect(command === undefined ? submenus.has(submenu ?? '') : declared.has(command)).toBe(true);
        if (place.startsWith('view/')) expect(when).toMatch(/\bview\s*(==|=~)/);
      }
    },
  );

  it('welcome texts belong to views and link to declared commands', () => {
    const known = new Set(views.map(({ id }) => id));
    const links = contributes.viewsWelcome.flatMap(({ view, contents }) => {
      expect(known).toContain(view);
      return commandLinks(words[reference(contents) ?? ''] ?? '');
    });
    expect(links.length).toBeGreaterThan(0);
    expect(links.filter(command => command.startsWith('jitAccess.') && !declared.has(command))).toEqual([]);
  });

  it('words link to declared commands', () => {
    const links = Object.values(words).flatMap(commandLinks);
    expect(links.filter(command => command.startsWith('jitAccess.') && !declared.has(command))).toEqual([]);
  });

  it('key bindings call declared commands', () => {
    expect((contributes.keybindings ?? []).filter(({ command }) => !declared.has(command))).toEqual([]);
  });

  it('pictures exist', () => {
    const paths = [
      ...Object.values(contributes.viewsContainers)
        .flat()
        .map(({ icon }) => icon),
      ...views.flatMap(({ icon }) => icon ?? []),
    ].filter(icon => !icon.startsWith('$('));
    expect(paths.length).toBeGreaterThan(0);
    expect(paths.filter(path => !existsSync(join(repository, path)))).toEqual([]);
  });

  describe('settings', () => {
    it.each(settings)('%s says what it is and has a type and a default', (key, setting) => {
      expect(key).toMatch(/^jitAccess(\.[a-z][A-Za-z]*)+$/);
      expect(words[reference(setting.markdownDescription ?? setting.description ?? '') ?? ''] ?? '').not.toBe(
        '',
      );
      expect(setting.type).toBeDefined();
      expect(setting.default).toBeDefined();
    });

    it('that decide whom to trust cannot come from a workspace', () => {
      const open = settings.filter(
        ([key, { scope }]) =>
          DECIDES_WHOM_TO_TRUST.test(key) && !['application', 'machine'].includes(scope ?? ''),
      );
      expect(settings.some(([key]) => DECIDES_WHOM_TO_TRUST.test(key))).toBe(true);
      expect(open).toEqual([]);
    });

    it('hold no secret', () => {
      expect(settings.filter(([key]) => /token|secret|password|jwt/i.test(key))).toEqual([]);
    });
  });
});
