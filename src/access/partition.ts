/** A separate AWS: its name in ARNs, and the host of its console where that is public. */
export interface Partition {
  readonly partition: string;
  readonly consoleHost?: string;
}

const COMMERCIAL: Partition = { partition: 'aws', consoleHost: 'console.aws.amazon.com' };

/**
 * By the beginning of a region's name, as the SDKs' partition metadata tells regions apart (`partitions.json`). The console's hosts are
 * those that "Service endpoints and quotas" (that of the European Sovereign Cloud too) and the guides of the China and GovCloud regions name.
 */
const OTHERS: readonly (readonly [prefix: string, partition: Partition])[] = [
  ['cn-', { partition: 'aws-cn', consoleHost: 'console.amazonaws.cn' }],
  ['us-gov-', { partition: 'aws-us-gov', consoleHost: 'console.amazonaws-us-gov.com' }],
  ['eusc-', { partition: 'aws-eusc', consoleHost: 'console.amazonaws-eusc.eu' }],
  ['us-iso-', { partition: 'aws-iso' }],
  ['us-isob-', { partition: 'aws-iso-b' }],
  ['eu-isoe-', { partition: 'aws-iso-e' }],
  ['us-isof-', { partition: 'aws-iso-f' }],
];

export function partitionOf(region: string): Partition {
  return OTHERS.find(([prefix]) => region.startsWith(prefix))?.[1] ?? COMMERCIAL;
}
