import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { systemClock, type Clock } from '../base/clock';
import { DisposableStore } from '../base/lifecycle';
import { silentLog, type Log } from '../base/log';
import { AgentHost } from './agent/agentHost';
import { AccessEvaluator } from './auth/accessEvaluator';
import { SignatureVerifier } from './auth/signatureVerifier';
import { UpgradeGuard } from './auth/upgradeGuard';
import { BackDoor } from './backdoor/backDoor';
import { CallCounts } from './backdoor/callCounts';
import { CallFaults } from './backdoor/callFaults';
import { ClientFiles } from './clientFiles';
import { FaultBook } from './gateway/faults';
import { MessageGateway } from './gateway/messageGateway';
import { KeyRing } from './kms/keyRing';
import { AccessRequests } from './nodeAccess/accessRequests';
import { automationOperations } from './operations/automation';
import { ec2Operations } from './operations/ec2';
import { kmsOperations } from './operations/kms';
import { nodeAccessOperations } from './operations/nodeAccess';
import { OidcOperations } from './operations/oidc';
import { opsItemOperations } from './operations/opsItems';
import { PortalOperations } from './operations/portal';
import { SsmAuthority } from './operations/ssmAuthority';
import { ssmInstanceOperations } from './operations/ssmInstances';
import { SsmSessionOperations } from './operations/ssmSessions';
import { STS_OPERATIONS } from './operations/sts';
import { SymOperations } from './operations/sym';
import { SYM_AUDIENCE, SYM_AUTH_PATH, SymSignIn } from './operations/symSignIn';
import { DEFAULT_OPTIONS, type SandboxOptions } from './options';
import { SignInPages } from './pages/signInPages';
import { AwsEndpoint } from './server/awsEndpoint';
import { RestEndpoint } from './server/restEndpoint';
import { Router } from './server/router';
import { PreferencesStore, sessionKeyArn } from './sessions/preferences';
import { SessionRegistry } from './sessions/sessionRegistry';
import { Assignments } from './state/assignments';
import { CredentialStore } from './state/credentialStore';
import { SsoTokens } from './state/ssoTokens';
import { SymRuns } from './state/symRuns';
import { SymTokens } from './state/symTokens';
import { SYM_ORG } from './world/symCatalogue';
import { isConnected, privateDnsName } from './world/instance';
import { Instances } from './world/instances';
import { namedInstances } from './world/fleet';
import { APPROVAL_POLICIES } from './world/nodeAccess';
import { accountsOf, REGIONS, SAM, type Account } from './world/organization';
import { PrivateNetwork } from './world/privateNetwork';

/** All that a client needs to be told. */
export interface SandboxEnvironment {
  readonly AWS_CONFIG_FILE: string;
  readonly AWS_SHARED_CREDENTIALS_FILE: string;
  readonly AWS_ENDPOINT_URL: string;
  readonly AWS_REGION: string;
  readonly SYM_API_URL: string;
  readonly SYM_JWT: string;
  readonly SYM_ORG: string;
  readonly SYM_AUTH_URL: string;
  readonly SYM_AUDIENCE: string;
  readonly SANDBOX_URL: string;
}

export interface SandboxDependencies {
  readonly clock?: Clock;
  readonly log?: Log;
}

/** The port is taken, or may not be listened on. */
export class PortUnavailable extends Error {}

const SYM_TOKEN_MS = 30 * 24 * 3_600_000;

/** The pretend AWS and Sym on one loopback port, from `start()` to `stop()`. */
export class Sandbox {
  readonly #options: SandboxOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #owned = new DisposableStore();
  readonly #network = new PrivateNetwork();
  readonly #accounts: readonly Account[];
  #server: Server | undefined;
  #files: ClientFiles | undefined;
  #environment: SandboxEnvironment | undefined;
  #stopping: Promise<void> | undefined;

  // State. Read by tests and by the back door.
  readonly instances: Instances;
  readonly registry: SessionRegistry;
  readonly tokens: SsoTokens;
  readonly assignments: Assignments;
  readonly credentials: CredentialStore;
  readonly runs: SymRuns;
  readonly symTokens: SymTokens;
  readonly accessRequests: AccessRequests;
  readonly preferences = new PreferencesStore();
  readonly callFaults: CallFaults;
  readonly callCounts = new CallCounts();
  readonly sessionFaults = new FaultBook();

