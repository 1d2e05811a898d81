import { describe } from 'vitest';
import { useWorkbench } from '../../support/workbench/useWorkbench';
import { KEYS, requestForm } from './form/requestForm';
import { requestOutcomes } from './form/requestOutcomes';
import { requestQuestions } from './form/requestQuestions';

/** Nobody signs in to AWS here: Sym is asked without. */
const shared = useWorkbench({ keyBindings: KEYS, width: 1180, height: 960 });

describe('the request form', () => requestForm(shared));
describe('the questions of the request form', () => requestQuestions(shared));
describe('the outcome of a request', () => requestOutcomes(shared));
