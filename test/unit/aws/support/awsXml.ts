/** One page of DescribeInstances. */
export function describeInstancesXml(
  reservations: {
    owner: string;
    instances: { id: string; state?: string; tags?: Record<string, string>; more?: string }[];
  }[],
  nextToken?: string,
): string {
  const items = reservations.map(({ owner, instances }) => {
    const found = instances.map(({ id, state = 'running', tags = {}, more = '' }) => {
      const set = Object.entries(tags).map(
        ([key, value]) => `<item><key>${key}</key><value>${value}</value></item>`,
      );
      return `<item><instanceId>${id}</instanceId><instanceState><code>16</code><name>${state}</name></instanceState>
        <tagSet>${set.join('')}</tagSet>${more}</item>`;
    });
    return `<item><ownerId>${owner}</ownerId><instancesSet>${found.join('')}</instancesSet></item>`;
  });
  const next = nextToken === undefined ? '' : `<nextToken>${nextToken}</nextToken>`;
  return `<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
    <reservationSet>${items.join('')}</reservationSet>${next}</DescribeInstancesResponse>`;
}

export function ec2Fault(code: string, message: string): string {
  return `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors></Response>`;
}
