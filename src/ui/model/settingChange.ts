/** Whether a setting, or any below it, is among those that have changed. */
export type Affects = (setting: string) => boolean;

/** What decides which regions are listed, and through which role. */
const OF_LISTINGS = ['jitAccess.regions', 'jitAccess.flows'];

const OTHERS = ['jitAccess.signIn', 'jitAccess.sym', 'jitAccess.warnBeforeMinutes', 'jitAccess.sessions'];

/**
 * Whom a change of settings concerns: `listings` all that AWS was asked for, and everybody else too; `others` everybody else; `nobody`
 * whoever reads settings ahead: saved filters are read when they are offered.
 */
export function concernedBy(affects: Affects): 'listings' | 'others' | 'nobody' {
  if (OF_LISTINGS.some(affects)) return 'listings';
  return OTHERS.some(affects) ? 'others' : 'nobody';
}
