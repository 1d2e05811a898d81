import { describe, expect, it } from 'vitest';
import { useWorkbench } from '../../support/workbench/useWorkbench';

describe('a workbench with the extension', () => {
  const shared = useWorkbench();

  it('has the JIT Access container with its three views', async () => {
    await shared.ui.openContainer('JIT Access');
    for (const view of ['Instances', 'Access', 'Sessions']) {
      await shared.ui.view(view).waitFor();
    }
    await shared.screenshot('container');
  });

  it('offers its commands in the palette, under one category', async () => {
    const titles = await shared.ui.paletteTitles('JIT Access: ');
    expect(titles.length).toBeGreaterThan(3);
    for (const title of titles) expect(title).toMatch(/JIT Access: /);
  });
});
