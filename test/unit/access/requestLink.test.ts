import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accessWish, wishedTarget } from '../../../src/access/accessWish';
import type { Flow } from '../../../src/access/flow';
import { readRequestLink } from '../../../src/access/requestLink';
import { isAppError } from '../../../src/base/errors';
import { FLOW, FRONT_END } from '../../support/access/world';

/** What VS Code hands over of a link: path and query, decoded once. */
function handed(link: string): [path: string, query: string] {
  const url = new URL(link);
  return [url.pathname, decodeURIComponent(url.search.slice(1))];
}

const BASE = 'vscode://jit-access.jit-access-ec2/request';

describe('a link to the request page', () => {
  it('says what to ask for', () => {
    const link = `${BASE}?target=FrontEnd%20SSH&reason=the%20deploy%20of%2014:02&duration=30m&instance=i-060ee0879f3ec4eb7`;
    expect(readRequestLink(...handed(link))).toEqual({
      target: 'FrontEnd SSH',
      reason: 'the deploy of 14:02',
      duration: '30m',
      instance: 'i-060ee0879f3ec4eb7',
    });
    expect(readRequestLink('/request', '')).toEqual({});
    expect(readRequestLink('/request/', 'flow=AWS SSO Access')).toEqual({ flow: 'AWS SSO Access' });
  });

  it.each(['R&D needs it = now', '100%', '50% of C++ & more', 'Größe für Łódź 部署'])(
    'carries any reason when it is encoded twice: %s',
    reason => {
      const twice = encodeURIComponent(encodeURIComponent(reason));
      expect(readRequestLink(...handed(`${BASE}?reason=${twice}`)).reason).toBe(reason);
    },
  );

  it.each([
    ['another path', '/approve', ''],
    ['an unknown key', '/request', 'target=a&submit=true'],
    ['a key twice', '/request', 'reason=a&reason=b'],
    ['an empty value', '/request', 'reason='],
    ['a key alone', '/request', 'reason'],
    ['a long reason', '/request', `reason=${'x'.repeat(257)}`],
    ['a long query', '/request', `reason=${'x'.repeat(5000)}`],
    ['a line break', '/request', 'reason=one%0Atwo'],
    ['an escape sequence', '/request', 'reason=\u001b[2Jgone'],
    ['text turned around', '/request', 'reason=\u202Egnp.exe'],
    ['broken UTF-8', '/request', 'reason=%ff%fe'],
    ['a duration in words', '/request', 'duration=soon'],
    ['no instance', '/request', 'instance=../../etc'],
    ['a prototype', '/request', '__proto__=x'],
  ])('is refused with %s', (_, path, query) => {
    expect(() => readRequestLink(path, query)).toThrow(
      expect.objectContaining({ code: 'argument-invalid' }) as Error,
    );
  });

  it('is read or refused, whatever it is, and never says more than a link may', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), text => {
        try {
          const wish = readRequestLink('/request', text);
          expect(accessWish.safeParse(wish).success).toBe(true);
        } catch (failure) {
          expect(isAppError(failure, 'argument-invalid')).toBe(true);
        }
      }),
    );
  });
});

describe('the target of a wish', () => {
  const emergency: Flow = {
    ...FLOW,
    id: 'acme:flow:emergency:latest',
    label: 'Emergency',
    targets: [FRONT_END],
  };

  it('is found by id or label, without regard to case', () => {
    expect(wishedTarget({ target: FRONT_END.id.toUpperCase() }, [FLOW])?.target).toBe(FRONT_END);
    expect(wishedTarget({ target: FRONT_END.label.toLowerCase() }, [FLOW])?.target).toBe(FRONT_END);
    expect(wishedTarget({}, [FLOW])).toBeUndefined();
    expect(wishedTarget({ flow: FLOW.label }, [emergency, FLOW])).toMatchObject({ flow: FLOW });
  });

  it('must be one', () => {
    const invalid = expect.objectContaining({ code: 'argument-invalid' }) as Error;
    expect(() => wishedTarget({ target: 'Other' }, [FLOW])).toThrow(invalid);
    expect(() => wishedTarget({ flow: 'Other' }, [FLOW])).toThrow(invalid);
    expect(() => wishedTarget({ target: FRONT_END.label }, [FLOW, emergency])).toThrow(invalid);
    expect(wishedTarget({ target: FRONT_END.label, flow: 'emergency' }, [FLOW, emergency])?.flow).toBe(
      emergency,
    );
  });
});
