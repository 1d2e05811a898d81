import { describe, expect, it } from 'vitest';
import { pageMessage } from '../../../src/shared/requestPanel';

const typed = {
  flowId: 'f',
  targetId: 't',
  values: { reason: 'x', n: 3, list: ['a', 2] },
  whenActive: 'forwardPort',
  forward: 'db:3306',
  localPort: '',
};

describe('what the page may send', () => {
  it('is taken when it fits', () => {
    const message = { type: 'submit', id: 1, draft: typed, confirmation: '' };
    expect(pageMessage.parse(message)).toEqual(message);
    expect(pageMessage.safeParse({ type: 'ready', id: 1, draft: typed }).success).toBe(true);
  });

  it.each([
    [{ type: 'submit', id: 1, draft: { ...typed, flowId: '' }, confirmation: '' }],
    [{ type: 'submit', id: 1, draft: { ...typed, values: { reason: { evil: 1 } } }, confirmation: '' }],
    [{ type: 'submit', id: 1, draft: { ...typed, whenActive: 'runCommand' }, confirmation: '' }],
    [{ type: 'submit', id: 1, draft: { ...typed, more: 1 }, confirmation: '' }],
    [{ type: 'submit', id: 1, draft: typed }],
    [{ type: 'action', id: 1, action: 'workbench.action.quit' }],
    [{ type: 'action', id: -1, action: 'connect' }],
    [{ type: 'unheard-of', id: 1 }],
    [undefined],
  ])('is dropped when it does not: %j', message =>
    expect(pageMessage.safeParse(message).success).toBe(false),
  );
});
