import type { Clock } from '../../base/clock';
import type { Log } from '../../base/log';
import type { SandboxSession } from '../sessions/sessionRegistry';
import type { AgentInstance } from './agentInstance';
import { UNPACED, type AgentPacing } from './agentPacing';
import type { AgentScript } from './agentScript';
import type { DecryptDataKey } from './agentHandshake';
import { AgentSession, type AgentLink } from './agentSession';
import { InstanceHome } from './instanceHome';

export interface AgentHostDependencies {
  /** The machine a session runs on; `undefined` when its agent is not there. */
  readonly instances: (instanceId: string) => AgentInstance | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** KMS Decrypt with the node's own role. Absent: every KMS handshake fails. */
  readonly decryptDataKey?: DecryptDataKey;
  /** Default `UNPACED`. */
  readonly pacing?: AgentPacing;
}

/** The agents of all pretend instances: starts one session worker per session and outlives none of them. */
export class AgentHost {
  readonly #deps: AgentHostDependencies;
  readonly #sessions = new Set<AgentSession>();
  readonly #homes = new Map<string, InstanceHome>();
  #disposed = false;

  constructor(deps: AgentHostDependencies) {
    this.#deps = deps;
  }

  /**
   * Begins a session on its instance. Frames go out through `link` at once.
   * `undefined` when the instance has no agent that listens.
   */
  start(session: SandboxSession, link: AgentLink, script: AgentScript = {}): AgentSession | undefined {
    const instance = this.#deps.instances(session.instanceId);
    if (instance === undefined || this.#disposed) return undefined;
    const worker = new AgentSession(session, instance, link, script, {
      clock: this.#deps.clock,
      log: this.#deps.log,
      pacing: this.#deps.pacing ?? UNPACED,
      home: () => this.#homeOf(instance),
      ...(this.#deps.decryptDataKey === undefined ? {} : { decryptDataKey: this.#deps.decryptDataKey }),
    });
    this.#sessions.add(worker);
    void worker.ended.then(() => this.#sessions.delete(worker));
    worker.start();
    return worker;
  }

  /** Ends every session and waits until none of their processes, connections and folders is left. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    await Promise.all([...this.#sessions].map(session => session.dispose()));
    for (const home of this.#homes.values()) home.dispose();
    this.#homes.clear();
  }

  #homeOf(instance: AgentInstance): InstanceHome {
    let home = this.#homes.get(instance.instanceId);
    if (home === undefined) {
      home = new InstanceHome(instance);
      this.#homes.set(instance.instanceId, home);
    }
    return home;
  }
}
