/** Runs the suite of `test/workbench/host` in a served workbench; the exit code tells. */
import { launchBrowser } from '../support/workbench/browser';
import { runHostSuite } from '../support/workbench/hostSuite';
import { TestWorkbench } from '../support/workbench/testWorkbench';

const workbench = await TestWorkbench.start({ testDriver: true });
try {
  const browser = await launchBrowser();
  try {
    const { code, output } = await runHostSuite(browser, workbench);
    console.log(output);
    process.exitCode = code;
  } finally {
    await browser.close();
  }
} finally {
  await workbench.stop();
}
