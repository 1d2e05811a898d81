import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/base/errors';
import { accessDeniedText } from '../../../src/ui/model/accessDeniedText';
import { errorDetails } from '../../../src/ui/model/errorDetails';
import { errorText, mendLabel } from '../../../src/ui/model/errorText';
import { sourceLanguage as l10n } from '../../../src/ui/model/localizer';
import { backend1, backEnd, flow, frontEnd, grant, instance, web1 } from './samples';

const DENIED =
  'User: arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_FrontEndSSHAccess_62bd274a20760ba0/sam@myco.example is not authorized to perform: ssm:StartSession on resource: arn:aws:ec2:us-east-1:123456789012:instance/i-05b7516a19f826be9 because no identity-based policy allows the ssm:StartSession action';

const denied = new AppError('access-denied', DENIED, {
  details: {
    action: 'ssm:StartSession',
    resource: 'arn:aws:ec2:us-east-1:123456789012:instance/i-05b7516a19f826be9',
    requestId: 'a1b2',
  },
});

describe('the text of a refusal by AWS', () => {
  it('joins the grant’s condition with the instance’s tags and offers what reaches it', () => {
    expect(accessDeniedText(l10n, denied, { instance: backend1, flows: [flow], grant: grant() })).toEqual({
      sentence:
        'AWS refused: your FrontEnd SSH access covers instances with Department=FrontEnd; backend-1 has Department=BackEnd.',
      mend: { kind: 'requestAccess', label: 'BackEnd SSH', flowId: flow.id, targetId: backEnd.id },
    });
  });

  it('says that a tag is missing altogether', () => {
    const bare = instance({ name: 'bare', tags: {} });
    const text = accessDeniedText(l10n, denied, { instance: bare, flows: [flow], grant: grant() });
    expect(text.sentence).toContain('bare has no tag Department');
    expect(text.mend).toBeUndefined();
  });

  it('names the document when that is what AWS refused', () => {
    const error = new AppError('access-denied', 'no', {
      details: {
        action: 'ssm:StartSession',
        resource: 'arn:aws:ssm:us-east-1::document/AWS-StartPortForwardingSession',
      },
    });
    expect(accessDeniedText(l10n, error, { instance: web1, flows: [flow], grant: grant() }).sentence).toBe(
      'AWS refused: your FrontEnd SSH access does not include the session document AWS-StartPortForwardingSession.',
    );
  });

  it('does not blame tags that do match', () => {
    const text = accessDeniedText(l10n, denied, { instance: web1, flows: [flow], grant: grant() });
    expect(text.sentence).toBe(
      'AWS refused: your FrontEnd SSH access should cover web-1, but its policy does not allow ssm:StartSession.',
    );
    expect(text.mend).toBeUndefined();
  });

  it('names a standing role and offers the flow that leads there', () => {
    const text = accessDeniedText(l10n, denied, {
      instance: web1,
      flows: [flow],
      roleName: 'ViewOnlyAccess',
    });
    expect(text.sentence).toContain('your standing role ViewOnlyAccess may not do ssm:StartSession on web-1');
    expect(text.mend).toMatchObject({ targetId: frontEnd.id });
  });
});

describe('the text of a failure', () => {
  it('offers the way out of each failure that has one', () => {
    const mend = (code: ConstructorParameters<typeof AppError>[0]) =>
      errorText(l10n, new AppError(code, 'x')).mend?.kind;
    expect(mend('signed-out')).toBe('signIn');
    expect(mend('broker-not-configured')).toBe('setSymUrl');
    expect(mend('broker-signed-out')).toBe('signInToSym');
    expect(mend('no-grant')).toBe('requestAccess');
    expect(mend('network')).toBe('retry');
    expect(mend('config-invalid')).toBe('openConfig');
  });

  it('keeps the message of what nobody foresaw', () => {
    expect(errorText(l10n, new TypeError('x is not a function')).sentence).toContain('x is not a function');
  });

  it('shows the service’s own sentence, facts and causes in the details', () => {
    const error = new AppError('access-denied', DENIED, {
      details: denied.details,
      cause: new Error('HTTP 400'),
    });
    const text = errorDetails(l10n, 'Refused', error);
    expect(text.replaceAll(/\s+/g, ' ')).toContain(DENIED);
    expect(text).toContain('requestId: a1b2');
    expect(text).toContain('HTTP 400');
  });

  it('names the target in the button', () => {
    expect(mendLabel(l10n, { kind: 'requestAccess', label: 'BackEnd SSH' })).toBe('Request BackEnd SSH');
  });
});

