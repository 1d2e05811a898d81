import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { answerInBrowser, openBrowser } from '../../../support/workbench/signIn';
import { useTheme, type Theme } from '../../../support/workbench/themes';
import type { SharedWorkbench } from '../../../support/workbench/useWorkbench';

const themes: readonly Theme[] = ['light', 'highContrast', 'dark'];

/** From the first question to the profiles in a file that was not there. */
export function importProfiles(shared: SharedWorkbench): void {
  const file = () => shared.workbench.homeFile('.aws', 'config');
  const question = (text: string) => shared.ui.quickInputTitle.filter({ hasText: text });
  const role = (text: RegExp) => shared.ui.quickItem(text).first();

  it('is what the empty view offers', async () => {
    await shared.ui.openContainer('JIT Access');
    const instances = shared.ui.view('Instances');
    await instances.getByRole('button', { name: 'Import Profiles from the Portal…' }).click();
    await question('Import Profiles: the Access Portal (1/3)').waitFor();
    await shared.screenshot('import-start-url');
  });

  it('takes no address that is none', async () => {
    await shared.ui.answerInput('myco');
    await shared.ui.quickInputMessage.filter({ hasText: 'begins with https://' }).waitFor();
    await shared.ui.answerInput('https://myco.awsapps.com/start/#');
    await question('(2/3)').waitFor();
    await shared.ui.quickInput.fill('us-east-1');
    await shared.ui.page.keyboard.press('Enter');
    await question('(3/3)').waitFor();
    await expect.poll(() => shared.ui.quickInput.inputValue()).toBe('myco');
    await shared.ui.page.keyboard.press('Enter');
  });

  it('signs in, and lists what the person has by account', async () => {
    await shared.ui.dialog.filter({ hasText: /Your code for myco is/ }).waitFor();
    const page = await openBrowser(shared, 'Copy Code and Open Browser');
    await answerInBrowser(page, 'confirm', /^Signed in$/);
    await question('Import Profiles (1/4)').waitFor();
    await role(/ViewOnlyAccess/).waitFor();
  });

  it('asks for region and names, each with a way back', async () => {
    await role(/ViewOnlyAccess/).click();
    await shared.ui.page.keyboard.press('Enter');
    await question('Import Profiles (2/4)').waitFor();
    await shared.ui.quickInput.fill('eu-west-1');
    await shared.ui.page.keyboard.press('Enter');
    await question('Import Profiles (3/4)').waitFor();
    await shared.ui.quickItem('{account}-{role}').getByText('-ViewOnlyAccess').waitFor();
    await shared.screenshot('import-names');
    await shared.ui.page.locator('.quick-input-widget').getByRole('button', { name: 'Back' }).click();
    await question('Import Profiles (2/4)').waitFor();
    await shared.ui.page.keyboard.press('Enter');
    await question('Import Profiles (3/4)').waitFor();
    await shared.ui.quickItem('{role}-{account}').click();
  });

  it('shows the change, and has written nothing', async () => {
    await question('Import Profiles (4/4)').waitFor();
    await shared.ui.quickItem('Write 1 Profile to config').waitFor();
    await shared.ui.editorTab('config: what would be written').waitFor();
    await shared.ui.page
      .locator('.modified-in-monaco-diff-editor, .editor.modified')
      .getByText('[sso-session myco]')
      .waitFor();
    expect(existsSync(file())).toBe(false);
    await shared.screenshot('import-change');
  });

  it('writes it once the person says so', async () => {
    await shared.ui.quickItem('Write 1 Profile to config').click();
    await shared.ui.toast(/Profile ViewOnlyAccess-.* was added/).waitFor();
    await shared.ui.editorTab('config: what would be written').waitFor({ state: 'detached' });
    expect(readFileSync(file(), 'utf8')).toMatch(
      /^\[sso-session myco\]\nsso_start_url = https:\/\/myco\.awsapps\.com\/start\nsso_region = us-east-1\nsso_registration_scopes = sso:account:access\n\n\[profile ViewOnlyAccess-[\w-]+\]\nsso_session = myco\nsso_account_id = \d{12}\nsso_role_name = ViewOnlyAccess\nregion = eu-west-1\n$/,
    );
    await shared.ui.treeRow('eu-west-1', shared.ui.view('Instances')).waitFor();
    await shared.screenshot('import-written');
  });

  it.each(themes)('lists legibly in %s, and marks what has a profile', async theme => {
    await shared.ui.clearNotifications();
    await useTheme(shared, theme);
    await shared.ui.runCommand('JIT Access: Import Profiles from the Portal…');
    await shared.ui.quickItem('https://myco.awsapps.com/start').click();
    await question('Import Profiles (1/4)').waitFor();
    await shared.ui.quickItem('has profile ViewOnlyAccess-').first().waitFor();
    await shared.screenshot(`import-roles-${theme}`);
    if (theme !== themes.at(-1)) await shared.ui.page.keyboard.press('Escape');
  });

  it('adds more beneath, and takes it back', async () => {
    const before = readFileSync(file(), 'utf8');
    await question('Import Profiles (1/4)').waitFor();
    // What has no profile comes first.
    await shared.ui.page.keyboard.press('ArrowDown');
    await shared.ui.page.keyboard.press('Space');
    await shared.ui.page.keyboard.press('Enter');
    for (const step of ['(2/4)', '(3/4)', '(4/4)']) {
      await question(step).waitFor();
      await shared.ui.page.keyboard.press('Enter');
    }
    const toast = shared.ui.toast(/was added to .* The file as it was is kept as config\..*\.bak/);
    await toast.waitFor();
    expect(readFileSync(file(), 'utf8').startsWith(before)).toBe(true);
    expect(readFileSync(file(), 'utf8')).not.toBe(before);
    await shared.screenshot('import-undo');
    await shared.ui.clickToastButton(toast, 'Undo');
    await shared.ui.toast('is as it was before the import').waitFor();
    expect(readFileSync(file(), 'utf8')).toBe(before);
    expect(readdirSync(dirname(file())).filter(name => name.endsWith('.bak'))).toEqual([]);
  });
}
