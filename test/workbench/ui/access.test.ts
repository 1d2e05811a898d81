import { describe } from 'vitest';
import { useWorkbench } from '../../support/workbench/useWorkbench';
import { breakGlass } from './access/breakGlass';
import { requestForInstance } from './access/requestForInstance';
import { requestTimeline } from './access/requestTimeline';

const shared = useWorkbench({ sandbox: ['--propagation-seconds', '0'], width: 1240, height: 1000 });

describe('the request form of an instance', () => requestForInstance(shared));
describe('break-glass access', () => breakGlass(shared));
describe('the timeline of a request', () => requestTimeline(shared));
