import { AppError } from '../base/errors';
import type { CallOptions } from '../base/cancellation';
import type { Disposable } from '../base/lifecycle';
import { AgentSession } from './agentSession';
import { AgentFeature, isNewerThan } from './agentVersion';
import type { CloseReason } from './closeReason';
import type { SessionFacts } from './handshake';
import type { LocalConnection } from './localConnection';
import { MuxContent } from './muxContent';
import type { PortContent } from './portContent';
import type { SessionControl } from './sessionControl';
import type { SessionDeps } from './sessionDeps';
import type { SessionPhase } from './sessionPhase';
import { SingleContent } from './singleContent';
import { FlagValue, PayloadType } from './wire/clientMessage';
import { decodeFlag, encodeFlag } from './wire/payloads';

/** The property that distinguishes port forwarding from the SSH document. */
const FORWARDING_TYPE = 'LocalPortForwarding';

export interface LaneOwner {
  onConnectionClosed(connection: LocalConnection, failure?: string): void;
}

/** One port session and the connections it carries, in the mode the agent has chosen too. */
export class PortLane implements Disposable {
  readonly #session: AgentSession;
  readonly #deps: SessionDeps;
  readonly #owner: LaneOwner;
  #content: PortContent | undefined;
  #spent = false;

  constructor(control: SessionControl, deps: SessionDeps, owner: LaneOwner) {
    this.#deps = deps;
    this.#owner = owner;
    this.#session = new AgentSession(control, deps, {
      onReady: facts => this.#onReady(facts),
      onPayload: (payloadType, payload) => this.#onPayload(payloadType, payload),
      readOutput: (target, offset) => this.#content?.readOutput(target, offset) ?? 0,
      onFlushed: () => this.#content?.onFlushed(),
      blankOutput: () => this.#content?.blankOutput,
    });
    this.#session.onDidClose(() => this.#content?.dispose());
  }

  get onDidChangePhase(): AgentSession['onDidChangePhase'] {
    return this.#session.onDidChangePhase;
  }

  get onDidClose(): AgentSession['onDidClose'] {
    return this.#session.onDidClose;
  }

  get phase(): SessionPhase {
    return this.#session.phase;
  }

  get closeReason(): CloseReason | undefined {
    return this.#session.closeReason;
  }

  get customerMessage(): string {
    return this.#session.customerMessage;
  }

  get mode(): PortContent['mode'] | undefined {
    return this.#content?.mode;
  }

  get connections(): number {
    return this.#content?.connections ?? 0;
  }

  /** A raw session carries one connection and ends with it. */
  get isTaken(): boolean {
    return this.#content?.mode === 'raw' && this.#content.connections > 0;
  }

  /** The session ended because its only connection did. */
  get isSpent(): boolean {
    return this.#spent;
  }

  start(options?: CallOptions): Promise<void> {
    return this.#session.start(options);
  }

  /** Only once started. */
  attach(connection: LocalConnection): void {
    if (!this.#content) throw new AppError('internal', 'A lane takes connections once it has started');
    this.#content.attach(connection);
  }

  retryNow(): void {
    this.#session.retryNow();
  }

  close(reason: CloseReason): Promise<void> {
    return this.#session.close(reason);
  }

  dispose(): void {
    this.#session.dispose();
  }

  /** The agent decides by the same facts and nobody says so: the rules have to agree (protocol notes, section 9.1). */
  #onReady(facts: SessionFacts): void {
    if (facts.sessionType !== 'Port')
      throw new AppError('document-invalid', 'The document does not start a port session.');
    const host = {
      clock: this.#deps.clock,
      poke: () => this.#session.poke(),
      sendFlag: (value: number) => this.#session.sendControl(PayloadType.Flag, encodeFlag(value)),
      setReading: (reading: boolean) => this.#session.setReading(reading),
      onConnectionClosed: (connection: LocalConnection, failure?: string) =>
        this.#owner.onConnectionClosed(connection, failure),
      onSpent: () => {
        this.#spent = true;
        void this.#session.close({ kind: 'remote-exit' });
      },
    };
    if (facts.properties.type !== FORWARDING_TYPE) this.#content = new SingleContent('raw', host);
    else if (isNewerThan(facts.agentVersion, AgentFeature.mux)) this.#content = new MuxContent(host);
    else this.#content = new SingleContent('basic', host);
  }

  #onPayload(payloadType: number, payload: Uint8Array): void {
    if (payloadType === PayloadType.Output) this.#content?.onOutput(payload);
    else if (payloadType === PayloadType.Flag && decodeFlag(payload) === FlagValue.ConnectToPortError)
      this.#content?.onConnectError();
  }
}
