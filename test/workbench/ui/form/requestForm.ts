import type { Locator } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { SandboxDoor } from '../../../support/workbench/backDoor';
import { signInButton } from '../../../support/workbench/signIn';
import { colourViolations, violations } from '../../../support/workbench/axe';
import { BarePage, dressesOf } from '../../../support/workbench/barePage';
import { markNew, NEWLY_PAINTED } from '../../../support/workbench/paint';
import { PAGE_STATES } from '../../../support/workbench/requestPageStates';
import type { SharedWorkbench } from '../../../support/workbench/useWorkbench';
import { auditNarrow, auditState } from '../../../support/workbench/webviewAudit';
import { RequestPage } from '../../journey/requestPage';

/** What the build of VS Code under test calls itself in links; `vscode` on a desktop. */
const SCHEME = 'code-oss';
const LINK = `${SCHEME}://jit-access.jit-access-ec2/request?target=FrontEnd%20SSH&reason=runbook%207%3A%20100%2525%20full&duration=1h`;

const REQUEST = 'jitAccess.access.request';
/** Keys that open the form as other extensions, key bindings and links do. */
export const KEYS = [
  // VS Code hands a link to the extension as if it had been clicked in a runbook.
  { key: 'ctrl+alt+1', command: 'vscode.open', args: LINK },
  { key: 'ctrl+alt+2', command: 'vscode.open', args: `${LINK}&approve=now` },
  { key: 'ctrl+alt+3', command: REQUEST, args: { target: 'BackEnd SSH', reason: 'nightly' } },
  { key: 'ctrl+alt+4', command: REQUEST, args: { target: 'BackEnd SSH', ticket: 7 } },
];

/** Fifty states in four kinds of theme. */
const READING_MS = 300_000;
/** The form without an instance: how it is filled in, and what it says of what is missing. */
export function requestForm(shared: SharedWorkbench): void {
  const door = new SandboxDoor(() => shared.workbench);
  const form = () => new RequestPage(shared.ui);
  const page = () => form().frame;

  it('opens from the palette with the flow’s own questions', async () => {
    await shared.ui.openContainer('JIT Access');
    await signInButton(shared.ui).waitFor();
    await shared.ui.runCommand('JIT Access: Request Access…');
    await page().getByText('Why do you need access?').waitFor();
    await page().getByRole('radio', { name: '30 min' }).waitFor();
    await auditState(shared, 'form-empty');
    await auditNarrow(shared, 'form-empty');
  });

  it('says what is missing, takes the focus there, and leads to the question', async () => {
    await page().locator('#submit').click();
    await page().locator('#problems:focus').waitFor();
    await form().field('reason').locator('.problem').getByText('This needs an answer.').waitFor();
    await auditState(shared, 'form-problems');
    await page().locator('#problems').press('Tab');
    await page().locator('#problems button:focus').press('Enter');
    await page().locator('#field-reason:focus').waitFor();
  });

  it('can be filled in by keyboard alone', async () => {
    await shared.ui.page.keyboard.type('checking the stuck deploy');
    await page().getByText('25/256').waitFor();
    await shared.ui.page.keyboard.press('Tab');
    await shared.ui.page.keyboard.press('ArrowRight');
    await expect.poll(() => page().getByRole('radio', { name: '1 h', exact: true }).isChecked()).toBe(true);
  });

  it('says before sending that AWS is asked for single instances', async () => {
    await page().getByRole('radio', { name: 'BackEnd nodes' }).check();
    await page().getByText('AWS node access is asked for one instance at a time.').waitFor();
    await expect.poll(() => page().locator('#submit').isDisabled()).toBe(true);
    // The reason is asked there too, and what was typed is still in it.
    await expect.poll(() => page().locator('#field-reason').inputValue()).toBe('checking the stuck deploy');
    await auditState(shared, 'form-needs-instance');
  });

  it('keeps what was typed when the page is closed, and says so', async () => {
    await shared.ui.runCommand('View: Close All Editors');
    await shared.ui.runCommand('JIT Access: Request Access…');
    await page().getByText('What you typed before is still here.').waitFor();
    await expect.poll(() => page().locator('#field-reason').inputValue()).toBe('checking the stuck deploy');
    await expect.poll(() => page().getByRole('radio', { name: 'BackEnd nodes' }).isChecked()).toBe(true);
  });

  it(
    'can be read in every state there is, in every kind of theme',
    async () => {
      const dresses = await dressesOf(shared);
      const bare = await BarePage.open(shared.context);
      const found: string[] = [];
      const known = new Map<string, readonly string[]>();
      for (const [at, state] of PAGE_STATES.entries()) {
        for (const [index, dress] of dresses.entries()) {
          const tell = (wrong: readonly string[]) =>
            found.push(...wrong.map(text => `${state.name}, ${dress.bodyClass}: ${text}`));
          // What a screen reader is given is the same in all of them; colours are not.
          if (index === 0) {
            await bare.show(state, dress);
            tell(await violations(bare.root));
          } else {
            await bare.wear(dress);
            const paints = known.get(dress.bodyClass) ?? [];
            const fresh = await markNew(bare.root, paints);
            known.set(dress.bodyClass, [...paints, ...fresh]);
            if (fresh.length > 0) tell(await colourViolations(bare.root, NEWLY_PAINTED));
          }
          // Each in one of the four.
          if (index === at % dresses.length) await bare.screenshot(`${state.name} ${dress.theme}`);
        }
      }
      await bare.page.close();
      expect(found).toEqual([]);
    },
    READING_MS,
  );

  describe('opened from elsewhere', () => {
    /** A moving focus takes a key: pressed until it shows. */
    async function press(key: string, shown: Locator): Promise<void> {
      await shared.ui.runCommand('View: Close All Editors');
      const pressed = async () => {
        await shared.ui.page.keyboard.press(`Control+Alt+${key}`);
        return shown.waitFor({ timeout: 3_000 }).then(
          () => true,
          () => false,
        );
      };
      await expect.poll(pressed, { timeout: 60_000 }).toBe(true);
    }

    it('by a link, it is filled in and nothing is sent', async () => {
      await press('1', page().getByText('Filled in by what led here. Read it before you send it.'));
      await expect.poll(() => page().locator('#field-reason').inputValue()).toBe('runbook 7: 100% full');
      await expect.poll(() => page().getByRole('radio', { name: '1 h', exact: true }).isChecked()).toBe(true);
      await expect.poll(() => page().getByRole('radio', { name: 'FrontEnd SSH' }).isChecked()).toBe(true);
      await shared.screenshot('request-form-link');
      expect(await door.requests()).toEqual([]);
    });

    it('by a bad link, it is refused with what is wrong', async () => {
      const refusal = shared.ui.toast(
        'The link cannot be used: "approve" is not known. Nothing was filled in or sent.',
      );
      await press('2', refusal);
      await shared.screenshot('request-bad-link');
      expect(await shared.ui.page.locator('iframe.webview').count()).toBe(0);
      await shared.ui.clearNotifications();
    });

    it('by a key with arguments, it is filled in too, and what it does not know is refused', async () => {
      await press('3', page().locator('#field-reason'));
      await expect.poll(() => page().locator('#field-reason').inputValue()).toBe('nightly');
      await press('4', shared.ui.toast(/"ticket" is not known/));
      expect(await door.requests()).toEqual([]);
      await shared.ui.clearNotifications();
    });
  });
}
