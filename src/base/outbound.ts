import { readFile } from 'node:fs/promises';
import type { Agent, ClientRequest } from 'node:http';
import { AppError, messageOf } from './errors';
import type { Disposable } from './lifecycle';
import { proxyFor } from './proxyRules';

/** What the editor's settings say of the way out of this machine. The environment says the rest. */
export interface OutboundSettings {
  /** VS Code's `http.proxy`, unless `http.proxySupport` is off; wins over the environment, except for this computer itself. */
  readonly proxyUrl?: string | undefined;
  /** VS Code's `http.noProxy`, in addition to `NO_PROXY`. */
  readonly noProxy?: readonly string[];
  /** VS Code's `http.proxyAuthorization`: the header that tells the proxy who is there. A name in the proxy's URL wins over it. */
  readonly proxyAuthorization?: string | undefined;
  /** VS Code's `http.proxyStrictSSL`: whether the certificate of a proxy is checked. That of AWS always is. */
  readonly strictProxy?: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

const PROXY_VARIABLES = ['https_proxy', 'http_proxy', 'all_proxy'];

/**
 * The way out of this machine, for every connection of ours: through the proxies of editor and environment, trusting the certificate
 * authorities of `AWS_CA_BUNDLE`, which take the place of the built-in ones as they do for the AWS CLI. Requests that a proxy refuses
 * to carry fail with `AppError('proxy-refused')`.
 */
export class Outbound implements Disposable {
  readonly #env: Environment;
  readonly #settings: () => OutboundSettings;
  #made: { readonly key: string; readonly agent: Promise<Agent> } | undefined;

  constructor(deps: { readonly env: Environment; readonly settings?: () => OutboundSettings }) {
    this.#env = deps.env;
    this.#settings = deps.settings ?? (() => ({}));
  }

  /**
   * The agent for `http`, `https` and web sockets: the same one as long as settings and environment stay as they are. Undefined where
   * nothing asks for one, and Node's own way will do. Throws `AppError('config-invalid')` when the CA bundle cannot be read.
   */
  async agent(): Promise<Agent | undefined> {
    const { proxyUrl, proxyAuthorization, noProxy = [], strictProxy = true } = this.#settings();
    const caPath = this.#env.AWS_CA_BUNDLE || undefined;
    const proxies = PROXY_VARIABLES.map(name => this.#env[name] || this.#env[name.toUpperCase()] || '');
    if (!caPath && !proxyUrl && proxies.every(proxy => proxy === '')) return undefined;
    const key = JSON.stringify([caPath, proxyUrl, proxyAuthorization, noProxy, strictProxy, proxies]);
    if (this.#made?.key !== key) {
      // What the agent before carries goes on over it, so it is let go and not destroyed.
      const agent = makeAgent({ proxyUrl, proxyAuthorization, noProxy, strictProxy, caPath, env: this.#env });
      this.#made = { key, agent };
      // A bundle that could not be read may be there the next time.
      agent.catch(() => {
        if (this.#made?.agent === agent) this.#made = undefined;
      });
    }
    return await this.#made.agent;
  }

  dispose(): void {
    void this.#made?.agent.then(
      agent => agent.destroy(),
      () => undefined,
    );
    this.#made = undefined;
  }
}

/** The library is loaded only where it is needed. */
async function makeAgent(route: {
  readonly proxyUrl: string | undefined;
  readonly proxyAuthorization: string | undefined;
  readonly noProxy: readonly string[];
  readonly strictProxy: boolean;
  readonly caPath: string | undefined;
  readonly env: Environment;
}): Promise<Agent> {
  const { proxyUrl, proxyAuthorization, noProxy, strictProxy, caPath, env } = route;
  const [{ ProxyAgent }, ca] = await Promise.all([import('proxy-agent'), readCaBundle(caPath)]);
  const watched = new WeakSet<Agent>();
  class RouteAgent extends ProxyAgent {
    override async connect(...call: Parameters<InstanceType<typeof ProxyAgent>['connect']>): Promise<Agent> {
      const agent = await super.connect(...call);
      if (isProxyRoute(agent) && !watched.has(agent)) {
        watched.add(agent);
        failWhereProxyRefuses(agent);
      }
      // These options are for the connection to the proxy alone; the one through it has its own.
      if (!strictProxy && 'connectOpts' in agent)
        (agent.connectOpts as { rejectUnauthorized?: boolean }).rejectUnauthorized = false;
      return agent;
    }
  }
  return new RouteAgent({
    keepAlive: true,
    getProxyForUrl: url => proxyFor(url, { proxyUrl, noProxy, env }),
    ...(ca === undefined ? {} : { ca }),
    // Headers of the request to the proxy, not of what goes through it.
    ...(proxyAuthorization === undefined ? {} : { headers: { 'Proxy-Authorization': proxyAuthorization } }),
  });
}

/** The library's agent for connections through one proxy. */
interface ProxyRoute extends Agent {
  readonly proxy: URL;
}

function isProxyRoute(agent: Agent): agent is ProxyRoute {
  return 'proxy' in agent && agent.proxy instanceof URL;
}

/**
 * The library hands a proxy's refusal to the request as if the other side had given it, so a proxy's 403 would read as AWS's. Such a
 * request fails with `AppError('proxy-refused')` instead.
 */
function failWhereProxyRefuses(agent: ProxyRoute): void {
  agent.on('proxyConnect', ({ statusCode }: { readonly statusCode: number }, request: ClientRequest) => {
    if (statusCode === 200) return;
    // Without the name and password that its URL may hold.
    const proxy = agent.proxy.host;
    const { host } = request;
    request.destroy(
      new AppError('proxy-refused', `The proxy ${proxy} refused to connect to ${host}: HTTP ${statusCode}`, {
        details: { proxy, host, status: String(statusCode) },
      }),
    );
  });
}

async function readCaBundle(path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path);
  } catch (cause) {
    throw new AppError('config-invalid', `The CA bundle cannot be read: ${messageOf(cause)}`, {
      cause,
      details: { path },
    });
  }
}
