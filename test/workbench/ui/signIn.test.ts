import { describe } from 'vitest';
import { useWorkbench } from '../../support/workbench/useWorkbench';
import { browserSignIn, signInAgain } from './signIn/awsSignIn';
import { symSignIn } from './signIn/symSignIn';
import { firstLook, walkthroughFollows } from './signIn/walkthrough';

const shared = useWorkbench({
  // Nobody is signed in to Sym by the environment.
  env: { SYM_JWT: undefined, XDG_CONFIG_HOME: undefined },
  // The served workbench counts as remote, where a code is the rule; here browser and host share a machine.
  settings: { 'jitAccess.signIn.method': 'browser' },
});

describe('a workbench with the extension', () => firstLook(shared));
describe('signing in through the browser', () => browserSignIn(shared));
describe('a walkthrough', () => walkthroughFollows(shared));
describe('signing in once more', () => signInAgain(shared));
describe('signing in to Sym', () => symSignIn(shared));
