import { createServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { systemClock } from '../../src/base/clock';
import { silentLog } from '../../src/base/log';
import { AgentHost } from '../../src/sandbox/agent/agentHost';
import { PACED, UNPACED } from '../../src/sandbox/agent/agentPacing';
import { MessageGateway } from '../../src/sandbox/gateway/messageGateway';
import type { SessionDocument } from '../../src/sandbox/sessions/sessionDocument';
import { SessionRegistry } from '../../src/sandbox/sessions/sessionRegistry';

/** What the bench asks of its peer, a process of its own so that client and service do not share a core's time. */
export type PeerRequest =
  | {
      readonly id: number;
      readonly call: 'create';
      readonly paced: boolean;
      readonly service: 'echo' | 'source' | 'sink';
      readonly localPort?: number;
    }
  | { readonly id: number; readonly call: 'resume'; readonly sessionId: string }
  | { readonly id: number; readonly call: 'terminate'; readonly sessionId: string };

export interface PeerTicket {
  readonly sessionId: string;
  readonly streamUrl: string;
  readonly token: string;
}

/** Bytes of one download; the sink answers after as many. */
export const TRANSFER_HEADER_BYTES = 8;

/** Sandbox gateway and agent, three TCP services behind it, and a bare web socket echo. Runs until the parent is gone. */
export async function runPeer(): Promise<void> {
  const ports = {
    echo: await listen(socket => socket.pipe(socket)),
    // Sends as many bytes as the eight-byte number it is sent says.
    source: await listen(socket =>
      socket.once('data', (head: Buffer) => {
        let left = Number(head.readBigUInt64BE());
        const block = Buffer.alloc(64 * 1024, 0x5a);
        const send = () => {
          while (left > 0) {
            const size = Math.min(left, block.length);
            left -= size;
            if (!socket.write(block.subarray(0, size))) break;
          }
          if (left === 0) socket.off('drain', send);
        };
        socket.on('drain', send);
        send();
      }),
    ),
    // Answers one byte when it has received as many as the number in front says.
    sink: await listen(socket => {
      let expected = -1;
      let received = 0;
      socket.on('data', (chunk: Buffer) => {
        if (expected < 0) expected = Number(chunk.readBigUInt64BE()) + TRANSFER_HEADER_BYTES;
        received += chunk.length;
        if (received >= expected) socket.write('!');
      });
    }),
  };
  const registry = new SessionRegistry({ clock: systemClock });
  const instance = { agentVersion: '3.3.1142.0', hostname: 'bench', routes: [] };
  const agents = (pacing: typeof PACED) =>
    new AgentHost({
      instances: instanceId => ({ ...instance, instanceId }),
      clock: systemClock,
      log: silentLog,
      pacing,
    });
  const deps = { registry, clock: systemClock, log: silentLog };
  const gateways = {
    paced: new MessageGateway({ ...deps, agents: agents(PACED) }),
    unpaced: new MessageGateway({ ...deps, agents: agents(UNPACED) }),
  };
  const echo = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  echo.on('connection', client => client.on('message', data => client.send(data as Buffer)));
  const pacedSessions = new Set<string>();
  const server = createServer();
  server.on('upgrade', (request, socket, head) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    if (path === '/echo')
      return echo.handleUpgrade(request, socket, head, client => echo.emit('connection', client));
    const sessionId = decodeURIComponent(path.split('/').at(-1) ?? '');
    gateways[pacedSessions.has(sessionId) ? 'paced' : 'unpaced'].handleUpgrade(request, socket, head);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  const ticket = (sessionId: string, token: string): PeerTicket => ({
    sessionId,
    token,
    streamUrl: `ws://127.0.0.1:${port}/v1/data-channel/${encodeURIComponent(sessionId)}?role=publish_subscribe`,
  });
  const answer = (request: PeerRequest): PeerTicket | undefined => {
    switch (request.call) {
      case 'create': {
        const { session, token } = registry.create({
          accountId: '123456789012',
          region: 'us-east-1',
          instanceId: 'i-060ee0879f3ec4eb7',
          ownerUserId: 'AROAEXAMPLE:bench',
          ownerArn: 'arn:aws:sts::123456789012:assumed-role/FrontEndSSHAccess/bench',
          ownerName: 'bench',
          document: portDocument(ports[request.service], request.localPort ?? 0),
        });
        if (request.paced) pacedSessions.add(session.id);
        return ticket(session.id, token);
      }
      case 'resume': {
        const token = registry.rotateToken(request.sessionId);
        return token === undefined ? undefined : ticket(request.sessionId, token);
      }
      case 'terminate':
        registry.terminate(request.sessionId, 'user');
        return undefined;
    }
  };
  process.on('message', (request: PeerRequest) => process.send!({ id: request.id, ticket: answer(request) }));
  process.on('disconnect', () => process.exit(0));
  process.send!({ ready: true, echoUrl: `ws://127.0.0.1:${port}/echo` });
}

function portDocument(port: number, localPort: number): SessionDocument {
  return {
    name: 'AWS-StartPortForwardingSession',
    sessionType: 'Port',
    properties: { portNumber: String(port), localPortNumber: String(localPort), type: 'LocalPortForwarding' },
    preferences: { idleTimeoutMs: 60 * 60_000 },
  };
}

async function listen(onConnection: Parameters<typeof createTcpServer>[1]): Promise<number> {
  const server = createTcpServer({ noDelay: true }, socket => {
    socket.on('error', () => undefined);
    onConnection?.(socket);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
