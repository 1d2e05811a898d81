import type { FrameLocator, Locator } from 'playwright-core';
import type { WorkbenchPage } from '../../support/workbench/workbenchPage';

/** The request panel as a person uses it. */
export class RequestPage {
  constructor(private readonly ui: WorkbenchPage) {}

  get frame(): FrameLocator {
    return this.ui.webview(0);
  }

  headline(text: string): Locator {
    return this.frame.locator('.headline').filter({ hasText: text });
  }

  async fillReason(text: string): Promise<void> {
    await this.frame.locator('#field-reason textarea').fill(text);
  }

  async chooseDuration(label: string): Promise<void> {
    await this.frame.locator('#field-duration').getByText(label).click();
  }

  async openShellWhenActive(): Promise<void> {
    await this.frame.locator('#open-shell').click();
  }

  async submit(): Promise<void> {
    await this.frame.locator('#submit').click();
  }
}
