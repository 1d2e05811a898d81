import type { Clock } from '../../base/clock';
import type { Disposable } from '../../base/lifecycle';
import { DisposableStore } from '../../base/lifecycle';
import type { Log } from '../../base/log';
import {
  encodeClientMessage,
  FlagValue,
  MessageFlags,
  newMessageId,
  PayloadType,
  type ClientMessage,
} from '../../ssm/wire/clientMessage';
import type { SandboxSession } from '../sessions/sessionRegistry';
import { AgentChannel } from './agentChannel';
import { AgentHandshake, type DecryptDataKey, type HandshakeResult } from './agentHandshake';
import type { AgentInstance } from './agentInstance';
import { PACED, UNPACED, type AgentPacing } from './agentPacing';
import type { AgentScript } from './agentScript';
import { abilitiesOf, clientSpeaksMux, type AgentAbilities } from './agentVersion';
import { CommandWork } from './commandWork';
import type { InstanceHome } from './instanceHome';
import { MuxPortWork } from './muxPortWork';
import { OutputPump } from './outputPump';
import { resolveDestination } from './portDestination';
import type { SessionWork, WorkContext } from './sessionWork';
import { SinglePortWork } from './singlePortWork';
import { TerminalWork } from './terminalWork';

/** How long the agent waits for its last messages to be acknowledged. */
const CLOSE_WAIT_MS = 2_000;

/** The agent's way to the service. */
export interface AgentLink {
  /** One binary frame: stream data, acknowledgements and `agent_session_state`. */
  send(frame: Uint8Array): void;
  /** The agent is done with the session. `output` is what the user is to be told; empty: nothing. */
  end(result: { readonly output: string }): void;
}

export interface AgentSessionDependencies {
  readonly clock: Clock;
  readonly log: Log;
  readonly pacing: AgentPacing;
  /** Made when it is first asked for. */
  readonly home: () => InstanceHome;
  readonly decryptDataKey?: DecryptDataKey;
}

/** The worker of one session: channel, handshake, and the work that the session is for. */
export class AgentSession {
  readonly #session: SandboxSession;
  readonly #instance: AgentInstance;
  readonly #link: AgentLink;
  readonly #script: AgentScript;
  readonly #deps: AgentSessionDependencies;
  readonly #version: string;
  readonly #abilities: AgentAbilities;
  readonly #pacing: AgentPacing;
  readonly #channel: AgentChannel;
  readonly #owned = new DisposableStore();
  #handshake: AgentHandshake | undefined;
  #handshakeResult: HandshakeResult | undefined;
  #pump: OutputPump | undefined;
  #work: SessionWork | undefined;
  #discardEarly = 0;
  #finishing = false;
  #gone: Promise<void> | undefined;
  #resolveEnded: () => void = () => {};
  /** Resolves when the worker and all it started are gone. */
  readonly ended: Promise<void>;

