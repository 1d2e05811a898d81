import { DecryptCommand, EncryptCommand, GenerateDataKeyCommand } from '@aws-sdk/client-kms';
import { StartSessionCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeyRing } from '../../src/sandbox/kms/keyRing';
import { Contract, refusal, WEB_1 } from './support/contract';

const SAM = 'sam@myco.example';

describe('KMS, by the SDK’s own client', () => {
  const contract = new Contract();
  beforeAll(() => contract.start());
  afterAll(() => contract.stop());

  const keyId = () =>
    contract.sandbox.preferences.for('123456789012', 'us-east-1').kmsKeyId ??
    expect.fail('sessions are not encrypted');

  it('is off until the preferences ask for it', async () => {
    expect(contract.sandbox.preferences.for('123456789012', 'us-east-1').kmsKeyId).toBeUndefined();
    await contract.door('POST', 'settings', { encryptSessions: true });
    const ssm = contract.ssm(contract.keys(SAM, 'FrontEndSSHAccess'));
    const { SessionId = '' } = await ssm.send(new StartSessionCommand({ Target: WEB_1 }));
    expect(contract.sandbox.registry.find(SessionId)?.document.preferences.kmsKeyId).toBe(keyId());
  });

  it('makes a data key for those who may', async () => {
    const kms = contract.kms(contract.keys(SAM, 'FrontEndSSHAccess'));
    const EncryptionContext = { 'aws:ssm:SessionId': 's', 'aws:ssm:TargetId': WEB_1 };
    const made = await kms.send(
      new GenerateDataKeyCommand({ KeyId: keyId(), NumberOfBytes: 64, EncryptionContext }),
    );
    expect(made.KeyId).toBe(keyId());
    expect(made.Plaintext).toHaveLength(64);
    expect(made.CiphertextBlob?.length).toBeGreaterThan(64);

    const viewer = contract.kms(contract.keys(SAM, 'ViewOnlyAccess'));
    const denied = viewer.send(new GenerateDataKeyCommand({ KeyId: keyId(), NumberOfBytes: 64 }));
    expect(await refusal(denied)).toMatchObject({ name: 'AccessDeniedException' });
    const opened = kms.send(new DecryptCommand({ CiphertextBlob: made.CiphertextBlob, EncryptionContext }));
    expect((await refusal(opened)).message).toContain('kms:Decrypt');
  });

  it('refuses what makes no sense', async () => {
    const kms = contract.kms(contract.keys(SAM, 'FrontEndSSHAccess'));
    const none = kms.send(new GenerateDataKeyCommand({ KeyId: 'no-such-key', NumberOfBytes: 64 }));
    expect(await refusal(none)).toMatchObject({ name: 'NotFoundException' });
    const both = kms.send(
      new GenerateDataKeyCommand({ KeyId: keyId(), NumberOfBytes: 64, KeySpec: 'AES_256' }),
    );
    expect(await refusal(both)).toMatchObject({ name: 'ValidationException' });
    const foreign = kms.send(new DecryptCommand({ CiphertextBlob: Buffer.from('not one of ours') }));
    expect(await refusal(foreign)).toMatchObject({ name: 'InvalidCiphertextException' });
    const lacking = kms.send(new EncryptCommand({ KeyId: keyId(), Plaintext: Buffer.from('x') }));
    expect(await refusal(lacking)).toMatchObject({ name: 'UnknownOperationException' });
  });
});

describe('the key ring', () => {
  it('opens a data key only under the context it was made in', () => {
    const ring = new KeyRing(['arn:aws:kms:us-east-1:1:key/a', 'arn:aws:kms:us-east-1:1:key/b']);
    const context = { 'aws:ssm:SessionId': 's', 'aws:ssm:TargetId': 'i' };
    const { plaintext, ciphertext } = ring.generateDataKey('arn:aws:kms:us-east-1:1:key/a', context, 64);
    const reordered = { 'aws:ssm:TargetId': 'i', 'aws:ssm:SessionId': 's' };
    expect(ring.decrypt(ciphertext, reordered)?.plaintext).toEqual(plaintext);
    expect(ring.decrypt(ciphertext, { ...context, 'aws:ssm:TargetId': 'other' })).toBeUndefined();
    const changed = Uint8Array.from(ciphertext);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    expect(ring.decrypt(changed, context)).toBeUndefined();
  });
});
