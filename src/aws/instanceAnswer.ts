/** What EC2 tells of an instance that nobody here asks for: its disks, its network cards, its security groups and its options. */
const UNUSED = [
  'blockDeviceMapping',
  'capacityReservationSpecification',
  'cpuOptions',
  'enclaveOptions',
  'groupSet',
  'hibernationOptions',
  'maintenanceOptions',
  'metadataOptions',
  'monitoring',
  'networkInterfaceSet',
  'networkPerformanceOptions',
  'placement',
  'privateDnsNameOptions',
  'productCodes',
];

/** None of them has one of its own name below it, and text is written with `&lt;`: up to the next end is the whole of it. */
const UNUSED_ELEMENT = new RegExp(`<(${UNUSED.join('|')})>[^]*?</\\1>`, 'g');

/**
 * The answer to DescribeInstances without what is not used, two thirds of it. The SDK's parser takes a third of a second for each thousand
 * instances, character by character, and nobody else in the process gets a turn meanwhile; to leave things out takes it some milliseconds.
 */
export function withoutUnused(answer: Uint8Array): Uint8Array {
  const text = new TextDecoder().decode(answer);
  return new TextEncoder().encode(text.replace(UNUSED_ELEMENT, ''));
}