  constructor(
    session: SandboxSession,
    instance: AgentInstance,
    link: AgentLink,
    script: AgentScript,
    deps: AgentSessionDependencies,
  ) {
    this.#session = session;
    this.#instance = instance;
    this.#link = link;
    this.#script = script;
    this.#deps = deps;
    this.#version = script.version ?? instance.agentVersion;
    this.#abilities = abilitiesOf(this.#version);
    this.#pacing = script.paced === undefined ? deps.pacing : script.paced ? PACED : UNPACED;
    this.ended = new Promise(resolve => {
      this.#resolveEnded = resolve;
    });
    this.#channel = this.#owned.add(
      new AgentChannel({
        clock: deps.clock,
        log: deps.log,
        transmit: frame => link.send(frame),
        take: message => this.#take(message),
        acknowledgesDuplicates: this.#abilities.acknowledgesDuplicates,
        resendPollMs: script.resendPollMs,
      }),
    );
  }

  start(): void {
    this.#sendState('Connected');
    const { sessionType, preferences } = this.#session.document;
    const keyId = this.#script.kms?.keyId ?? preferences.kmsKeyId;
    const kms =
      keyId === undefined || sessionType === 'Port'
        ? undefined
        : {
            keyId,
            challenge: this.#script.kms?.challenge ?? this.#abilities.kmsChallenge,
            requireChallenge: this.#script.kms?.requireChallenge ?? false,
          };
    const shakes = sessionType === 'Port' || sessionType === 'NonInteractiveCommands' || kms !== undefined;
    if (!shakes) {
      this.#begin({ clientVersion: '' });
      return;
    }
    this.#handshake = this.#owned.add(
      new AgentHandshake({
        session: this.#session,
        agentVersion: this.#version,
        ...(kms === undefined ? {} : { kms }),
        decryptDataKey: this.#deps.decryptDataKey,
        clock: this.#deps.clock,
        send: (payloadType, payload) => this.#channel.send(payloadType, payload),
        onComplete: result => {
          this.#discardEarly = this.#script.discardEarlyMessages ?? 0;
          this.#begin(result);
        },
        onFail: text => this.#finish(text),
      }),
    );
    this.#handshake.begin();
  }

  /** A frame from the service. */
  receive(frame: Uint8Array): void {
    this.#channel.receive(frame);
  }

  /** The service has ended the session: nothing more is sent. Resolves when everything is gone. */
  dispose(): Promise<void> {
    this.#finishing = true;
    this.#gone ??= this.#leave();
    return this.#gone;
  }

  #begin(handshake: HandshakeResult): void {
    this.#handshakeResult = handshake;
    const { sessionType, properties } = this.#session.document;
    const { cipher } = handshake;
    // Separated output is the one path without the sleep (protocol notes, section 14.2).
    const separated = properties['separateOutputStream']?.toLowerCase() === 'true';
    this.#pump = this.#owned.add(
      new OutputPump({
        channel: this.#channel,
        clock: this.#deps.clock,
        sleepMs: separated ? 0 : this.#pacing.messageSleepMs,
        wholeCharacters: sessionType !== 'Port',
        encrypt: cipher === undefined ? undefined : plaintext => cipher.encrypt(plaintext),
      }),
    );
    const context: WorkContext = {
      session: this.#session,
      instance: this.#instance,
      home: this.#deps.home,
      abilities: this.#abilities,
      clientVersion: handshake.clientVersion,
      channel: this.#channel,
      pump: this.#pump,
      pacing: this.#pacing,
      script: this.#script,
      clock: this.#deps.clock,
      log: this.#deps.log,
      finish: output => this.#finish(output),
    };
    this.#work = this.#workFor(context);
    this.#work?.start();
  }

  /** `undefined` when the session ends before its work begins. */
  #workFor(context: WorkContext): SessionWork | undefined {
    const { sessionType, properties } = this.#session.document;
    switch (sessionType) {
      case 'Standard_Stream':
        return new TerminalWork(context);
      case 'InteractiveCommands':
        return new TerminalWork(context, properties['command'] ?? '');
      case 'NonInteractiveCommands':
        return new CommandWork(context);
      case 'Port': {
        const found = resolveDestination(properties, this.#instance, this.#abilities);
        if ('refusal' in found) {
          this.#finish(found.refusal);
          return undefined;
        }
        if (properties['type'] !== 'LocalPortForwarding')
          return new SinglePortWork(context, found.destination, 'raw');
        return this.#abilities.mux && clientSpeaksMux(context.clientVersion)
          ? new MuxPortWork(context, found.destination)
          : new SinglePortWork(context, found.destination, 'basic');
      }
    }
  }

  #take(message: ClientMessage): 'taken' | 'notReady' {
    if (this.#finishing) return 'taken';
    const { payloadType, payload } = message;
    if (payloadType === PayloadType.HandshakeResponse || payloadType === PayloadType.EncChallengeResponse) {
      this.#handshake?.take(payloadType, payload);
      return 'taken';
    }
    // Before its own flag is set the agent acknowledges and throws away (protocol notes, section 4.2).
    if (this.#handshakeResult === undefined) return 'taken';
    if (this.#discardEarly > 0) {
      this.#discardEarly -= 1;
      return 'taken';
    }
    if (payloadType === PayloadType.Flag && this.#abilities.terminateFlag && payload.length === 4) {
      if (Buffer.from(payload).readUInt32BE() === FlagValue.TerminateSession) {
        // After the flag itself has been acknowledged.
        queueMicrotask(() => void this.#end(''));
        return 'taken';
      }
    }
    const { cipher } = this.#handshakeResult;
    if (payloadType !== PayloadType.Output || cipher === undefined) {
      return this.#work?.take(payloadType, payload) ?? 'notReady';
    }
    const plaintext = cipher.decrypt(payload);
    if (plaintext === undefined) {
      this.#deps.log.warn('agent: message cannot be decrypted', message.sequenceNumber);
      return 'taken';
    }
    return this.#work?.take(payloadType, plaintext) ?? 'notReady';
  }

  /** The work is over: what it wrote goes out first. */
  #finish(output = ''): void {
    if (this.#finishing) return;
    this.#finishing = true;
    void this.#drained().then(() => this.#end(output));
  }

  /** Waits for the pump without a limit, for the last acknowledgements no longer than the agent does. */
  async #drained(): Promise<void> {
    const pump = this.#pump;
    if (pump !== undefined) await this.#until(() => pump.idle, pump.onDidDrain);
    if (this.#channel.unacknowledged === 0) return;
    let timeout: Disposable | undefined;
    await Promise.race([
      this.#until(() => this.#channel.unacknowledged === 0, this.#channel.onDidDrain),
      new Promise<void>(resolve => {
        timeout = this.#owned.add(this.#deps.clock.schedule(CLOSE_WAIT_MS, resolve));
      }),
    ]);
    timeout?.dispose();
  }

  #until(holds: () => boolean, changed: (listener: () => void) => Disposable): Promise<void> {
    return new Promise(resolve => {
      if (holds()) return resolve();
      const subscription = this.#owned.add(
        changed(() => {
          if (!holds()) return;
          subscription.dispose();
          resolve();
        }),
      );
    });
  }

  async #end(output: string): Promise<void> {
    if (this.#gone !== undefined) return;
    this.#finishing = true;
    this.#sendState('Terminating');
    this.#gone = this.#leave();
    await this.#gone;
    this.#link.end({ output });
  }

  async #leave(): Promise<void> {
    this.#owned.dispose();
    await this.#work?.stop();
    this.#resolveEnded();
  }

  #sendState(SessionState: 'Connected' | 'Terminating'): void {
    this.#link.send(
      encodeClientMessage({
        messageType: 'agent_session_state',
        schemaVersion: 1,
        createdDate: this.#deps.clock.now(),
        sequenceNumber: 0,
        flags: MessageFlags.SynFin,
        messageId: newMessageId(),
        payloadType: PayloadType.None,
        payload: Buffer.from(JSON.stringify({ SchemaVersion: 1, SessionState, SessionId: this.#session.id })),
      }),
    );
  }
}
