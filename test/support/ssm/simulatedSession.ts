import { silentLog } from '../../../src/base/log';
import type { CloseReason } from '../../../src/ssm/closeReason';
import type { PhaseChange } from '../../../src/ssm/sessionPhase';
import { ShellSession } from '../../../src/ssm/shellSession';
import { PayloadType } from '../../../src/ssm/wire/clientMessage';
import { NO_FAULTS, SimulatedService, type FaultSchedule } from './simulatedService';
import { TestAgent } from './testAgent';
import { TestClock } from './testClock';

/** A shell session without handshake in memory, with everything it did. */
export class SimulatedSession {
  readonly clock = new TestClock();
  readonly service: SimulatedService;
  readonly agent: TestAgent;
  readonly phases: PhaseChange[] = [];
  readonly closes: CloseReason[] = [];
  output = '';
  typed = '';
  /** While false the agent takes nothing and says nothing. */
  agentLives = true;
  #session: ShellSession | undefined;

  constructor(faults: Partial<FaultSchedule> = {}) {
    this.service = new SimulatedService(this.clock, { ...NO_FAULTS, ...faults });
    this.agent = new TestAgent({
      clock: this.clock,
      transmit: frame => {
        if (this.agentLives) this.service.sendToClient(frame);
      },
      onMessage: (payloadType, payload) => {
        if (payloadType === PayloadType.Output) this.typed += Buffer.from(payload).toString();
      },
    });
    this.service.onFrameFromClient = frame => {
      if (this.agentLives) this.agent.receive(frame);
    };
    this.service.onFirstOpen = () => this.agent.write(Buffer.from('$ '));
  }

  get session(): ShellSession {
    if (!this.#session) {
      this.#session = new ShellSession(this.service.control(), {
        connect: this.service.connect,
        clock: this.clock,
        log: silentLog,
      });
      this.#session.onDidChangePhase(change => this.phases.push(change));
      this.#session.onDidClose(reason => this.closes.push(reason));
      this.#session.onDidOutput(data => (this.output += Buffer.from(data).toString()));
    }
    return this.#session;
  }

  /** Opens the session; outages are counted from its end. */
  async open(): Promise<this> {
    const opening = this.session.open({ cols: 80, rows: 24 });
    await this.clock.advance(1000);
    await opening;
    this.service.beginOutages();
    return this;
  }

  get phaseNames(): string[] {
    return this.phases.map(({ phase }) => phase);
  }
}
