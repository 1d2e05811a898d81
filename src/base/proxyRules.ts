import { BlockList, isIP } from 'node:net';

export interface ProxySettings {
  /** The editor's own proxy setting; wins over the environment. Empty for none. */
  readonly proxyUrl?: string | undefined;
  /** Hosts that are reached directly, in addition to `NO_PROXY`. */
  readonly noProxy?: readonly string[] | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const SECURE_PROTOCOLS: ReadonlySet<string> = new Set(['https:', 'wss:']);

/**
 * The proxy for a URL, or an empty string for a direct connection. Follows the conventions of curl: `https_proxy` before
 * `all_proxy`, lower case before upper case, `no_proxy` as a list of host suffixes with an optional port, and of ranges of addresses.
 */
export function proxyFor(url: string, settings: ProxySettings): string {
  const { protocol, hostname, port } = new URL(url);
  const secure = SECURE_PROTOCOLS.has(protocol);
  const exceptions = [
    ...(settings.noProxy ?? []),
    ...(fromEnv(settings.env, 'no_proxy') ?? '').split(/[\s,]+/),
  ];
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (exceptions.some(rule => isExempt(rule.toLowerCase(), host, port || (secure ? '443' : '80')))) return '';
  // As in the editor itself: what is on this computer needs no proxy.
  if (settings.proxyUrl && !isThisComputer(host)) return withProtocol(settings.proxyUrl);
  const proxy =
    fromEnv(settings.env, secure ? 'https_proxy' : 'http_proxy') ?? fromEnv(settings.env, 'all_proxy');
  return proxy === undefined ? '' : withProtocol(proxy);
}

function isThisComputer(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function isExempt(rule: string, host: string, port: string): boolean {
  if (rule === '') return false;
  if (rule === '*') return true;
  if (rule.includes('/')) return isInRange(rule, host);
  const parts = /^\[?(.*?)\]?(?::(\d+))?$/.exec(
    rule.includes('::') ? rule.replace(/^([^[].*)$/, '[$1]') : rule,
  );
  const [, name = '', rulePort] = parts ?? [];
  if (rulePort !== undefined && rulePort !== port) return false;
  const suffix = name.replace(/^\*?\./, '');
  return host === suffix || host.endsWith(`.${suffix}`);
}

/** As Go reads them, and so the official client: `10.0.0.0/8`, `fd00::/8`. */
function isInRange(rule: string, host: string): boolean {
  const [network = '', bits = ''] = rule.split('/');
  const family = isIP(network);
  const prefix = /^\d+$/.test(bits) ? Number(bits) : Number.NaN;
  if (family === 0 || family !== isIP(host) || !(prefix <= (family === 4 ? 32 : 128))) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const range = new BlockList();
  range.addSubnet(network, prefix, type);
  return range.check(host, type);
}

function fromEnv(env: ProxySettings['env'], name: string): string | undefined {
  return env[name] || env[name.toUpperCase()] || undefined;
}

/** A proxy given as `host:port` speaks HTTP. */
function withProtocol(proxy: string): string {
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}
