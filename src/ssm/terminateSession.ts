import { messageOf } from '../base/errors';
import type { SessionControl } from './sessionControl';
import type { SessionDeps } from './sessionDeps';

/** TerminateSession is best effort: nobody waits longer for it. */
const TERMINATE_WITHIN_MS = 3000;

/** Tells AWS that the session is over. Resolves when AWS has answered, refused, or taken too long; never rejects. */
export async function terminateSession(
  control: SessionControl,
  { clock, log }: Pick<SessionDeps, 'clock' | 'log'>,
): Promise<void> {
  const timeout = new AbortController();
  const timer = clock.schedule(TERMINATE_WITHIN_MS, () => timeout.abort());
  const abandoned = new Promise<void>(resolve => {
    timeout.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  try {
    await Promise.race([control.terminate({ signal: timeout.signal }), abandoned]);
  } catch (thrown) {
    log.warn(`TerminateSession failed: ${messageOf(thrown)}`);
  } finally {
    timer.dispose();
  }
}
