import { describe, expect, it } from 'vitest';
import {
  ActionStatus,
  decodeHandshakeComplete,
  decodeHandshakeRequest,
  encodeHandshakeResponse,
} from '../../../../src/ssm/wire/handshakePayloads';
import { encodeOpenDataChannel } from '../../../../src/ssm/wire/openDataChannel';
import {
  decodeChallenge,
  decodeChannelClosed,
  decodeExitCode,
  decodeFlag,
  encodeChallenge,
  encodeFlag,
  encodeSize,
} from '../../../../src/ssm/wire/payloads';
import { WireError } from '../../../../src/ssm/wire/wireError';

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

describe('open data channel', () => {
  it('has the keys the service expects, and no others', () => {
    const frame = encodeOpenDataChannel({
      requestId: 'r',
      token: 't',
      clientId: 'c',
      clientVersion: '1.2.3.4',
    });
    expect(JSON.parse(frame)).toEqual({
      MessageSchemaVersion: '1.0',
      RequestId: 'r',
      TokenValue: 't',
      ClientId: 'c',
      ClientVersion: '1.2.3.4',
    });
  });
});

describe('handshake request', () => {
  it('is read as a real agent sends it', () => {
    const request = decodeHandshakeRequest(
      Buffer.from(
        '{"AgentVersion":"3.3.1142.0","RequestedClientActions":[{"ActionType":"SessionType","ActionParameters":' +
          '{"SessionType":"Port","Properties":{"localPortNumber":"0","portNumber":"19000","type":"LocalPortForwarding"}}}]}',
      ),
    );
    expect(request).toEqual({
      agentVersion: '3.3.1142.0',
      actions: [
        {
          actionType: 'SessionType',
          parameters: {
            SessionType: 'Port',
            Properties: { localPortNumber: '0', portNumber: '19000', type: 'LocalPortForwarding' },
          },
        },
      ],
    });
  });

  it.each([
    Buffer.from('{'),
    json([]),
    json({ AgentVersion: '3.0' }),
    json({ RequestedClientActions: [1] }),
    json({ RequestedClientActions: [{ ActionParameters: {} }] }),
  ])('is refused when malformed', payload => {
    expect(() => decodeHandshakeRequest(payload)).toThrow(WireError);
  });
});

it('handshake response has the keys and the order of the official client', () => {
  const bytes = encodeHandshakeResponse('1.2.835.0', [
    { actionType: 'SessionType', status: ActionStatus.Success },
    { actionType: 'Other', status: ActionStatus.Unsupported, error: 'unknown' },
  ]);
  expect(Buffer.from(bytes).toString()).toBe(
    '{"ClientVersion":"1.2.835.0","ProcessedClientActions":[' +
      '{"ActionType":"SessionType","ActionStatus":1,"ActionResult":null,"Error":""},' +
      '{"ActionType":"Other","ActionStatus":3,"ActionResult":null,"Error":"unknown"}],"Errors":[]}',
  );
});

it('handshake complete is read', () => {
  expect(
    decodeHandshakeComplete(json({ HandshakeTimeToComplete: 1_000_000, CustomerMessage: 'hi' })),
  ).toEqual({
    timeToComplete: 1_000_000,
    customerMessage: 'hi',
  });
  expect(decodeHandshakeComplete(json({}))).toEqual({ timeToComplete: 0, customerMessage: '' });
});

describe('small payloads', () => {
  it('size is JSON', () => {
    expect(Buffer.from(encodeSize(80, 24)).toString()).toBe('{"cols":80,"rows":24}');
  });

  it('flag is four bytes, big-endian', () => {
    expect([...encodeFlag(2)]).toEqual([0, 0, 0, 2]);
    expect(decodeFlag(Buffer.from([0, 0, 0, 3]))).toBe(3);
    expect(() => decodeFlag(Buffer.from([3]))).toThrow(WireError);
  });

  it.each([
    ['EXIT_CODE: 0', 0],
    ['EXIT_CODE: 137\n', 137],
    ['EXIT_CODE: -1', -1],
  ])('exit code %j is %d', (text, code) => {
    expect(decodeExitCode(Buffer.from(text))).toBe(code);
  });

  it('another text is no exit code', () => {
    expect(() => decodeExitCode(Buffer.from('EXIT_CODE: '))).toThrow(WireError);
  });

  it('challenge goes there and back as base64', () => {
    const challenge = Buffer.from([0, 255, 10, 13]);
    expect(Buffer.from(encodeChallenge(challenge)).toString()).toBe('{"Challenge":"AP8KDQ=="}');
    expect([...decodeChallenge(encodeChallenge(challenge))]).toEqual([...challenge]);
    expect(() => decodeChallenge(json({}))).toThrow(WireError);
  });

  it('channel closed gives its words', () => {
    expect(decodeChannelClosed(json({ Output: 'bye', SessionId: 's-1' }))).toEqual({
      output: 'bye',
      sessionId: 's-1',
    });
    expect(decodeChannelClosed(json({ Output: null }))).toEqual({ output: '', sessionId: '' });
    expect(() => decodeChannelClosed(Buffer.from('nope'))).toThrow(WireError);
  });
});
