import { expect, it } from 'vitest';
import { proxyFor } from '../../../src/base/proxyRules';

const STREAM = 'wss://ssmmessages.us-east-1.amazonaws.com/v1/data-channel/x';
const https = { HTTPS_PROXY: 'http://proxy:3128' };

it.each([
  ['no setting', STREAM, {}, ''],
  ['HTTPS_PROXY for wss', STREAM, https, 'http://proxy:3128'],
  ['lower case first', STREAM, { ...https, https_proxy: 'http://lower:1' }, 'http://lower:1'],
  ['HTTP_PROXY not for wss', STREAM, { HTTP_PROXY: 'http://proxy:1' }, ''],
  ['HTTP_PROXY for ws', 'ws://example.com/', { HTTP_PROXY: 'http://proxy:1' }, 'http://proxy:1'],
  ['ALL_PROXY for the rest', STREAM, { ALL_PROXY: 'socks5://proxy:1080' }, 'socks5://proxy:1080'],
  ['a proxy without a scheme', STREAM, { HTTPS_PROXY: 'proxy:3128' }, 'http://proxy:3128'],
  ['an empty proxy', STREAM, { HTTPS_PROXY: '' }, ''],
  ['NO_PROXY by suffix', STREAM, { ...https, NO_PROXY: 'localhost,amazonaws.com' }, ''],
  ['NO_PROXY with a dot', STREAM, { ...https, NO_PROXY: '.amazonaws.com' }, ''],
  ['NO_PROXY with a star', STREAM, { ...https, NO_PROXY: '*.amazonaws.com' }, ''],
  ['NO_PROXY for everything', STREAM, { ...https, no_proxy: '*' }, ''],
  ['NO_PROXY is no substring', STREAM, { ...https, NO_PROXY: 'azonaws.com' }, 'http://proxy:3128'],
  ['NO_PROXY with the port', STREAM, { ...https, NO_PROXY: 'amazonaws.com:443' }, ''],
  ['NO_PROXY with another port', STREAM, { ...https, NO_PROXY: 'amazonaws.com:8443' }, 'http://proxy:3128'],
  ['NO_PROXY with a range', 'wss://10.1.2.3/', { ...https, NO_PROXY: '10.0.0.0/8' }, ''],
  ['NO_PROXY with another range', 'wss://11.1.2.3/', { ...https, NO_PROXY: '10.0.0.0/8' }, https.HTTPS_PROXY],
  ['NO_PROXY with an IPv6 range', 'wss://[fd00::5]/', { ...https, NO_PROXY: 'FD00::/8' }, ''],
  [
    'NO_PROXY with a range of the other kind',
    'wss://10.1.2.3/',
    { ...https, NO_PROXY: '::/0' },
    https.HTTPS_PROXY,
  ],
  [
    'NO_PROXY with no range',
    'wss://10.1.2.3/',
    { ...https, NO_PROXY: '10.0.0.0/,10.0.0.0/64,a/8' },
    https.HTTPS_PROXY,
  ],
  ['NO_PROXY with a range is not for names', STREAM, { ...https, NO_PROXY: '0.0.0.0/0' }, https.HTTPS_PROXY],
  ['NO_PROXY with an IPv6 address', 'wss://[::1]:9/', { ...https, NO_PROXY: '::1' }, ''],
])('%s', (_, url, env, expected) => {
  expect(proxyFor(url, { env })).toBe(expected);
});

it('the editor’s setting wins over the environment, exceptions hold for both', () => {
  expect(proxyFor(STREAM, { proxyUrl: 'http://editor:1', env: https })).toBe('http://editor:1');
  expect(proxyFor(STREAM, { proxyUrl: 'http://editor:1', noProxy: ['amazonaws.com'], env: {} })).toBe('');
  expect(proxyFor(STREAM, { proxyUrl: '', env: https })).toBe('http://proxy:3128');
});
