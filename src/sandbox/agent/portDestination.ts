import { isIP } from 'node:net';
import type { AgentAbilities } from './agentVersion';
import type { AgentInstance } from './agentInstance';

export interface PortDestination {
  readonly host: string;
  readonly port: number;
}

/** Instance metadata, DNS and time service, and the like, which the agent forwards nowhere (protocol notes, section 9.3). */
const FORBIDDEN_ADDRESSES: ReadonlySet<string> = new Set([
  '169.254.169.254',
  '169.254.169.253',
  '169.254.169.123',
  '169.254.169.250',
  '169.254.169.251',
  'fd00:ec2::254',
  'fd00:ec2::253',
  'fd00:ec2::123',
  'fd00:ec2::250',
  'fd00:ec2::251',
]);
/** ECS and EKS credential addresses; refused, with loopback, by newer agents. */
const FORBIDDEN_TO_NEWER: ReadonlySet<string> = new Set(['169.254.170.2', '169.254.170.23', 'fd00:ec2::23']);

/**
 * Where a port session leads on this machine, found once and kept for its life. `refusal` is what the agent tells the user when it
 * will not or cannot go there.
 */
export function resolveDestination(
  properties: Readonly<Record<string, string>>,
  instance: AgentInstance,
  abilities: AgentAbilities,
): { readonly destination: PortDestination } | { readonly refusal: string } {
  const port = Number(properties['portNumber']);
  if (!Number.isInteger(port) || port < 1 || port > 0xffff) {
    return { refusal: `Port number is invalid in session properties: "${properties['portNumber'] ?? ''}"` };
  }
  const asked = properties['host'] ?? '';
  const host = asked === '' || !abilities.remoteHost ? 'localhost' : asked;
  const isLoopback = host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);
  if (asked !== '' && abilities.remoteHost) {
    const forbidden =
      FORBIDDEN_ADDRESSES.has(host.toLowerCase()) ||
      (abilities.refusesLoopbackHost && (isLoopback || FORBIDDEN_TO_NEWER.has(host.toLowerCase())));
    if (forbidden) return { refusal: `Forwarding to IP address ${host} is forbidden.` };
  }
  const wanted = isLoopback ? 'localhost' : host.toLowerCase();
  const route = instance.routes.find(
    ({ host: name, port: only }) => name.toLowerCase() === wanted && (only === undefined || only === port),
  );
  if (route !== undefined)
    return { destination: { host: route.target.host, port: route.target.port ?? port } };
  if (isLoopback) return { destination: { host: '127.0.0.1', port } };
  // A host that is known but has no such port answers like a closed port: nothing listens on the discard port of loopback.
  if (isIP(host) !== 0 || instance.routes.some(({ host: name }) => name.toLowerCase() === wanted)) {
    return { destination: { host: '127.0.0.1', port: CLOSED_PORT } };
  }
  return { refusal: `Unable to resolve remote host: lookup ${host}: no such host` };
}

const CLOSED_PORT = 9;
