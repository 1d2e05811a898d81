import { describe, expect, it } from 'vitest';
import { sourceLanguage as l10n } from '../../../src/ui/model/localizer';
import { wishStart } from '../../../src/ui/model/requests/wishStart';
import { flow, frontEnd } from './samples';

const start = (wish: Parameters<typeof wishStart>[1]) => wishStart(l10n, wish, { flow, target: frontEnd });

describe('what the form begins with for a wish from elsewhere', () => {
  it('is the reason and the duration, as the flow writes it, and opens nothing by itself', () => {
    expect(start({ reason: 'runbook 7', duration: '60m' })).toEqual({
      note: 'Filled in by what led here. Read it before you send it.',
      draft: {
        flowId: flow.id,
        targetId: frontEnd.id,
        values: { reason: 'runbook 7', duration: '1h' },
        whenActive: 'nothing',
        forward: '',
        localPort: '',
      },
    });
  });

  it('leaves a duration out that the flow does not offer, and says so', () => {
    const { note, draft } = start({ duration: '9h' }) ?? {};
    expect(note).toBe('9h cannot be asked for here.');
    expect(draft?.values).toEqual({});
  });

  it('is nothing for a wish that says nothing', () => {
    expect(start({ target: 'FrontEnd SSH' })).toBeUndefined();
  });
});
