import type { Clock } from '../../base/clock';
import { Emitter, type Event } from '../../base/events';
import { generatedInstances, namedInstances } from './fleet';
import { isConnected, type SandboxInstance } from './instance';
import { ACCOUNTS, type Account } from './organization';

export interface InstanceChange {
  readonly before: SandboxInstance;
  readonly after: SandboxInstance;
}

/** All instances of the world, by id and by account and region. */
export class Instances {
  readonly #clock: Clock;
  readonly #byId = new Map<string, SandboxInstance>();
  /** Ids in a stable order, so that paging does not skip. */
  readonly #byPlace = new Map<string, string[]>();
  readonly #onDidChange = new Emitter<InstanceChange>();

  readonly onDidChange: Event<InstanceChange> = this.#onDidChange.event;

  /** `fleetSize` instances are generated beside the named ones, spread over the accounts. */
  constructor({
    clock,
    fleetSize,
    accounts = ACCOUNTS,
  }: {
    clock: Clock;
    fleetSize: number;
    accounts?: readonly Account[];
  }) {
    this.#clock = clock;
    const now = clock.now();
    for (const instance of [...namedInstances(now), ...generatedInstances(fleetSize, now, accounts)]) {
      this.#byId.set(instance.id, instance);
      const place = `${instance.accountId}/${instance.region}`;
      const ids = this.#byPlace.get(place) ?? [];
      ids.push(instance.id);
      this.#byPlace.set(place, ids);
    }
  }

  find(id: string): SandboxInstance | undefined {
    const instance = this.#byId.get(id);
    return instance === undefined ? undefined : this.#fresh(instance);
  }

  /** As seen from one account and region, which is all that a call to AWS can see. */
  findIn(accountId: string, region: string, id: string): SandboxInstance | undefined {
    const instance = this.find(id);
    return instance?.accountId === accountId && instance.region === region ? instance : undefined;
  }

  list(accountId: string, region: string): readonly SandboxInstance[] {
    const ids = this.#byPlace.get(`${accountId}/${region}`) ?? [];
    return ids.flatMap(id => this.find(id) ?? []);
  }

  get count(): number {
    return this.#byId.size;
  }

  /** Back door. A stopped instance loses its agent, a started one finds it again, unless `ping` says otherwise. */
  change(
    id: string,
    patch: { state?: SandboxInstance['state']; ping?: 'Online' | 'ConnectionLost'; agentVersion?: string },
  ): SandboxInstance | undefined {
    const before = this.find(id);
    if (before === undefined) return undefined;
    const state = patch.state ?? before.state;
    const implied = patch.state === undefined ? undefined : state === 'running' ? 'Online' : 'ConnectionLost';
    const pingStatus = patch.ping ?? implied ?? before.ssm?.pingStatus;
    const after: SandboxInstance = {
      ...before,
      state,
      ...(before.ssm === undefined || pingStatus === undefined
        ? {}
        : {
            ssm: {
              ...before.ssm,
              pingStatus,
              lastPingAt: before.ssm.pingStatus === 'Online' ? this.#clock.now() : before.ssm.lastPingAt,
              agentVersion: patch.agentVersion ?? before.ssm.agentVersion,
            },
          }),
    };
    this.#byId.set(id, after);
    this.#onDidChange.fire({ before, after });
    return this.#fresh(after);
  }

  /** An agent that is connected pinged just now, whenever one asks. */
  #fresh(instance: SandboxInstance): SandboxInstance {
    if (instance.ssm === undefined || !isConnected(instance)) return instance;
    return { ...instance, ssm: { ...instance.ssm, lastPingAt: this.#clock.now() } };
  }
}
