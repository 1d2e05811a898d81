import { isOutsideEc2, type Instance } from '../../../access/instance';
import { partitionOf } from '../../../access/partition';

/**
 * The page of an instance in the AWS console of its partition: EC2's, or Systems Manager's for a machine outside EC2. Undefined where the
 * partition's console is not known.
 */
export function consoleLink(instance: Pick<Instance, 'id' | 'region'>): string | undefined {
  const { id, region } = instance;
  const { consoleHost } = partitionOf(region);
  if (consoleHost === undefined) return undefined;
  const origin = `https://${region}.${consoleHost}`;
  return isOutsideEc2(instance)
    ? `${origin}/systems-manager/fleet-manager/managed-nodes/${id}/general?region=${region}`
    : `${origin}/ec2/home?region=${region}#InstanceDetails:instanceId=${id}`;
}
