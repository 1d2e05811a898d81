import { describe } from 'vitest';
import { useWorkbench } from '../../support/workbench/useWorkbench';
import { inbox } from './approvals/inbox';
import { nodeAccess } from './approvals/nodeAccess';

const ana = useWorkbench({ settings: { 'jitAccess.signIn.method': 'deviceCode' }, width: 1100, height: 900 });

describe('the approver’s inbox', () => inbox(ana));
describe('AWS node access between two people', () => nodeAccess(ana));
