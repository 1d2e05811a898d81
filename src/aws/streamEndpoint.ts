import { AppError } from '../base/errors';

/**
 * Refuses a stream URL that leads anywhere but to Session Manager's message gateway of the region: whoever holds the channel holds
 * the shell, and the upgrade carries a signature. `configured` are endpoint URLs set by the user; a gateway there is trusted too.
 * Throws `AppError('endpoint-refused')`.
 */
export function checkStreamUrl(streamUrl: string, region: string, configured: readonly string[]): void {
  const url = URL.canParse(streamUrl) ? new URL(streamUrl) : undefined;
  if (!url) throw refused('not a URL');
  if (url.username !== '' || url.password !== '') throw refused('a URL with a user name');
  if (url.protocol === 'wss:' && isGateway(url.host, region)) return;
  const sameHost = configured.some(endpoint => {
    if (!URL.canParse(endpoint)) return false;
    const { protocol, host } = new URL(endpoint);
    return host === url.host && url.protocol === (protocol === 'https:' ? 'wss:' : 'ws:');
  });
  if (!sameHost) throw refused(`${url.protocol}//${url.host}`);
}

/** Domains of the partitions that have their own, beside the common ones, as the SDK's endpoint rules list them: plain and dual stack. */
const PARTITIONS: readonly { readonly regions: RegExp; readonly domains: readonly string[] }[] = [
  { regions: /^cn-/, domains: ['amazonaws.com.cn', 'api.amazonwebservices.com.cn'] },
  { regions: /^eusc-/, domains: ['amazonaws.eu', 'api.amazonwebservices.eu'] },
  { regions: /^us-iso-/, domains: ['c2s.ic.gov', 'api.aws.ic.gov'] },
  { regions: /^us-isob-/, domains: ['sc2s.sgov.gov', 'api.aws.scloud'] },
  { regions: /^us-isof-/, domains: ['csp.hci.ic.gov', 'api.aws.hci.ic.gov'] },
  { regions: /^eu-isoe-/, domains: ['cloud.adc-e.uk', 'api.cloud-aws.adc-e.uk'] },
];
const COMMON_DOMAINS = ['amazonaws.com', 'api.aws'];

/** AWS's names: plain, FIPS, dual stack, and interface endpoints of a VPC with or without a zone, in the domain of the region's partition. */
function isGateway(host: string, region: string): boolean {
  const domains = PARTITIONS.find(({ regions }) => regions.test(region))?.domains ?? COMMON_DOMAINS;
  return domains.some(
    domain =>
      host === `ssmmessages.${region}.${domain}` ||
      host === `ssmmessages-fips.${region}.${domain}` ||
      (/^vpce-[a-z0-9-]+\./.test(host) && host.endsWith(`.ssmmessages.${region}.vpce.${domain}`)),
  );
}

function refused(what: string): AppError {
  // The URL's query is a key to the session: only where it leads may be told.
  return new AppError('endpoint-refused', `The session's stream leads to ${what}, not to Session Manager.`);
}
