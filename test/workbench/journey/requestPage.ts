import type { FrameLocator, Locator } from 'playwright-core';
import type { WorkbenchPage } from '../../support/workbench/workbenchPage';

/** The request panel as a person uses it. */
export class RequestPage {
  constructor(private readonly ui: WorkbenchPage) {}

  get frame(): FrameLocator {
    return this.ui.webview(0);
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
