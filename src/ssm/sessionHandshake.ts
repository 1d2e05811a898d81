import { AppError } from '../base/errors';
import {
  HANDSHAKE_START,
  reduceHandshake,
  type HandshakeEvent,
  type HandshakeState,
  type SessionFacts,
} from './handshake';
import { SessionCipher } from './sessionCipher';
import type { SessionControl } from './sessionControl';
import { PayloadType } from './wire/clientMessage';
import {
  decodeHandshakeComplete,
  decodeHandshakeRequest,
  encodeHandshakeResponse,
} from './wire/handshakePayloads';
import { decodeChallenge, encodeChallenge } from './wire/payloads';

/** The session whose beginning it is. */
export interface HandshakeOwner {
  /** Queues a message that is not Output. */
  send(payloadType: number, payload: Uint8Array): void;
  /** The agent has begun one, or will not. */
  onBegun(): void;
  /** Data may flow. `handshaken` false: there was no handshake. */
  onSettled(facts: SessionFacts, handshaken: boolean): void;
  /** The session cannot go on. */
  onFailed(error: AppError): void;
}

/** Leads one session through its handshake, and keeps the keys that come of it. */
export class SessionHandshake {
  readonly #control: SessionControl;
  readonly #clientVersion: string;
  readonly #owner: HandshakeOwner;
  #state: HandshakeState = HANDSHAKE_START;
  #cipher: SessionCipher | undefined;
  #customerMessage = '';

  constructor(control: SessionControl, clientVersion: string, owner: HandshakeOwner) {
    this.#control = control;
    this.#clientVersion = clientVersion;
    this.#owner = owner;
  }

  /** Nothing was heard of it yet. */
  get isAwaited(): boolean {
    return this.#state.stage === 'waiting';
  }

  /** Empty until it is known, and without a handshake. */
  get agentVersion(): string {
    return 'facts' in this.#state ? this.#state.facts.agentVersion : '';
  }

  /** Text the agent wants the user to read, from the end of the handshake. */
  get customerMessage(): string {
    return this.#customerMessage;
  }

  /** True when the message was one of the handshake. Throws `AppError` and `WireError`. */
  take(payloadType: number, payload: Uint8Array): boolean {
    switch (payloadType) {
      case PayloadType.HandshakeRequest:
        this.#advance({ kind: 'request', request: decodeHandshakeRequest(payload) });
        return true;
      case PayloadType.EncChallengeRequest:
        this.#answerChallenge(payload);
        return true;
      case PayloadType.HandshakeComplete:
        this.#customerMessage = decodeHandshakeComplete(payload).customerMessage;
        this.#advance({ kind: 'complete' });
        return true;
      default:
        return false;
    }
  }

  /** Everything points to there being none. */
  skip(): void {
    this.#advance({ kind: 'no-handshake' });
  }

  /** What the agent has encrypted, in the clear. Throws `WireError`. */
  open(payloadType: number, payload: Uint8Array): Uint8Array {
    const encrypted =
      payloadType === PayloadType.Output ||
      payloadType === PayloadType.StdErr ||
      payloadType === PayloadType.ExitCode;
    return this.#cipher && encrypted ? this.#cipher.decrypt(payload) : payload;
  }

  /** What seals Output that is to be sent; undefined where it goes as it is. */
  get cipher(): Pick<SessionCipher, 'encrypt'> | undefined {
    return this.#cipher;
  }

  #advance(event: HandshakeEvent): void {
    const before = this.#state;
    const context = { sessionId: this.#control.ticket.sessionId, targetId: this.#control.targetId };
    const { state, response } = reduceHandshake(before, event, context);
    if (state === before) return;
    this.#state = state;
    this.#owner.onBegun();
    if (response)
      this.#owner.send(PayloadType.HandshakeResponse, encodeHandshakeResponse(this.#clientVersion, response));
    switch (state.stage) {
      case 'waiting':
        break;
      case 'needs-key':
        void this.#fetchKey(state.key.keyId, state.key.encryptionContext);
        break;
      case 'answered':
        if (state.dataKey) this.#cipher = new SessionCipher(state.dataKey);
        break;
      case 'settled':
        this.#owner.onSettled(state.facts, state.handshaken);
        break;
      case 'failed':
        this.#owner.onFailed(state.error);
    }
  }

  /** An answer that comes when the session is over moves nothing: what is sent then is dropped, and it has failed already. */
  async #fetchKey(keyId: string, encryptionContext: Readonly<Record<string, string>>): Promise<void> {
    try {
      if (!this.#control.generateDataKey)
        throw new AppError('handshake-failed', 'The session is encrypted and no KMS client is at hand.');
      const key = await this.#control.generateDataKey(keyId, encryptionContext);
      this.#advance({ kind: 'key', key });
    } catch (error) {
      this.#advance({ kind: 'key-refused', error });
    }
  }

  #answerChallenge(payload: Uint8Array): void {
    if (!this.#cipher)
      throw new AppError('handshake-failed', 'The agent tests an encryption that was not agreed.');
    const challenge = this.#cipher.decrypt(decodeChallenge(payload));
    this.#owner.send(PayloadType.EncChallengeResponse, encodeChallenge(this.#cipher.encrypt(challenge)));
  }
}
