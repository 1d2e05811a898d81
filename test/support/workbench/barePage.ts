import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { repository } from '../../../scripts/repository.mjs';
import { AXE } from './axe';
import type { PageState } from './requestPageStates';
import { inEachTheme, type Theme } from './themes';
import type { SharedWorkbench } from './useWorkbench';

/** What VS Code puts around a webview's own document in one theme. */
export interface ThemeDress {
  readonly theme: Theme;
  /** Style of the root: the theme's colours and fonts as variables. */
  readonly style: string;
  readonly bodyClass: string;
  /** VS Code's default styles of webviews. */
  readonly defaults: string;
}

/** Reads off the open webview what it wears in each of the four kinds of theme. */
export async function dressesOf(shared: SharedWorkbench): Promise<readonly ThemeDress[]> {
  const dresses: ThemeDress[] = [];
  await inEachTheme(shared, async theme => {
    const worn = await shared.ui
      .webview()
      .locator('html')
      .evaluate(root => ({
        style: root.getAttribute('style') ?? '',
        bodyClass: root.ownerDocument.body.className,
        defaults: root.querySelector('#_defaultStyles')?.textContent ?? '',
      }));
    dresses.push({ theme, ...worn });
  });
  return dresses;
}

const ADDRESS = 'http://request-page.test/';

/** All in one: what is loaded apart takes longer than what is looked for in it. */
async function pageDocument(): Promise<string> {
  const built = (name: string, encoding: 'utf8' | 'base64' = 'utf8') =>
    readFile(join(repository, 'dist', 'webviews', name), encoding);
  const font = `data:font/ttf;base64,${await built('codicon.ttf', 'base64')}`;
  const icons = (await built('codicon.css')).replace(/url\([^)]*codicon\.ttf[^)]*\)/, `url("${font}")`);
  if (!icons.includes(font)) throw new Error('codicon.css does not name its font');
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Request access</title>
<style id="_defaultStyles"></style><style id="vscode-codicon-stylesheet">${icons}</style><style>${await built('requestPanel.css')}</style></head>
<body><main id="page"></main><div id="announcer" class="spoken-only" role="status" aria-live="polite"></div>
<script>${HOST}</script><script>${(await built('requestPanel.js')).replaceAll('</script', '<\\/script')}</script></body></html>`;
}

/** What VS Code is to the page. */
const HOST = `
let kept;
const answerTo = message => window.hostAnswer === 'none' && message.type === 'submit' ? undefined
  : message.type === 'submit' && window.hostAnswer ? { type: 'reply', id: message.id, ok: false, ...window.hostAnswer }
  : { type: 'reply', id: message.id, ok: true };
window.acquireVsCodeApi = () => ({
  postMessage: message => { const answer = answerTo(message); if (answer) window.postMessage(answer, '*'); },
  getState: () => kept,
  setState: state => { kept = state; },
});
`;

/**
 * The bundle of the request page in a browser page of its own, with the messages that the extension would post: any state is there at once.
 * How it behaves in VS Code is for the other tests.
 */
export class BarePage {
  private constructor(readonly page: Page) {}

  static async open(context: BrowserContext): Promise<BarePage> {
    const page = await context.newPage();
    await page.setViewportSize({ width: 720, height: 900 });
    await page.addInitScript(AXE);
    const body = await pageDocument();
    await page.route(`${ADDRESS}**`, route => route.fulfill({ contentType: 'text/html', body }));
    return new BarePage(page);
  }

  /** The root of the document that is shown. */
  get root(): Locator {
    return this.page.locator('html');
  }

  /** Shows a state anew, as a page that has just been opened. */
  async show({ view, answer }: PageState, dress: ThemeDress): Promise<void> {
    await this.page.goto(ADDRESS);
    await this.wear(dress);
    await this.root.evaluate(
      (root, { view: shown, answer: said }) => {
        const { defaultView } = root.ownerDocument;
        Object.assign(defaultView ?? {}, { hostAnswer: said });
        defaultView?.postMessage({ type: 'view', view: shown, subject: {} }, '*');
      },
      { view, answer },
    );
    await this.page.getByRole('heading', { level: 1 }).waitFor();
    if (answer === undefined) return;
    await this.page.locator('#submit').click();
    const shown =
      answer === 'none' ? this.page.locator('#submit[aria-disabled]') : this.page.locator('#problems');
    await shown.waitFor();
  }

  /** `out/workbench/shots/page-<name>.png`, as long as the page is. */
  async screenshot(name: string): Promise<void> {
    const path = join(repository, 'out', 'workbench', 'shots', `page-${name.replaceAll(' ', '-')}.png`);
    await this.page.screenshot({ path, fullPage: true });
  }

  async wear({ style, bodyClass, defaults }: ThemeDress): Promise<void> {
    await this.root.evaluate(
      (root, dress) => {
        root.setAttribute('style', dress.style);
        root.ownerDocument.body.className = dress.bodyClass;
        const sheet = root.querySelector('#_defaultStyles');
        if (sheet) sheet.textContent = dress.defaults;
      },
      { style, bodyClass, defaults },
    );
  }
}