  readonly #agents: AgentHost;
  readonly #gateway: MessageGateway;
  readonly #router: Router;

  constructor(
    options: Partial<SandboxOptions> = {},
    { clock = systemClock, log = silentLog }: SandboxDependencies = {},
  ) {
    this.#options = { ...DEFAULT_OPTIONS, ...options };
    this.#clock = clock;
    this.#log = log;
    const { fleetSize, approve, grantMs, propagationMs } = this.#options;
    const accounts = (this.#accounts = accountsOf(this.#options.accounts));

    this.instances = new Instances({ clock, fleetSize, accounts });
    this.registry = new SessionRegistry({ clock });
    this.tokens = new SsoTokens({ clock });
    this.assignments = new Assignments({ clock, accounts });
    this.credentials = new CredentialStore({ clock });
    this.symTokens = new SymTokens({ clock });
    this.accessRequests = new AccessRequests({ clock, accessMs: grantMs, approve });
    this.callFaults = new CallFaults({ clock });
    const settings = { approve, propagationMs, ...(grantMs === undefined ? {} : { grantMs }) };
    this.runs = this.#owned.add(new SymRuns({ clock, assignments: this.assignments, settings }));

    const keyRing = new KeyRing(
      accounts.flatMap(({ id }) => REGIONS.map(region => sessionKeyArn(id, region))),
    );
    const evaluator = new AccessEvaluator();
    const authority = new SsmAuthority({ evaluator });
    const verifier = new SignatureVerifier({ credentials: this.credentials, clock });
    const upgradeGuard = new UpgradeGuard({ verifier, evaluator, baseUrl: () => this.url });

    this.#agents = new AgentHost({
      clock,
      log,
      instances: id => this.#agentInstance(id),
      // The node's own role may use every key of its account.
      decryptDataKey: (ciphertext, context) => keyRing.decrypt(ciphertext, context)?.plaintext,
    });
    this.#gateway = new MessageGateway({
      registry: this.registry,
      agents: this.#agents,
      clock,
      log,
      faults: this.sessionFaults,
      authorizeUpgrade: request => upgradeGuard.check(request),
    });
    this.#owned.add(
      this.instances.onDidChange(({ after }) => {
        if (!isConnected(after)) this.#endSessionsOn(after.id);
      }),
    );

    const sessions = new SsmSessionOperations({
      instances: this.instances,
      registry: this.registry,
      preferences: this.preferences,
      authority,
      faults: this.sessionFaults,
      clock,
      streamBaseUrl: () => this.url.replace(/^http/, 'ws'),
    });
    const accessRequests = { requests: this.accessRequests, authority };
    const pageFacts = { tokens: this.tokens, clock };
    this.#router = new Router({
      log,
      aws: new AwsEndpoint({
        verifier,
        faults: this.callFaults,
        counts: this.callCounts,
        regions: REGIONS,
        log,
        ssm: new Map([
          ...ssmInstanceOperations({ instances: this.instances, authority }),
          ...sessions.operations,
          ...nodeAccessOperations({
            ...accessRequests,
            instances: this.instances,
            policies: APPROVAL_POLICIES,
            credentials: this.credentials,
            clock,
          }),
          ...opsItemOperations(accessRequests),
          ...automationOperations(accessRequests),
        ]),
        kms: kmsOperations({ keyRing, authority }),
        ec2: ec2Operations({ instances: this.instances, evaluator }),
        sts: STS_OPERATIONS,
      }),
      rest: new RestEndpoint({
        oidc: new OidcOperations({ tokens: this.tokens, clock, baseUrl: () => this.url }),
        portal: new PortalOperations({
          tokens: this.tokens,
          assignments: this.assignments,
          credentials: this.credentials,
          accounts,
        }),
        faults: this.callFaults,
        counts: this.callCounts,
        log,
      }),
      sym: new SymOperations({ runs: this.runs, tokens: this.symTokens }),
      symSignIn: new SymSignIn({ tokens: this.symTokens, clock }),
      callFaults: this.callFaults,
      signIn: new SignInPages(pageFacts),
      backDoor: new BackDoor({ sandbox: this, gateway: this.#gateway, upgradeGuard, clock }),
    });
  }

  /** `http://127.0.0.1:<port>` once it listens. */
  get url(): string {
    const address = this.#server?.address() as AddressInfo | null | undefined;
    if (address === null || address === undefined) throw new Error('The sandbox does not listen yet');
    return `http://127.0.0.1:${address.port}`;
  }

  get isStopping(): boolean {
    return this.#stopping !== undefined;
  }

  /** Throws `PortUnavailable`. */
  async start(): Promise<SandboxEnvironment> {
    if (this.#environment !== undefined) return this.#environment;
    const server = createServer((request, response) => void this.#serve(request, response));
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    await this.#listen(server);
    this.#server = server;
    try {
      await this.#network.start(
        namedInstances(this.#clock.now()).filter(
          instance => isConnected(instance) && instance.tags['Department'] === 'FrontEnd',
        ),
      );
      this.#files = await ClientFiles.write(this.#accounts);
      // Stopped while it was starting: what came into being since must go too.
      if (this.#stopping !== undefined) throw new Error('The sandbox was stopped while it was starting');
    } catch (failure) {
      await this.stop();
      await this.#network.stop();
      await this.#files?.remove();
      throw failure;
    }
    this.#environment = {
      AWS_CONFIG_FILE: this.#files.configFile,
      AWS_SHARED_CREDENTIALS_FILE: this.#files.credentialsFile,
      AWS_ENDPOINT_URL: this.url,
      AWS_REGION: 'us-east-1',
      SYM_API_URL: this.url,
      SYM_JWT: this.symTokens.mint({ email: SAM.email, role: 'member' }, SYM_TOKEN_MS),
      SYM_ORG,
      SYM_AUTH_URL: `${this.url}${SYM_AUTH_PATH}`,
      SYM_AUDIENCE,
      SANDBOX_URL: this.url,
    };
    this.#log.info(`The sandbox listens on ${this.url} with ${this.instances.count} instances`);
    return this.#environment;
  }

  /** Ends sessions, shells, servers and the temporary folder. Resolves when nothing is left; a second call waits for the first. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#owned.dispose();
    this.callFaults.clear();
    this.#router.dispose();
    await this.#gateway.dispose();
    await this.#agents.dispose();
    await this.#network.stop();
    const server = this.#server;
    if (server !== undefined) {
      await new Promise<void>(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    }
    await this.#files?.remove();
  }

  #listen(server: Server): Promise<void> {
    return new Promise((resolve, reject) => {
      server.once('error', (failure: NodeJS.ErrnoException) => {
        const { port } = this.#options;
        const why =
          failure.code === 'EADDRINUSE' ? 'is already in use' : `cannot be used (${failure.message})`;
        reject(new PortUnavailable(`Port ${port} of 127.0.0.1 ${why}.`, { cause: failure }));
      });
      server.listen(this.#options.port, '127.0.0.1', resolve);
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#router.serve(request, response, this.url);
    } catch (failure) {
      this.#log.error(`${request.method} ${request.url} failed`, failure);
      response.destroy();
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // A client that goes away during the upgrade is no failure of ours.
    socket.on('error', () => socket.destroy());
    if (this.#gateway.handles(request)) this.#gateway.handleUpgrade(request, socket, head);
    else socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  }

  #agentInstance(id: string) {
    const instance = this.instances.find(id);
    if (instance?.ssm === undefined || !isConnected(instance)) return undefined;
    return {
      instanceId: id,
      agentVersion: instance.ssm.agentVersion,
      hostname: privateDnsName(instance),
      routes: this.#network.routesOf(instance),
    };
  }

  /** What a stopped or lost machine does to its sessions. */
  #endSessionsOn(instanceId: string): void {
    for (const session of this.registry.list()) {
      if (session.instanceId !== instanceId || session.status === 'Terminated') continue;
      this.#gateway.endSession(session.id, 'instance', '');
    }
  }
}
