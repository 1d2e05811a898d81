import type { AccessBroker, BrokerReading } from '../../../src/access/broker';
import type { AccessTarget, BrokerId, Flow } from '../../../src/access/flow';
import {
  GrantLedger,
  type GrantProbe,
  type LedgerDeps,
  type LedgerStore,
  type LedgerTransition,
} from '../../../src/access/ledger';
import type { BrokerRef, RequestDraft } from '../../../src/access/request';
import { silentLog } from '../../../src/base/log';
import { FakeClock } from './fakeClock';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;

export const FRONT_END: AccessTarget = {
  id: 'acme:access_target:aws_sso_permission_set:frontend-ssh:latest',
  label: 'FrontEnd SSH',
  accountId: '123456789012',
  permissionSet: 'FrontEndSSHAccess',
  instanceTags: { Department: 'FrontEnd' },
  sessionDurationMs: 120 * MINUTE,
};

export const BACK_END: AccessTarget = {
  id: 'acme:access_target:aws_sso_permission_set:backend-ssh:latest',
  label: 'BackEnd SSH',
  accountId: '123456789012',
  permissionSet: 'BackEndSSHAccess',
  instanceTags: { Department: 'BackEnd' },
};

export const FLOW: Flow = {
  id: 'acme:flow:aws_sso:latest',
  broker: 'sym',
  label: 'AWS SSO Access',
  approvers: '#sym-requests',
  breakGlass: false,
  targets: [FRONT_END, BACK_END],
  fields: [
    { name: 'reason', label: 'Why do you need access?', type: 'string', required: true, visible: true },
    {
      name: 'duration',
      label: 'How long',
      type: 'duration',
      required: true,
      visible: true,
      allowedValues: ['30m', '1h'],
    },
  ],
};

export const DRAFT: RequestDraft = {
  flowId: FLOW.id,
  targetId: FRONT_END.id,
  values: { reason: 'checking the stuck deploy', duration: 1800 },
};

export class MemoryStore implements LedgerStore {
  /** JSON, as the editor's own storage keeps it. */
  text: string | undefined;
  saves = 0;

  load(): unknown {
    return this.text === undefined ? undefined : JSON.parse(this.text);
  }

  save(state: unknown): void {
    this.saves++;
    this.text = JSON.stringify(state);
  }
}

/** A broker that says what it is told to say. */
export class SaidBroker implements AccessBroker {
  readonly id: BrokerId = 'sym';
  readonly submitted: Parameters<AccessBroker['submit']>[0][] = [];
  readonly givenBack: BrokerRef[] = [];
  reads = 0;
  onSubmit: (request: Parameters<AccessBroker['submit']>[0]) => Promise<BrokerRef> = () =>
    Promise.resolve({ runId: `run-${this.submitted.length}`, eventId: `event-${this.submitted.length}` });
  onRead: (ref: BrokerRef) => Promise<BrokerReading> = () =>
    Promise.resolve({ phase: 'pending', rawStatus: 'requested' });
  onGiveBack: (ref: BrokerRef) => Promise<void> = () => Promise.resolve();

  submit(request: Parameters<AccessBroker['submit']>[0]): Promise<BrokerRef> {
    this.submitted.push(request);
    return this.onSubmit(request);
  }

  read(ref: BrokerRef): Promise<BrokerReading> {
    this.reads++;
    return this.onRead(ref);
  }

  giveBack(ref: BrokerRef): Promise<void> {
    this.givenBack.push(ref);
    return this.onGiveBack(ref);
  }

  says(phase: BrokerReading['phase'], more: Partial<BrokerReading> = {}): void {
    this.onRead = () => Promise.resolve({ phase, rawStatus: phase, ...more });
  }
}

export class SaidProbe implements GrantProbe {
  asked: AccessTarget[] = [];
  onProbe: (target: AccessTarget) => ReturnType<GrantProbe['probe']> = () =>
    Promise.resolve({ usable: false, problem: 'ForbiddenException: No access' });

  probe(target: AccessTarget): ReturnType<GrantProbe['probe']> {
    this.asked.push(target);
    return this.onProbe(target);
  }

  handsOut(expiresAt: () => number): void {
    this.onProbe = () => Promise.resolve({ usable: true, expiresAt: expiresAt() });
  }

  refuses(problem = 'ForbiddenException: No access'): void {
    this.onProbe = () => Promise.resolve({ usable: false, problem });
  }
}

/** A ledger with all its neighbours under control. */
export class LedgerWorld {
  readonly clock = new FakeClock();
  readonly store = new MemoryStore();
  readonly broker = new SaidBroker();
  readonly probe = new SaidProbe();
  readonly told: LedgerTransition[] = [];
  changes = 0;
  #ids = 0;

  /** A ledger over this world: a window. It tells into `told`. */
  open(more: Partial<LedgerDeps> = {}): GrantLedger {
    const ledger = new GrantLedger({
      brokers: new Map<BrokerId, AccessBroker>([['sym', this.broker]]),
      flows: () => [FLOW],
      probe: this.probe,
      clock: this.clock,
      store: this.store,
      log: silentLog,
      random: () => 0.5,
      newId: () => `00000000-0000-4000-8000-${String(++this.#ids).padStart(12, '0')}`,
      ...more,
    });
    ledger.onDidTransition(transition => this.told.push(transition));
    ledger.onDidChange(() => this.changes++);
    ledger.start();
    return ledger;
  }

  get kinds(): readonly string[] {
    return this.told.map(transition => transition.kind);
  }
}
