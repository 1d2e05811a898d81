import { describe, expect, it } from 'vitest';
import { parseSrn } from '../../../src/sym/srn';

describe('parseSrn', () => {
  it('reads a flow', () => {
    expect(parseSrn('Acme:Flow:aws_sso:latest')).toEqual({
      org: 'acme',
      model: 'flow',
      slug: 'aws_sso',
      version: 'latest',
    });
  });

  it('reads the type part of the models that have one', () => {
    expect(parseSrn('acme:access_target:aws_sso_permission_set:frontend-ssh:latest:0f-1')).toEqual({
      org: 'acme',
      model: 'access_target',
      type: 'aws_sso_permission_set',
      slug: 'frontend-ssh',
      version: 'latest',
      id: '0f-1',
    });
  });

  it.each([
    '',
    'acme',
    'acme:flow:aws_sso',
    'acme:flow::latest',
    'acme:flow:aws sso:latest',
    'acme:flow:a:latest:id:more',
    'acme:access_target:frontend-ssh:latest',
    'acme:flow:aws/sso:latest',
  ])('refuses %j', text => {
    expect(parseSrn(text)).toBeUndefined();
  });
});
