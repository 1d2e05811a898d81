import type { Endpoints } from '../access/profile';
import type { IniValues } from './sharedFiles';

interface Fault {
  readonly fault: string;
}

/** What one `[services …]` section says: by service id as it is written there. */
export type ServiceEndpoints = Readonly<Record<string, string>>;

/**
 * Reads a `[services …]` section: nested `endpoint_url` under each service (SDKs and tools reference guide, "Service-specific endpoints"). What
 * else stands under a service is not about endpoints.
 */
export function serviceEndpoints(values: IniValues): ServiceEndpoints | Fault {
  const found: Record<string, string> = {};
  for (const [key, value] of Object.entries(values)) {
    const [service = '', setting, ...more] = key.split('.');
    if (setting !== 'endpoint_url' || more.length > 0 || value === undefined) continue;
    if (!isHttpUrl(value))
      return { fault: `endpoint_url of ${service} is "${value}", which is not an http or https URL.` };
    found[service] = value;
  }
  return found;
}

/** Where a profile's services are reached, undefined for AWS's usual addresses. `services` are the sections of the file. */
export function profileEndpoints(
  values: IniValues,
  services: ReadonlyMap<string, ServiceEndpoints | Fault>,
): Endpoints | Fault | undefined {
  const configured = configuredAddresses(values, services);
  if (isFault(configured)) return configured;
  const variant: { fips?: boolean; dualStack?: boolean } = {};
  for (const [key, member] of VARIANTS) {
    const text = values[key];
    if (text === undefined) continue;
    const wanted = flag(text);
    if (wanted === undefined) return { fault: `${key} is "${text}", which is neither true nor false.` };
    variant[member] = wanted;
  }
  const endpoints = { ...configured, ...variant };
  return Object.keys(endpoints).length > 0 ? endpoints : undefined;
}

/** SDKs and tools reference guide, "Dual-stack and FIPS endpoints". */
const VARIANTS = [
  ['use_fips_endpoint', 'fips'],
  ['use_dualstack_endpoint', 'dualStack'],
] as const;

/** What a switch of file or environment says; undefined where it is neither on nor off. */
export function flag(text: string | undefined): boolean | undefined {
  const said = text?.toLowerCase();
  return said === 'true' ? true : said === 'false' ? false : undefined;
}

function configuredAddresses(
  values: IniValues,
  services: ReadonlyMap<string, ServiceEndpoints | Fault>,
): Endpoints | Fault | undefined {
  if (values.ignore_configured_endpoint_urls?.toLowerCase() === 'true') return undefined;
  const common = values.endpoint_url;
  if (common !== undefined && !isHttpUrl(common)) {
    return { fault: `endpoint_url is "${common}", which is not an http or https URL.` };
  }
  const byService = values.services === undefined ? {} : services.get(values.services);
  if (byService === undefined) {
    return { fault: `services names "${values.services}", but there is no [services ${values.services}].` };
  }
  if (isFault(byService))
    return { fault: `[services ${values.services}] cannot be used: ${byService.fault}` };
  const hasOwn = Object.keys(byService).length > 0;
  if (common === undefined && !hasOwn) return undefined;
  return { ...(common === undefined ? {} : { common }), ...(hasOwn ? { byService } : {}) };
}

export function isFault(value: ServiceEndpoints | Endpoints | Fault | undefined): value is Fault {
  return value !== undefined && typeof (value as Partial<Fault>).fault === 'string';
}

export function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  return ['http:', 'https:'].includes(new URL(text).protocol);
}
