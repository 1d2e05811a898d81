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

/** AWS's names: plain, FIPS, dual stack, China, and interface endpoints of a VPC with or without a zone. */
function isGateway(host: string, region: string): boolean {
  const known = [
    `ssmmessages.${region}.amazonaws.com`,
    `ssmmessages-fips.${region}.amazonaws.com`,
    `ssmmessages.${region}.api.aws`,
    `ssmmessages-fips.${region}.api.aws`,
    `ssmmessages.${region}.amazonaws.com.cn`,
    `ssmmessages.${region}.api.amazonwebservices.com.cn`,
  ];
  return (
    known.includes(host) ||
    (/^vpce-[a-z0-9-]+\./.test(host) && host.endsWith(`.ssmmessages.${region}.vpce.amazonaws.com`))
  );
}

function refused(what: string): AppError {
  // The URL's query is a key to the session: only where it leads may be told.
  return new AppError('endpoint-refused', `The session's stream leads to ${what}, not to Session Manager.`);
}
