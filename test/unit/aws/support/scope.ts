import type { InstanceScope } from '../../../../src/aws/instances';

/** A region, asked with credentials that never run out. */
export const SCOPE: InstanceScope = {
  region: 'us-east-1',
  credentials: () =>
    Promise.resolve({
      accessKeyId: 'ASIA',
      secretAccessKey: 's',
      sessionToken: 't',
      expiresAt: Number.MAX_SAFE_INTEGER,
    }),
};
