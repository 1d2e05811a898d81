import { describe, expect, it } from 'vitest';
import { checkStreamUrl } from '../../../src/aws/streamEndpoint';

const PATH = '/v1/data-channel/sam-0123456789abcdef0?role=publish_subscribe&cell-number=secret';

describe('where a stream may lead', () => {
  it.each([
    'wss://ssmmessages.us-east-1.amazonaws.com',
    'wss://ssmmessages-fips.us-east-1.amazonaws.com',
    'wss://ssmmessages.us-east-1.api.aws',
    'wss://vpce-0a1b-2c3d-us-east-1a.ssmmessages.us-east-1.vpce.amazonaws.com',
  ])('%s', host => {
    expect(() => checkStreamUrl(host + PATH, 'us-east-1', [])).not.toThrow();
  });

  it.each([
    ['us-gov-west-1', 'amazonaws.com'],
    ['cn-north-1', 'amazonaws.com.cn'],
    ['cn-north-1', 'api.amazonwebservices.com.cn'],
    ['eusc-de-east-1', 'amazonaws.eu'],
    ['us-iso-east-1', 'c2s.ic.gov'],
    ['us-isob-east-1', 'sc2s.sgov.gov'],
  ])('in %s to %s, and from no other partition', (region, domain) => {
    const url = `wss://ssmmessages.${region}.${domain}${PATH}`;
    expect(() => checkStreamUrl(url, region, [])).not.toThrow();
    expect(() => checkStreamUrl(url, 'us-east-1', [])).toThrow();
    expect(() =>
      checkStreamUrl(`wss://ssmmessages.us-east-1.${domain}.evil.example${PATH}`, 'us-east-1', []),
    ).toThrow();
  });

  it('in China to nothing that ends like the other partition', () => {
    expect(() =>
      checkStreamUrl(`wss://ssmmessages.cn-north-1.amazonaws.com${PATH}`, 'cn-north-1', []),
    ).toThrow();
  });

  it.each([
    'ws://ssmmessages.us-east-1.amazonaws.com',
    'https://ssmmessages.us-east-1.amazonaws.com',
    'wss://ssmmessages.eu-west-1.amazonaws.com',
    'wss://ssmmessages.us-east-1.amazonaws.com.evil.example',
    'wss://ssmmessages.us-east-1.amazonaws.com:8443',
    'wss://evil.example/ssmmessages.us-east-1.amazonaws.com',
    'wss://vpce-1.evil.example',
    'wss://me@ssmmessages.us-east-1.amazonaws.com',
    'ws://127.0.0.1:1234',
    'nonsense',
  ])('not %s', host => {
    let error: unknown;
    try {
      checkStreamUrl(host + PATH, 'us-east-1', []);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'endpoint-refused' });
    expect(String(error)).not.toContain('secret');
  });

  it('the configured endpoint, at the same host, port and security', () => {
    expect(() =>
      checkStreamUrl(`ws://127.0.0.1:1234${PATH}`, 'us-east-1', ['http://127.0.0.1:1234']),
    ).not.toThrow();
    expect(() =>
      checkStreamUrl(`wss://gw.example${PATH}`, 'us-east-1', ['https://gw.example/']),
    ).not.toThrow();
    expect(() =>
      checkStreamUrl(`ws://127.0.0.1:9999${PATH}`, 'us-east-1', ['http://127.0.0.1:1234']),
    ).toThrow();
    expect(() => checkStreamUrl(`ws://gw.example${PATH}`, 'us-east-1', ['https://gw.example'])).toThrow();
  });
});
