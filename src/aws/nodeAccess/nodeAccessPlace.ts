import { parseInstanceKey, type Instance } from '../../access/instance';
import type { Endpoints } from '../../access/profile';
import type { BrokerRef } from '../../access/request';
import { AppError } from '../../base/errors';
import type { CredentialSource } from '../credential';

/** Node access works within one account and region: requester, approver and instances share them. */
export interface NodeAccessPlace {
  readonly accountId: string;
  readonly region: string;
}

/** As whom to speak in a place. */
export interface NodeAccessIdentity {
  readonly credentials: CredentialSource;
  /** Of the profile. */
  readonly endpoints?: Endpoints | undefined;
}

/** The instances of a request, read back from its reference. Throws `request-invalid` when it names none, or in several places. */
export function instancesOf(ref: BrokerRef): {
  readonly place: NodeAccessPlace;
  readonly instances: readonly Pick<Instance, 'id' | 'accountId' | 'region'>[];
} {
  const instances = (ref.instanceKeys ?? []).map(key => {
    const instance = parseInstanceKey(key);
    if (!instance) throw new AppError('request-invalid', `"${key}" does not name an instance`);
    return instance;
  });
  const first = instances[0];
  if (!first) throw new AppError('request-invalid', `Nothing tells which instances ${ref.runId} is for`);
  const { accountId, region } = first;
  if (instances.some(other => other.accountId !== accountId || other.region !== region)) {
    throw new AppError('request-invalid', 'AWS grants instances of one account and region at a time');
  }
  return { place: { accountId, region }, instances };
}