describe('the details of a failure', () => {
  it('are wrapped, but never in the middle of an ARN', () => {
    const lines = errorDetails(l10n, 'Refused', denied).split('\n');
    const arn =
      'arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_FrontEndSSHAccess_62bd274a20760ba0/sam@myco.example';
    expect(lines.some(line => line.includes(arn))).toBe(true);
    expect(lines.filter(line => line.length > 110 && !line.includes('arn:'))).toEqual([]);
  });

  it('do not repeat a cause that said the same', () => {
    const cause = Object.assign(new Error(DENIED), { name: 'AccessDeniedException' });
    const text = errorDetails(
      l10n,
      'Refused',
      new AppError('access-denied', `StartSession: ${DENIED}`, { cause }),
    );
    expect(text.match(/no identity-based policy/g)).toHaveLength(1);
    expect(text).toContain('AccessDeniedException');
  });
});

describe('the failure of a broker', () => {
  const text = (code: 'broker-forbidden' | 'broker-unavailable', details: Record<string, string> = {}) =>
    errorText(l10n, new AppError(code, 'You cannot decide about your own.', { details })).sentence;

  it('names the broker that failed', () => {
    expect(text('broker-forbidden', { broker: 'aws' })).toBe(
      'AWS does not let you do this: You cannot decide about your own.',
    );
    expect(text('broker-forbidden')).toContain('Sym does not let you do this');
    expect(text('broker-unavailable', { broker: 'aws' })).toContain('AWS does not answer');
    expect(text('broker-unavailable')).toContain('Sym does not answer');
    expect(text('broker-unavailable', { perhapsTaken: 'yes' })).toContain('before you send it again');
  });

  it('says of node access that it opens shells only', () => {
    const error = new AppError('access-denied', 'no', {
      details: { resource: 'arn:aws:ssm:us-east-1::document/AWS-StartPortForwardingSession' },
    });
    const { permissionSet: _none, ...nodes } = frontEnd;
    const access = grant({ target: nodes, flowId: 'node-access', targetId: 'nodes' });
    expect(accessDeniedText(l10n, error, { instance: web1, flows: [flow], grant: access })).toMatchObject({
      sentence: expect.stringContaining('opens shells only'),
      mend: { kind: 'requestAccess', label: 'FrontEnd SSH' },
    });
  });
});

describe('what answers in place of a service', () => {
  const sentence = (code: 'network' | 'broker-unavailable', details: Record<string, string>) =>
    errorText(l10n, new AppError(code, 'x', { details })).sentence;

  it('is named, with what to do', () => {
    expect(sentence('network', { answeredBy: 'page', title: 'Guest Wi-Fi', status: '200' })).toBe(
      '“Guest Wi-Fi” answered in place of AWS. If that is a guest network, open any web page to sign in there; else check VPN and proxy.',
    );
    expect(sentence('broker-unavailable', { answeredBy: 'page', status: '200' })).toMatch(
      /^A web page answered in place of Sym/,
    );
    expect(sentence('broker-unavailable', { answeredBy: 'page', status: '200', broker: 'aws' })).toMatch(
      /in place of AWS/,
    );
    expect(sentence('network', { answeredBy: 'proxy', status: '407' })).toMatch(/^A proxy on the way to AWS/);
    expect(sentence('network', { answeredBy: 'other', status: '200' })).toMatch(/does not read like AWS/);
    expect(sentence('broker-unavailable', { answeredBy: 'other', status: '200' })).toMatch(/API URL/);
  });

  it('is not thought of where nothing answered', () => {
    expect(sentence('network', { systemCode: 'ECONNREFUSED' })).toBe(
      'The network did not answer. Check connection, VPN and proxy.',
    );
  });
});

describe('credentials that are over', () => {
  it.each([
    ['keys', 'openConfig', /access keys/],
    ['replaced', 'signIn', /should still be good/],
    ['last', 'signIn', /have run out/],
  ])('of which AWS refuses the %s say what to do', (which, mend, words) => {
    const text = errorText(l10n, new AppError('credentials-expired', 'x', { details: { which } }));
    expect(text.sentence).toMatch(words);
    expect(text.mend?.kind).toBe(mend);
  });
});
