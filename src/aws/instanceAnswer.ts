/** What EC2 tells of an instance, and of the reservation it is of, that nobody here asks for. As the elements of its answer are called. */
export const UNUSED = [
  'amiLaunchIndex',
  'architecture',
  'blockDeviceMapping',
  'bootMode',
  'capacityBlockId',
  'capacityReservationId',
  'capacityReservationSpecification',
  'clientToken',
  'cpuOptions',
  'currentInstanceBootMode',
  'dnsName',
  'ebsOptimized',
  'elasticGpuAssociationSet',
  'elasticInferenceAcceleratorAssociationSet',
  'enaSupport',
  'enclaveOptions',
  'groupSet',
  'hibernationOptions',
  'hypervisor',
  'imageId',
  'instanceLifecycle',
  'ipv6Address',
  'kernelId',
  'keyName',
  'licenseSet',
  'maintenanceOptions',
  'metadataOptions',
  'monitoring',
  'networkInterfaceSet',
  'networkPerformanceOptions',
  'operator',
  'outpostArn',
  'placement',
  'platform',
  'platformDetails',
  'privateDnsName',
  'privateDnsNameOptions',
  'productCodes',
  'ramdiskId',
  'reason',
  'requesterId',
  'reservationId',
  'rootDeviceName',
  'rootDeviceType',
  'secondaryInterfaceSet',
  'sourceDestCheck',
  'spotInstanceRequestId',
  'sriovNetSupport',
  'stateReason',
  'subnetId',
  'tpmSupport',
  'usageOperation',
  'usageOperationUpdateTime',
  'virtualizationType',
  'vpcId',
] as const;

/**
 * An element of those, or the space between two. None has one of its own name below it, and text is written with `&lt;`: up to the next end
 * is the whole of it. No text stands before another element begins, so that space there is only the form of the answer.
 */
const UNUSED_PART = new RegExp(`<(${UNUSED.join('|')})(?:/>|>[^]*?</\\1>)|(?<=>)\\s+(?=<[A-Za-z])`, 'g');

/**
 * The answer to DescribeInstances without what is not used, nine tenths of it. The SDK's parser goes character by character and makes some
 * thirty bytes of garbage of each: a third of a second and a hundred megabytes for each thousand instances, in which nobody else in the
 * process gets a turn. To leave things out takes some milliseconds.
 */
export function withoutUnused(answer: Uint8Array): Uint8Array {
  const text = new TextDecoder().decode(answer);
  return new TextEncoder().encode(text.replace(UNUSED_PART, ''));
}
