import * as z from 'zod';
import { AwsFault } from '../errors/awsFault';
import type { KeyRing } from '../kms/keyRing';
import type { AwsCall, Operations } from '../server/operation';
import { readInput } from './jsonInput';
import type { SsmAuthority } from './ssmAuthority';
import { defaultKeyPolicy } from '../world/policies';

const encryptionContext = z.record(z.string(), z.string()).default({});

const generateDataKey = z.object({
  KeyId: z.string().min(1).max(2048),
  EncryptionContext: encryptionContext,
  NumberOfBytes: z.int().min(1).max(1024).optional(),
  KeySpec: z.enum(['AES_256', 'AES_128']).optional(),
});

const decrypt = z.object({
  CiphertextBlob: z.base64(),
  EncryptionContext: encryptionContext,
  KeyId: z.string().optional(),
});

/**
 * The two KMS calls that encrypted sessions need.
 * API: https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html
 */
export function kmsOperations(deps: {
  keyRing: KeyRing;
  authority: SsmAuthority;
}): Operations<unknown, unknown> {
  const requireKey = (call: AwsCall<unknown>, action: string, keyArn: string, context: Context) =>
    deps.authority.requireByResourcePolicy(
      call,
      action,
      keyArn,
      contextKeys(context),
      defaultKeyPolicy(call.accountId),
    );
  return new Map<string, (call: AwsCall<unknown>) => unknown>([
    [
      'GenerateDataKey',
      async call => {
        const input = readInput(generateDataKey, call.input);
        if ((input.NumberOfBytes === undefined) === (input.KeySpec === undefined)) {
          throw new AwsFault('ValidationException', 'Please specify either number of bytes or key spec.');
        }
        const keyArn = deps.keyRing.resolve(input.KeyId);
        const prefix = `arn:aws:kms:${call.region}:${call.accountId}:`;
        if (!keyArn?.startsWith(prefix)) {
          const shown = input.KeyId.startsWith('arn:') ? input.KeyId : `${prefix}key/${input.KeyId}`;
          throw new AwsFault('NotFoundException', `Key '${shown}' does not exist`);
        }
        await requireKey(call, 'kms:GenerateDataKey', keyArn, input.EncryptionContext);
        const bytes = input.NumberOfBytes ?? (input.KeySpec === 'AES_128' ? 16 : 32);
        const { plaintext, ciphertext } = deps.keyRing.generateDataKey(
          keyArn,
          input.EncryptionContext,
          bytes,
        );
        return { KeyId: keyArn, Plaintext: base64(plaintext), CiphertextBlob: base64(ciphertext) };
      },
    ],
    [
      'Decrypt',
      async call => {
        const input = readInput(decrypt, call.input);
        const opened = deps.keyRing.decrypt(
          Buffer.from(input.CiphertextBlob, 'base64'),
          input.EncryptionContext,
        );
        // Which key it was is in the blob: without it there is nothing to ask permission for.
        if (opened === undefined) throw new AwsFault('InvalidCiphertextException', '');
        await requireKey(call, 'kms:Decrypt', opened.keyArn, input.EncryptionContext);
        return {
          KeyId: opened.keyArn,
          Plaintext: base64(opened.plaintext),
          EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
        };
      },
    ],
  ]);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

type Context = Readonly<Record<string, string>>;

function contextKeys(context: Context): Record<string, string> {
  return Object.fromEntries(
    Object.entries(context).map(([key, value]) => [`kms:EncryptionContext:${key}`, value]),
  );
}
