import type { Endpoints } from '../access/profile';
import { flag } from './configuredEndpoints';
import type { Environment } from './environment';

export type ServiceId = 'SSO' | 'SSO OIDC' | 'STS' | 'EC2' | 'SSM' | 'KMS' | 'SSMMESSAGES';

/** As clients take it. */
export interface EndpointVariant {
  readonly useFipsEndpoint: boolean;
  readonly useDualstackEndpoint: boolean;
}

/** A client's `config.endpointProvider`. */
type EndpointRules = (wanted: {
  readonly Region: string;
  readonly UseFIPS: boolean;
  readonly UseDualStack: boolean;
}) => { readonly url: URL };

interface ServicePlace {
  readonly region: string;
  readonly endpoints?: Endpoints | undefined;
}

/** Where each service is reached: what environment and profile say of it, in the order of the AWS SDKs. */
export class ServiceAddresses {
  readonly #env: Environment;

  constructor(env: Environment) {
    this.#env = env;
  }

  /**
   * The endpoint that was configured for a service, undefined for AWS's own. The variable of the service comes first, then the common one,
   * then the profile's for the service and the profile's for all (SDKs and tools reference guide, "Service-specific endpoints").
   */
  configured(service: ServiceId, { common, byService }: Endpoints = {}): string | undefined {
    if (this.#env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS?.toLowerCase() === 'true') return undefined;
    const id = service.replace(' ', '_');
    const ofEnvironment = this.#env[`AWS_ENDPOINT_URL_${id}`] || this.#env.AWS_ENDPOINT_URL;
    return ofEnvironment || byService?.[id.toLowerCase()] || common || undefined;
  }

  /**
   * Which of AWS's own addresses for a service are wanted, by environment, else profile. Left to itself the SDK would take the default profile's
   * word for every other's. A configured address is taken as it stands: the SDK refuses to change one.
   */
  variant(service: ServiceId, endpoints: Endpoints = {}): EndpointVariant {
    const isOwn = this.configured(service, endpoints) === undefined;
    const { fips = false, dualStack = false } = endpoints;
    return {
      useFipsEndpoint: isOwn && (flag(this.#env.AWS_USE_FIPS_ENDPOINT) ?? fips),
      useDualstackEndpoint: isOwn && (flag(this.#env.AWS_USE_DUALSTACK_ENDPOINT) ?? dualStack),
    };
  }

  /** The address that a client of ours for the service talks to, without a slash at its end. `rules` are those of that client. */
  resolved(service: ServiceId, { region, endpoints }: ServicePlace, rules: EndpointRules): string {
    const { useFipsEndpoint, useDualstackEndpoint } = this.variant(service, endpoints);
    const address =
      this.configured(service, endpoints) ??
      rules({ Region: region, UseFIPS: useFipsEndpoint, UseDualStack: useDualstackEndpoint }).url.href;
    return address.replace(/\/$/, '');
  }
}
