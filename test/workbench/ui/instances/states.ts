import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import type { Locator } from 'playwright-core';
import { expect, it } from 'vitest';
import { SandboxDoor } from '../../../support/workbench/backDoor';
import { instanceRow } from '../../../support/workbench/instanceRow';
import { pictureLooks } from '../../../support/workbench/looks';
import { signInBeside } from '../../../support/workbench/signedIn';
import type { SharedWorkbench } from '../../../support/workbench/useWorkbench';

const PREPARING_MS = 240_000;
const PROD = '123456789012';
/** So many that it lasts longer than the test. */
const ALWAYS = 100_000;
const PATIENT = { timeout: 60_000 };
/** Pixels; VS Code makes a side bar no narrower than 170. */
const NARROW = 200;

/** What the view says of itself while it is empty, and the button that leads out. */
async function saysAndOffers(shared: SharedWorkbench, words: string, button: string): Promise<Locator> {
  const view = shared.ui.view('Instances');
  await view.getByText(words).first().waitFor(PATIENT);
  const offered = view.getByRole('button', { name: button, exact: true });
  await offered.waitFor();
  return offered;
}

/** What the view of instances shows when not all is well. Begins signed out; ends signed in, with everything well. */
export function states(shared: SharedWorkbench): void {
  const row = instanceRow(shared);
  const configFile = () => shared.workbench.sandbox?.env['AWS_CONFIG_FILE'] ?? '';
  const door = new SandboxDoor(() => shared.workbench);
  const goesWrong = (fault: object) => door.call('POST', 'faults', { times: ALWAYS, ...fault });

  it(
    'signed out: says so, and signs in',
    async () => {
      const { ui } = shared;
      await ui.openContainer('JIT Access');
      const signIn = await saysAndOffers(shared, 'You are signed out of AWS.', 'Sign In');
      await pictureLooks(shared, 'state-signed-out');
      await signIn.click();
      await ui.dialog.filter({ hasText: /Your code for myco is [A-Z]{4}-[A-Z]{4}/ }).waitFor();
      await ui.clickDialogButton('Cancel');
      await ui.dialog.waitFor({ state: 'detached' });
    },
    PREPARING_MS,
  );

  it('without a network: says so, and tries again', async () => {
    await goesWrong({ operation: 'ec2:*', kind: 'reset' });
    await goesWrong({ operation: 'ssm:*', kind: 'reset' });
    await signInBeside(shared.workbench);
    const again = await saysAndOffers(shared, 'AWS cannot be reached from here.', 'Try Again');
    await pictureLooks(shared, 'state-offline');
    await door.call('DELETE', 'faults');
    await again.click();
    await row('web-1,').waitFor(PATIENT);
  });

  it('a filter without a match: says so as it is typed, and clears it', async () => {
    const { ui } = shared;
    await ui.runCommand('JIT Access: Filter Instances…');
    await ui.quickInput.fill('no-such-thing');
    await ui.quickInputMessage.getByText('No instance matches.').waitFor();
    const clear = await saysAndOffers(shared, 'No instance matches the filter.', 'Clear Filter');
    await ui.page.keyboard.press('Enter');
    await ui.quickInput.waitFor({ state: 'hidden' });
    await pictureLooks(shared, 'state-filtered');
    await clear.click();
    await row('web-1,').waitFor();
  });

  it('a broken profile: its line and its cause beside everything else, and it opens there', async () => {
    const { ui } = shared;
    const before = readFileSync(configFile(), 'utf8');
    appendFileSync(
      configFile(),
      '\n[profile broken]\nsso_session = nobody\nsso_account_id = 123456789012\nsso_role_name = Viewer\n',
    );
    const line = before.split('\n').length + 1;
    const broken = ui.treeRow(/broken/, ui.view('Instances')).filter({ hasText: `line ${line}:` });
    await broken.waitFor(PATIENT);
    await row('web-1,').waitFor();
    await broken.scrollIntoViewIfNeeded();
    await pictureLooks(shared, 'state-broken-profile');
    await broken.click();
    await ui.editorTab('config').waitFor();
    await ui.page.locator('.editor-instance .active-line-number', { hasText: String(line) }).waitFor();
    await ui.runCommand('View: Close All Editors');
    writeFileSync(configFile(), before);
    await broken.waitFor({ state: 'detached' });
  });

  it('partly denied: what may not be asked is named where it is missing, the rest stands', async () => {
    const { ui } = shared;
    const denied = { kind: 'fail', code: 'UnauthorizedOperation', status: 403 };
    const message = (action: string) =>
      `User: arn:aws:sts::${PROD}:assumed-role/Viewer/sam is not authorized to perform: ${action} on resource: * because no identity-based policy allows the ${action} action`;
    await goesWrong({
      ...denied,
      operation: 'ec2:DescribeInstances',
      accountId: PROD,
      region: 'eu-west-1',
      message: message('ec2:DescribeInstances'),
    });
    await goesWrong({
      ...denied,
      code: 'AccessDeniedException',
      status: 400,
      operation: 'ssm:DescribeInstanceInformation',
      accountId: '210987654321',
      region: 'us-east-1',
      message: message('ssm:DescribeInstanceInformation'),
    });
    await ui.runCommand('JIT Access: Refresh Instances');
    const refused = row('eu-west-1, not allowed to list (ec2:DescribeInstances)');
    await refused.waitFor(PATIENT);
    const unasked = row('SSM could not be asked, not allowed to list (ssm:DescribeInstanceInf');
    await unasked.waitFor();
    await row('dev-web-1, SSM status not known').waitFor();
    await row('web-1,').waitFor();
    await pictureLooks(shared, 'state-partly-denied');
    await ui.clickInlineAction(refused, 'Why Is This Not Listed?');
    const told = ui.toast('your role may not do ec2:DescribeInstances here');
    await told.waitFor();
    await ui.clickToastButton(told, 'Show Details');
    await ui.page.locator('.editor-instance').getByText('no identity-based policy allows').first().waitFor();
    await ui.runCommand('View: Close All Editors');
    await ui.clearNotifications();
    await door.call('DELETE', 'faults');
    await ui.runCommand('JIT Access: Refresh Instances');
    await refused.waitFor({ state: 'detached', ...PATIENT });
  });

  it('offline later on: what was known stays in sight, with its age', async () => {
    const { ui } = shared;
    await goesWrong({ operation: 'ec2:*', kind: 'reset' });
    await goesWrong({ operation: 'ssm:*', kind: 'reset' });
    await ui.runCommand('JIT Access: Refresh Instances');
    await ui.view('Instances').getByText('AWS cannot be reached. This is what was known').waitFor(PATIENT);
    await row('web-1,').waitFor();
    await row('Not listed anew').waitFor();
    await pictureLooks(shared, 'state-offline-known');
    await door.call('DELETE', 'faults');
    await ui.runCommand('JIT Access: Refresh Instances');
    await row('Not listed anew').waitFor({ state: 'detached', ...PATIENT });
  });

  it('keeps name and state in sight in a narrow side bar', async () => {
    const { page } = shared.ui;
    const sidebar = page.locator('.part.sidebar');
    const widthOf = async () => (await sidebar.boundingBox())?.width;
    const { x, y, width } = (await sidebar.boundingBox()) ?? expect.fail('there is no side bar');
    const drag = async (from: number, to: number): Promise<void> => {
      await page.mouse.move(x + from, y + 400);
      await page.mouse.down();
      await page.mouse.move(x + to, y + 400, { steps: 5 });
      await page.mouse.up();
    };
    await drag(width, NARROW);
    await expect.poll(widthOf).toBeLessThan(NARROW + 20);
    await pictureLooks(shared, 'state-narrow');
    const description = await row('web-canary, stopped').locator('.label-description').boundingBox();
    expect((description?.x ?? Infinity) + 40).toBeLessThan(x + NARROW);
    await drag((await widthOf()) ?? NARROW, width);
    await expect.poll(widthOf).toBeGreaterThan(width - 20);
  });
}
