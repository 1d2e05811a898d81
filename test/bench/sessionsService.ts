import { fork, type ChildProcess } from 'node:child_process';
import type { SessionControl } from '../../src/ssm/sessionControl';
import type { PeerRequest, PeerTicket } from './sessionsPeer';

export type Service = 'echo' | 'source' | 'sink';
type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

/** The service: `runPeer` in a process of its own. */
export class Peer {
  readonly #child: ChildProcess;
  readonly #answers = new Map<number, (ticket: PeerTicket | undefined) => void>();
  #ids = 0;
  echoUrl = '';

  /** `program` calls `runPeer` when its argument is `peer`. */
  constructor(program: string) {
    this.#child = fork(program, ['peer'], { execArgv: [] });
  }

  async ready(): Promise<this> {
    await new Promise<void>(resolve =>
      this.#child.on(
        'message',
        (message: { ready?: true; echoUrl?: string; id?: number; ticket?: PeerTicket }) => {
          if (message.ready) {
            this.echoUrl = message.echoUrl!;
            resolve();
          } else this.#answers.get(message.id!)?.(message.ticket);
        },
      ),
    );
    return this;
  }

  call(request: WithoutId<PeerRequest>): Promise<PeerTicket | undefined> {
    const id = ++this.#ids;
    return new Promise(resolve => {
      this.#answers.set(id, resolve);
      this.#child.send({ ...request, id });
    });
  }

  async session(service: Service, paced: boolean, localPort = 0): Promise<PeerTicket> {
    const ticket = await this.call({ call: 'create', service, paced, localPort });
    if (ticket === undefined) throw new Error('the peer created no session');
    return ticket;
  }

  async control(service: Service, paced: boolean): Promise<SessionControl> {
    const ticket = await this.session(service, paced);
    const { sessionId } = ticket;
    return {
      ticket,
      targetId: 'i-060ee0879f3ec4eb7',
      resume: () => this.call({ call: 'resume', sessionId }),
      terminate: async () => {
        await this.call({ call: 'terminate', sessionId });
      },
      signUpgrade: async () => ({}),
    };
  }

  stop(): void {
    this.#child.disconnect();
  }
}
