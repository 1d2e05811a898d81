import type { OpsItem } from '@aws-sdk/client-ssm';
import * as z from 'zod';
import { instanceKey } from '../../access/instance';
import { ACCESS_REQUEST_TYPE } from './nodeAccessApi';

/**
 * An access request as its OpsItem tells it. AWS documents only `automationExecutionId`, inside the operational data `/aws/accessrequest`
 * (Systems Manager user guide, "Approving and denying just-in-time node access requests"), and the `arn`s inside `/aws/resources`; the
 * rest comes from the OpsItem's ordinary members.
 */
export interface AccessRequestItem {
  /** `oi-…` */
  readonly id: string;
  /** The OpsItem's own word: `PendingApproval`, `Approved`, `Rejected`, `Revoked`, … */
  readonly status: string;
  readonly reason?: string;
  /** ARN of whoever asked. */
  readonly requester?: string;
  /** Epoch milliseconds. */
  readonly requestedAt?: number;
  readonly instanceKeys: readonly string[];
  /** The automation that waits for approvers. Absent for what a policy approved by itself: nobody can be asked about that. */
  readonly executionId?: string;
}

const accessRequestData = z.object({ automationExecutionId: z.string().min(1).optional() });
const resourcesData = z.array(z.object({ arn: z.string() }));

const INSTANCE_ARN = /^arn:[\w-]+:(?:ec2|ssm):([a-z0-9-]+):(\d{12}):(?:managed-)?instance\/(m?i-[0-9a-f]+)$/;

export function readAccessRequest(item: OpsItem): AccessRequestItem {
  const data = accessRequestData.safeParse(operationalData(item, ACCESS_REQUEST_TYPE));
  const resources = resourcesData.safeParse(operationalData(item, '/aws/resources'));
  const instanceKeys = (resources.success ? resources.data : []).flatMap(({ arn }) => {
    const [, region, accountId, id] = INSTANCE_ARN.exec(arn) ?? [];
    return region && accountId && id ? [instanceKey({ id, accountId, region })] : [];
  });
  const executionId = data.success ? data.data.automationExecutionId : undefined;
  return {
    id: item.OpsItemId ?? '',
    status: item.Status ?? '',
    instanceKeys,
    ...(item.Description ? { reason: item.Description } : {}),
    ...(item.CreatedBy ? { requester: item.CreatedBy } : {}),
    ...(item.CreatedTime ? { requestedAt: item.CreatedTime.getTime() } : {}),
    ...(executionId === undefined ? {} : { executionId }),
  };
}

function operationalData(item: OpsItem, key: string): unknown {
  try {
    return JSON.parse(item.OperationalData?.[key]?.Value ?? 'null') as unknown;
  } catch (failure) {
    if (failure instanceof SyntaxError) return undefined;
    throw failure;
  }
}
