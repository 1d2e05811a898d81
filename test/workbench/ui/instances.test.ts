import { describe } from 'vitest';
import { useWorkbench } from '../../support/workbench/useWorkbench';
import { finding } from './instances/finding';
import { states } from './instances/states';

const shared = useWorkbench({
  settings: { 'jitAccess.regions': ['us-east-1', 'eu-west-1'] },
  // Tall enough for every row to be drawn.
  height: 1500,
});

describe('the view of instances, when not all is well', () => states(shared));
describe('finding an instance', () => finding(shared));
