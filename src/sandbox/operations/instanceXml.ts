import { privateDnsName, type InstanceState, type SandboxInstance } from '../world/instance';
import type { XmlValue } from './xml';

/** EC2's numbers for its state names. */
export const STATE_CODES: Readonly<Record<InstanceState, number>> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

/** A reservation of one instance, as DescribeInstances tells of it. */
export function reservationXml(instance: SandboxInstance): XmlValue {
  return {
    reservationId: `r-${instance.id.slice(2)}`,
    ownerId: instance.accountId,
    groupSet: '',
    instancesSet: { item: [instanceXml(instance)] },
  };
}

function instanceXml(instance: SandboxInstance): XmlValue {
  const running = instance.state === 'running';
  const windows = instance.ssm?.platformType === 'Windows';
  return {
    instanceId: instance.id,
    imageId: instance.imageId,
    instanceState: { code: STATE_CODES[instance.state], name: instance.state },
    privateDnsName: privateDnsName(instance),
    dnsName: '',
    amiLaunchIndex: 0,
    instanceType: instance.instanceType,
    iamInstanceProfile:
      instance.instanceProfile === undefined
        ? undefined
        : {
            arn: `arn:aws:iam::${instance.accountId}:instance-profile/${instance.instanceProfile}`,
            id: 'AIPA3XEXAMPLEMYCOINST',
          },
    launchTime: new Date(instance.launchedAt).toISOString(),
    placement: { availabilityZone: instance.availabilityZone, groupName: '', tenancy: 'default' },
    monitoring: { state: 'disabled' },
    groupSet: securityGroupsXml(instance),
    blockDeviceMapping: {
      item: [
        {
          deviceName: '/dev/xvda',
          ebs: { volumeId: `vol-${instance.id.slice(2)}`, status: 'attached', ...attachedXml(instance) },
        },
      ],
    },
    networkInterfaceSet: { item: [networkInterfaceXml(instance)] },
    subnetId: instance.subnetId,
    vpcId: instance.vpcId,
    privateIpAddress: instance.privateIp,
    ipAddress: running ? instance.publicIp : undefined,
    sourceDestCheck: true,
    architecture: instance.instanceType.startsWith('c7g') ? 'arm64' : 'x86_64',
    platform: windows ? 'windows' : undefined,
    platformDetails: windows ? 'Windows' : 'Linux/UNIX',
    rootDeviceType: 'ebs',
    rootDeviceName: '/dev/xvda',
    virtualizationType: 'hvm',
    hypervisor: 'xen',
    ...OPTIONS_XML,
    tagSet: { item: Object.entries(instance.tags).map(([key, value]) => ({ key, value })) },
  };
}

/** As EC2 gives them to an instance for which nobody has chosen otherwise. */
const OPTIONS_XML: Readonly<Record<string, XmlValue>> = {
  ebsOptimized: false,
  enaSupport: true,
  cpuOptions: { coreCount: 1, threadsPerCore: 2 },
  capacityReservationSpecification: { capacityReservationPreference: 'open' },
  hibernationOptions: { configured: false },
  metadataOptions: {
    state: 'applied',
    httpTokens: 'required',
    httpPutResponseHopLimit: 2,
    httpEndpoint: 'enabled',
    httpProtocolIpv6: 'disabled',
    instanceMetadataTags: 'disabled',
  },
  enclaveOptions: { enabled: false },
  maintenanceOptions: { autoRecovery: 'default' },
  privateDnsNameOptions: {
    hostnameType: 'ip-name',
    enableResourceNameDnsARecord: false,
    enableResourceNameDnsAAAARecord: false,
  },
};

function securityGroupsXml({ vpcId }: SandboxInstance): XmlValue {
  return { item: [{ groupId: vpcId.replace('vpc-', 'sg-'), groupName: 'default' }] };
}

function attachedXml({ launchedAt }: SandboxInstance) {
  return { attachTime: new Date(launchedAt).toISOString(), deleteOnTermination: true };
}

function networkInterfaceXml(instance: SandboxInstance): XmlValue {
  const { id, accountId, subnetId, vpcId, privateIp: privateIpAddress } = instance;
  const suffix = id.slice(2);
  const privateName = privateDnsName(instance);
  return {
    networkInterfaceId: `eni-${suffix}`,
    subnetId,
    vpcId,
    description: '',
    ownerId: accountId,
    status: 'in-use',
    privateIpAddress,
    privateDnsName: privateName,
    sourceDestCheck: true,
    groupSet: securityGroupsXml(instance),
    attachment: {
      attachmentId: `eni-attach-${suffix}`,
      deviceIndex: 0,
      networkCardIndex: 0,
      status: 'attached',
      ...attachedXml(instance),
    },
    privateIpAddressesSet: {
      item: [{ privateIpAddress, privateDnsName: privateName, primary: true }],
    },
    interfaceType: 'interface',
  };
}
