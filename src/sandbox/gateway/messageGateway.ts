import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Clock } from '../../base/clock';
import type { Disposable } from '../../base/lifecycle';
import { DisposableStore } from '../../base/lifecycle';
import type { Log } from '../../base/log';
import type { AgentHost } from '../agent/agentHost';
import type { SessionRegistry } from '../sessions/sessionRegistry';
import { DataChannel } from './dataChannel';
import { FaultBook } from './faults';
import { readOpenDataChannel } from './openDataChannel';

const PATH = /^\/v1\/data-channel\/([^/?]+)$/;
const UNSUPPORTED_DATA = 1003;
const POLICY_VIOLATION = 1008;
/** The service's own limit on the life of one socket (protocol notes, section 11). */
const SOCKET_LIFE_MS = 60 * 60_000;
const OPEN_TIMEOUT_MS = 15_000;
/** A stream message is small; what is larger than this is no client of ours. */
const LARGEST_FRAME_BYTES = 16 * 1_024 * 1_024;

/** An HTTP answer in place of the upgrade. */
export interface UpgradeRefusal {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface MessageGatewayDependencies {
  readonly registry: SessionRegistry;
  readonly agents: AgentHost;
  readonly clock: Clock;
  readonly log: Log;
  /** Default: nothing goes wrong. */
  readonly faults?: FaultBook;
  /** Checks the upgrade's signature and the caller's permission; `undefined` lets it pass. Absent: every upgrade passes. */
  readonly authorizeUpgrade?: (
    request: IncomingMessage,
    sessionId: string,
  ) => Promise<UpgradeRefusal | undefined>;
  /** Default 60 minutes. */
  readonly socketLifeMs?: number;
}

/** The `ssmmessages` endpoint: web sockets under `/v1/data-channel/`. */
export class MessageGateway {
  readonly #deps: MessageGatewayDependencies;
  readonly #faults: FaultBook;
  readonly #server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: LARGEST_FRAME_BYTES,
  });
  readonly #channels = new Map<string, DataChannel>();
  /** Closings under way, each until its agent is gone. */
  readonly #closing = new Set<Promise<void>>();
  readonly #owned = new DisposableStore();

  constructor(deps: MessageGatewayDependencies) {
    this.#deps = deps;
    this.#faults = deps.faults ?? new FaultBook();
    this.#owned.add(deps.registry.onDidTerminate(({ session }) => this.#close(session.id, '')));
    this.#owned.add(
      this.#faults.onDidChange(sessionId =>
        this.#channels.get(sessionId)?.setPlan(this.#faults.planFor(sessionId)),
      ),
    );
  }

  /** Whether this is a request for `handleUpgrade`. */
  handles(request: IncomingMessage): boolean {
    return PATH.test(pathOf(request));
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const sessionId = sessionIdOf(request);
    void this.#refusal(request, sessionId).then(
      refusal => {
        if (refusal !== undefined) {
          refuse(socket, refusal);
          return;
        }
        if (this.#owned.isDisposed) {
          socket.destroy();
          return;
        }
        this.#server.handleUpgrade(request, socket, head, client => this.#greet(client, socket, sessionId));
      },
      (failure: unknown) => {
        this.#deps.log.error('gateway: upgrade check failed', failure);
        refuse(socket, { status: 500, contentType: 'text/plain', body: 'Internal Server Error' });
      },
    );
  }

  /** Breaks the client's connection of a session. `false` when there is none. */
  breakSocket(
    sessionId: string,
    how: { kind: 'kill' } | { kind: 'close'; code: number; reason: string } = { kind: 'kill' },
  ): boolean {
    const channel = this.#channels.get(sessionId);
    if (!channel?.isConnected) return false;
    channel.breakSocket(how);
    return true;
  }

  /** Ends a session as the service does, with text for the user. `false` when it does not live. */
  endSession(sessionId: string, why: string, output: string): boolean {
    const session = this.#deps.registry.find(sessionId);
    if (session === undefined || session.status === 'Terminated') return false;
    this.#close(sessionId, output);
    this.#deps.registry.terminate(sessionId, why);
    return true;
  }

  /** Ends every session; resolves when no socket, process or connection is left. */
  async dispose(): Promise<void> {
    this.#owned.dispose();
    for (const sessionId of [...this.#channels.keys()]) this.#close(sessionId, '');
    for (const client of this.#server.clients) client.terminate();
    await new Promise<void>(resolve => this.#server.close(() => resolve()));
    await Promise.all(this.#closing);
  }

  async #refusal(request: IncomingMessage, sessionId: string): Promise<UpgradeRefusal | undefined> {
    if (sessionId === '') return { status: 404, contentType: 'text/plain', body: 'Not Found' };
    return this.#deps.authorizeUpgrade?.(request, sessionId);
  }

  /** Waits for the first frame, which must be OpenDataChannel with a good token. */
  #greet(client: WebSocket, under: Duplex, sessionId: string): void {
    const { clock, log, registry } = this.#deps;
    client.on('error', failure => log.debug('gateway: socket failed', failure.message));
    const timeout: Disposable = clock.schedule(OPEN_TIMEOUT_MS, () =>
      client.close(UNSUPPORTED_DATA, 'data channel was not opened in time'),
    );
    client.once('close', () => timeout.dispose());
    client.once('message', (data: Buffer, isBinary) => {
      timeout.dispose();
      if (isBinary) {
        client.close(UNSUPPORTED_DATA, 'first message must open the data channel');
        return;
      }
      const opened = readOpenDataChannel(data.toString('utf8'));
      if ('problem' in opened) {
        client.close(UNSUPPORTED_DATA, opened.problem);
        return;
      }
      if (registry.redeemToken(sessionId, opened.tokenValue) === undefined) {
        client.close(POLICY_VIOLATION, 'token is invalid or has expired');
        return;
      }
      this.#channelOf(sessionId)?.attach(client, under);
      registry.markConnected(sessionId);
    });
  }

  #channelOf(sessionId: string): DataChannel | undefined {
    const known = this.#channels.get(sessionId);
    const { registry, agents, clock, log, socketLifeMs = SOCKET_LIFE_MS } = this.#deps;
    const session = registry.find(sessionId);
    if (known !== undefined || session === undefined) return known;
    this.#faults.claim(sessionId);
    const channel = new DataChannel({
      session,
      agents,
      plan: this.#faults.planFor(sessionId),
      clock,
      log,
      socketLifeMs,
      onEnd: (why, output) => void this.endSession(sessionId, why, output),
    });
    this.#channels.set(sessionId, channel);
    return channel;
  }

  #close(sessionId: string, output: string): void {
    const channel = this.#channels.get(sessionId);
    if (channel === undefined) return;
    this.#channels.delete(sessionId);
    const closing = channel.close(output).finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}

function pathOf(request: IncomingMessage): string {
  return new URL(request.url ?? '/', 'http://localhost').pathname;
}

/** Empty when the path names none. */
function sessionIdOf(request: IncomingMessage): string {
  const encoded = PATH.exec(pathOf(request))?.[1] ?? '';
  try {
    return decodeURIComponent(encoded);
  } catch {
    // Not a percent-encoding, so not a session's name.
    return '';
  }
}

function refuse(socket: Duplex, { status, contentType, body }: UpgradeRefusal): void {
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`,
      'Connection: close',
      `Content-Type: ${contentType}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  );
}
