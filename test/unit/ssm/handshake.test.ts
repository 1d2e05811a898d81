import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/base/errors';
import {
  HANDSHAKE_START,
  reduceHandshake,
  type HandshakeEvent,
  type HandshakeState,
} from '../../../src/ssm/handshake';

const context = { sessionId: 's-1', targetId: 'i-1' };
const sessionType = (type: string, properties: unknown = null) => ({
  actionType: 'SessionType',
  parameters: { SessionType: type, Properties: properties },
});
const kms = (challenge?: string) => ({
  actionType: 'KMSEncryption',
  parameters: { KMSKeyId: 'key-1', ...(challenge ? { Challenge: challenge } : {}) },
});
const request = (
  ...actions: { actionType: string; parameters: Record<string, unknown> }[]
): HandshakeEvent => ({
  kind: 'request',
  request: { agentVersion: '3.3.1142.0', actions },
});
const key = { plaintext: new Uint8Array(64).fill(7), ciphertext: Buffer.from('sealed') };

function play(...events: HandshakeEvent[]) {
  let state: HandshakeState = HANDSHAKE_START;
  const responses = [];
  for (const event of events) {
    const step = reduceHandshake(state, event, context);
    state = step.state;
    if (step.response) responses.push(step.response);
  }
  return { state, responses };
}

describe('handshake', () => {
  it('of a port session ends with its facts', () => {
    const { state, responses } = play(
      request(sessionType('Port', { portNumber: '80', type: 'LocalPortForwarding' })),
      {
        kind: 'complete',
      },
    );
    expect(responses).toEqual([[{ actionType: 'SessionType', status: 1 }]]);
    expect(state).toEqual({
      stage: 'settled',
      handshaken: true,
      facts: {
        agentVersion: '3.3.1142.0',
        sessionType: 'Port',
        properties: { portNumber: '80', type: 'LocalPortForwarding' },
      },
    });
  });

  it('does not take place where data comes first', () => {
    expect(play({ kind: 'no-handshake' }).state).toMatchObject({ stage: 'settled', handshaken: false });
    expect(play({ kind: 'no-handshake' }, request(sessionType('Port'))).state).toMatchObject({
      handshaken: false,
    });
  });

  it('is not mistaken for missing once it has begun', () => {
    expect(play(request(sessionType('Standard_Stream')), { kind: 'no-handshake' }).state.stage).toBe(
      'answered',
    );
  });

  it('asks for a data key bound to the session and the target', () => {
    const { state, responses } = play(request(sessionType('Standard_Stream'), kms()));
    expect(state).toMatchObject({
      stage: 'needs-key',
      key: { keyId: 'key-1', encryptionContext: { 'aws:ssm:SessionId': 's-1', 'aws:ssm:TargetId': 'i-1' } },
    });
    expect(responses).toEqual([]);
  });

  it('answers in the order of the request, and acknowledges a challenge it was given', () => {
    const { state, responses } = play(request(kms('cmFuZG9t'), sessionType('Standard_Stream')), {
      kind: 'key',
      key,
    });
    expect(responses).toEqual([
      [
        {
          actionType: 'KMSEncryption',
          status: 1,
          result: { KMSCipherTextKey: 'c2VhbGVk', KMSCipherTextHash: null, ChallengeAcknowledgement: true },
        },
        { actionType: 'SessionType', status: 1 },
      ],
    ]);
    expect(state).toMatchObject({ stage: 'answered', dataKey: key.plaintext });
    expect(play(request(kms('cmFuZG9t'), sessionType('Standard_Stream'))).state).toMatchObject({
      key: { encryptionContext: { 'aws:ssm:RandomChallenge': 'cmFuZG9t' } },
    });
  });

  it('does not speak of a challenge to an agent that sent none', () => {
    const { responses } = play(request(sessionType('Standard_Stream'), kms()), { kind: 'key', key });
    expect(responses[0]![1]!.result).toEqual({ KMSCipherTextKey: 'c2VhbGVk', KMSCipherTextHash: null });
  });

  it('names the permission and the key when KMS refuses', () => {
    const { state, responses } = play(request(sessionType('Standard_Stream'), kms()), {
      kind: 'key-refused',
      error: new AppError('access-denied', 'not authorized'),
    });
    expect(responses[0]).toMatchObject([{ status: 1 }, { actionType: 'KMSEncryption', status: 2 }]);
    expect(state).toMatchObject({
      stage: 'failed',
      error: { code: 'kms-denied', details: { action: 'kms:GenerateDataKey', resource: 'key-1' } },
    });
  });

  it.each([
    ['an unknown action', request(sessionType('Port'), { actionType: 'Dance', parameters: {} }), 3],
    ['an unknown session type', request(sessionType('Hologram')), 3],
  ])('says Unsupported to %s and fails', (_, event, status) => {
    const { state, responses } = play(event);
    expect(responses[0]!.at(-1)).toMatchObject({ status });
    expect(state).toMatchObject({ stage: 'failed', error: { code: 'handshake-failed' } });
  });

  it('fails when no session type is named', () => {
    expect(play(request()).state.stage).toBe('failed');
  });

  it('changes nothing on events that do not fit', () => {
    const settled = play(request(sessionType('Port')), { kind: 'complete' }).state;
    for (const event of [request(sessionType('Port')), { kind: 'complete' }, { kind: 'key', key }] as const)
      expect(reduceHandshake(settled, event, context).state).toBe(settled);
    expect(play({ kind: 'complete' }).state).toBe(HANDSHAKE_START);
  });
});
