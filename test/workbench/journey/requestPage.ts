import type { FrameLocator, Locator } from 'playwright-core';
import type { WorkbenchPage } from '../../support/workbench/workbenchPage';

/** A form that was asked for shows long before this, also on a busy machine. */
const OPENING_MS = 15_000;
const TRIES = 4;

/** The request panel as a person uses it. */
export class RequestPage {
  constructor(private readonly ui: WorkbenchPage) {}

  get frame(): FrameLocator {
    return this.ui.webview(0);
  }

  /** Opens the form from an instance's menu. A menu that closes in the moment of the click chooses nothing, and is opened again. */
  async openFrom(instance: Locator): Promise<void> {
    const form = this.frame.locator('#field-reason');
    for (let triesLeft = TRIES; ; triesLeft--) {
      await this.ui.chooseFromContextMenu(instance, 'Request Access…');
      try {
        await form.waitFor({ timeout: OPENING_MS });
        return;
      } catch (error) {
        if (triesLeft === 0) throw error;
      }
    }
  }

  headline(text: string | RegExp): Locator {
    return this.frame.locator('.headline').filter({ hasText: text });
  }

  /** A question by the name of its field. */
  field(name: string): Locator {
    return this.frame.locator(`[data-field="${name}"]`);
  }

  async fillReason(text: string): Promise<void> {
    await this.frame.locator('#field-reason').fill(text);
  }

  async chooseDuration(label: string): Promise<void> {
    await this.field('duration').getByRole('radio', { name: label }).check();
  }

  async openShellWhenActive(): Promise<void> {
    await this.frame.locator('#afterwards').getByRole('radio', { name: 'Open a shell' }).check();
  }

  async submit(): Promise<void> {
    await this.frame.locator('#submit').click();
  }
}
