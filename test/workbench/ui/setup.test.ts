import { describe } from 'vitest';
import { useWorkbench } from '../../support/workbench/useWorkbench';
import { emptyViews } from './setup/emptyViews';
import { flowMistakes } from './setup/flowMistakes';
import { importProfiles } from './setup/importProfiles';
import { requestSetup } from './setup/requestSetup';

const shared = useWorkbench({
  // The sandbox's AWS is reached, and neither a file names a profile nor anything Sym.
  env: {
    AWS_CONFIG_FILE: undefined,
    AWS_SHARED_CREDENTIALS_FILE: undefined,
    SYM_API_URL: undefined,
    SYM_JWT: undefined,
    XDG_CONFIG_HOME: undefined,
  },
  settings: { 'jitAccess.flows': [] },
});

describe('an empty view says why, and offers one way out', () => emptyViews(shared));
describe('the request form where something has to be set up', () => requestSetup(shared));
describe('importing profiles from the portal', () => importProfiles(shared));
describe('a mistake in the access flows', () => flowMistakes(shared));
