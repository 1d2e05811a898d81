import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { systemClock, type Clock } from '../../../../src/base/clock';
import { silentLog } from '../../../../src/base/log';
import { AgentHost, type AgentHostDependencies } from '../../../../src/sandbox/agent/agentHost';
import type { AgentRoute } from '../../../../src/sandbox/agent/agentInstance';
import { FaultBook, type FaultPlanInput } from '../../../../src/sandbox/gateway/faults';
import {
  MessageGateway,
  type MessageGatewayDependencies,
} from '../../../../src/sandbox/gateway/messageGateway';
import type { SessionDocument, SessionPreferences } from '../../../../src/sandbox/sessions/sessionDocument';
import { SessionRegistry } from '../../../../src/sandbox/sessions/sessionRegistry';
import { PlainClient } from './plainClient';

export interface FixtureOptions {
  readonly clock?: Clock;
  readonly agentVersion?: string;
  readonly routes?: readonly AgentRoute[];
  readonly agent?: Partial<AgentHostDependencies>;
  readonly gateway?: Partial<MessageGatewayDependencies>;
}

/** A gateway with its agents on a loopback port, and everything that was opened on it. */
export class GatewayFixture {
  readonly registry: SessionRegistry;
  readonly agents: AgentHost;
  readonly gateway: MessageGateway;
  readonly faults = new FaultBook();
  readonly #server: Server;
  readonly #clients: PlainClient[] = [];
  readonly #listeners: TcpListener[] = [];

  private constructor(options: FixtureOptions) {
    const clock = options.clock ?? systemClock;
    this.registry = new SessionRegistry({ clock });
    this.agents = new AgentHost({
      instances: instanceId => ({
        instanceId,
        agentVersion: options.agentVersion ?? '3.3.1142.0',
        hostname: 'ip-10-0-1-17.ec2.internal',
        routes: options.routes ?? [],
      }),
      clock,
      log: silentLog,
      ...options.agent,
    });
    this.gateway = new MessageGateway({
      registry: this.registry,
      agents: this.agents,
      clock,
      log: silentLog,
      faults: this.faults,
      ...options.gateway,
    });
    this.#server = createServer();
    this.#server.on('upgrade', (request, socket, head) => this.gateway.handleUpgrade(request, socket, head));
  }

  static async start(options: FixtureOptions = {}): Promise<GatewayFixture> {
    const fixture = new GatewayFixture(options);
    await new Promise<void>(resolve => fixture.#server.listen(0, '127.0.0.1', resolve));
    return fixture;
  }

  createSession(
    document: Partial<Omit<SessionDocument, 'preferences'>> = {},
    preferences: Partial<SessionPreferences> = {},
  ): { id: string; token: string } {
    const { session, token } = this.registry.create({
      accountId: '123456789012',
      region: 'us-east-1',
      instanceId: 'i-060ee0879f3ec4eb7',
      ownerUserId: 'AROAEXAMPLE:sam@myco.example',
      ownerArn: 'arn:aws:sts::123456789012:assumed-role/FrontEndSSHAccess/sam@myco.example',
      ownerName: 'sam@myco.example',
      document: {
        name: 'SSM-SessionManagerRunShell',
        sessionType: 'Standard_Stream',
        properties: {},
        ...document,
        preferences: { idleTimeoutMs: 20 * 60_000, ...preferences },
      },
    });
    return { id: session.id, token };
  }

  url(sessionId: string): string {
    const { port } = this.#server.address() as AddressInfo;
    return `ws://127.0.0.1:${port}/v1/data-channel/${sessionId}?role=publish_subscribe&cell-number=AAEAAQ`;
  }

  /** A client that is disposed with the fixture. */
  client(): PlainClient {
    const client = new PlainClient();
    this.#clients.push(client);
    return client;
  }

  /** Starts a session and opens its data channel. */
  async open(
    document: Partial<Omit<SessionDocument, 'preferences'>> = {},
    { faults, preferences = {} }: { faults?: FaultPlanInput; preferences?: Partial<SessionPreferences> } = {},
  ): Promise<{ client: PlainClient; sessionId: string }> {
    if (faults !== undefined) this.faults.setNext(faults);
    const { id, token } = this.createSession(document, preferences);
    this.faults.claim(id);
    const client = this.client();
    await client.open(this.url(id), token);
    return { client, sessionId: id };
  }

  async openPort(
    port: number,
    properties: Record<string, string> = {},
    options: { faults?: FaultPlanInput } = {},
  ): Promise<{ client: PlainClient; sessionId: string }> {
    return this.open(
      {
        name: 'AWS-StartPortForwardingSession',
        sessionType: 'Port',
        properties: {
          portNumber: String(port),
          localPortNumber: '0',
          type: 'LocalPortForwarding',
          ...properties,
        },
      },
      options,
    );
  }

  /** Opens the client's channel again with a fresh token, as after ResumeSession. */
  async reopen(client: PlainClient, sessionId: string): Promise<void> {
    const token = this.registry.rotateToken(sessionId);
    if (token === undefined) throw new Error('the session has ended');
    await client.open(this.url(sessionId), token);
  }

  /** A TCP service on loopback, closed with the fixture. */
  async listen(onConnection: (socket: Socket) => void): Promise<TcpListener> {
    const listener = await TcpListener.start(onConnection);
    this.#listeners.push(listener);
    return listener;
  }

  async dispose(): Promise<void> {
    for (const client of this.#clients) client.dispose();
    await this.gateway.dispose();
    await this.agents.dispose();
    await Promise.all(this.#listeners.map(listener => listener.stop()));
    await new Promise(resolve => this.#server.close(resolve));
  }
}

export class TcpListener {
  readonly #server: ReturnType<typeof createTcpServer>;
  readonly sockets = new Set<Socket>();

  private constructor(onConnection: (socket: Socket) => void) {
    this.#server = createTcpServer({ allowHalfOpen: true }, socket => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => {});
      onConnection(socket);
    });
  }

  static async start(onConnection: (socket: Socket) => void): Promise<TcpListener> {
    const listener = new TcpListener(onConnection);
    await new Promise<void>(resolve => listener.#server.listen(0, '127.0.0.1', resolve));
    return listener;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise(resolve => this.#server.close(resolve));
  }
}
