import type { Locator } from 'playwright-core';
import type { SharedWorkbench } from './useWorkbench';

/** The first row of the view of instances whose label begins like this. */
export function instanceRow(shared: Pick<SharedWorkbench, 'ui'>): (start: string) => Locator {
  return start => shared.ui.view('Instances').locator(`.monaco-list-row[aria-label^="${start}"]`).first();
}
