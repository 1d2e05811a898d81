import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../base/clock';
import type { Disposable } from '../../base/lifecycle';
import { PayloadType } from '../../ssm/wire/clientMessage';
import type { SandboxSession } from '../sessions/sessionRegistry';
import { clientSeparatesOutput } from './agentVersion';
import { SessionCipher } from './sessionCipher';

/** KMS Decrypt as the node's role may call it: the plaintext, or `undefined` when KMS refuses. */
export type DecryptDataKey = (
  ciphertext: Uint8Array,
  encryptionContext: Readonly<Record<string, string>>,
) => Uint8Array | undefined;

const TIMEOUT_MS = 15_000;
const CHALLENGE_BYTES = 64;
const RANDOM_CHALLENGE_BYTES = 16;
const ACTION_SUCCESS = 1;

export interface HandshakeOptions {
  readonly session: SandboxSession;
  readonly agentVersion: string;
  readonly kms?: { readonly keyId: string; readonly challenge: boolean; readonly requireChallenge: boolean };
  readonly decryptDataKey?: DecryptDataKey | undefined;
  readonly clock: Clock;
  readonly send: (payloadType: number, payload: Uint8Array) => void;
  readonly onComplete: (result: HandshakeResult) => void;
  /** Told to the user; the session ends. */
  readonly onFail: (text: string) => void;
}

export interface HandshakeResult {
  readonly clientVersion: string;
  readonly cipher?: SessionCipher;
}

/** The agent's side of the handshake (protocol notes, sections 4 and 7). */
export class AgentHandshake implements Disposable {
  readonly #options: HandshakeOptions;
  readonly #startedAt: number;
  /** In the encryption context, so that a recorded key cannot be played again. */
  readonly #randomChallenge: string | undefined;
  #timeout: Disposable | undefined;
  #clientVersion = '';
  #step: 'request' | 'response' | 'challenge' | 'done' = 'request';
  #cipher: SessionCipher | undefined;
  #challenge: Uint8Array = new Uint8Array(0);

  constructor(options: HandshakeOptions) {
    this.#options = options;
    this.#startedAt = options.clock.now();
    this.#randomChallenge = options.kms?.challenge
      ? randomBytes(RANDOM_CHALLENGE_BYTES).toString('base64')
      : undefined;
  }

  begin(): void {
    const { session, agentVersion, kms, clock } = this.#options;
    const { sessionType, properties } = session.document;
    const actions: unknown[] = [
      {
        ActionType: 'SessionType',
        ActionParameters: {
          SessionType: sessionType,
          Properties: sessionType === 'Port' ? properties : null,
        },
      },
    ];
    if (kms !== undefined) {
      actions.push({
        ActionType: 'KMSEncryption',
        ActionParameters: {
          KMSKeyId: kms.keyId,
          ...(this.#randomChallenge === undefined ? {} : { Challenge: this.#randomChallenge }),
        },
      });
    }
    this.#step = 'response';
    this.#timeout = clock.schedule(TIMEOUT_MS, () =>
      this.#fail('Handshake timed out. Please ensure that you have the latest version of the client.'),
    );
    this.#sendJson(PayloadType.HandshakeRequest, {
      AgentVersion: agentVersion,
      RequestedClientActions: actions,
    });
  }

  /** Takes handshake messages; others are not for it. */
  take(payloadType: number, payload: Uint8Array): void {
    if (payloadType === PayloadType.HandshakeResponse && this.#step === 'response') {
      this.#takeResponse(readJson(payload));
    } else if (payloadType === PayloadType.EncChallengeResponse && this.#step === 'challenge') {
      this.#takeChallenge(readJson(payload));
    }
  }

  dispose(): void {
    this.#timeout?.dispose();
  }

  #takeResponse(response: Record<string, unknown> | undefined): void {
    const actions = response?.['ProcessedClientActions'];
    const version = response?.['ClientVersion'];
    if (!Array.isArray(actions) || typeof version !== 'string') {
      return this.#fail('Handshake failed: the response cannot be read.');
    }
    this.#clientVersion = version;
    const answered = new Map<unknown, Record<string, unknown>>();
    for (const action of actions.filter(isObject)) answered.set(action['ActionType'], action);
    const expected = ['SessionType', ...(this.#options.kms === undefined ? [] : ['KMSEncryption'])];
    for (const type of expected) {
      const action = answered.get(type);
      if (action === undefined) return this.#fail(`Handshake failed: ${type} was not processed.`);
      if (action['ActionStatus'] !== ACTION_SUCCESS) {
        return this.#fail(
          `Handshake failed: ${type} has status ${String(action['ActionStatus'])}. ${textOf(action['Error'])}`.trim(),
        );
      }
    }
    if (this.#options.kms === undefined) return this.#complete();
    this.#takeDataKey(answered.get('KMSEncryption')?.['ActionResult']);
  }

  #takeDataKey(result: unknown): void {
    const { session, kms, decryptDataKey } = this.#options;
    const { KMSCipherTextKey: sealed, ChallengeAcknowledgement: acknowledged } = isObject(result)
      ? result
      : {};
    if (typeof sealed !== 'string') return this.#fail('Handshake failed: no data key was sent.');
    if (kms?.requireChallenge && acknowledged !== true) {
      return this.#fail('Handshake failed: the client does not answer the KMS challenge.');
    }
    const context: Record<string, string> = {
      'aws:ssm:SessionId': session.id,
      'aws:ssm:TargetId': session.instanceId,
    };
    if (acknowledged === true && this.#randomChallenge !== undefined) {
      context['aws:ssm:RandomChallenge'] = this.#randomChallenge;
    }
    const plaintext = decryptDataKey?.(Buffer.from(sealed, 'base64'), context);
    if (plaintext === undefined) {
      return this.#fail('Handshake failed: fetching data key failed: AccessDeniedException.');
    }
    try {
      this.#cipher = new SessionCipher(plaintext);
    } catch (failure) {
      if (!(failure instanceof RangeError)) throw failure;
      return this.#fail(`Handshake failed: ${failure.message}.`);
    }
    this.#challenge = randomBytes(CHALLENGE_BYTES);
    this.#step = 'challenge';
    this.#sendJson(PayloadType.EncChallengeRequest, {
      Challenge: Buffer.from(this.#cipher.encrypt(this.#challenge)).toString('base64'),
    });
  }

  #takeChallenge(response: Record<string, unknown> | undefined): void {
    const answer = response?.['Challenge'];
    const plain =
      typeof answer === 'string' ? this.#cipher?.decrypt(Buffer.from(answer, 'base64')) : undefined;
    if (plain?.length === this.#challenge.length && timingSafeEqual(plain, this.#challenge)) this.#complete();
    else this.#fail('Handshake failed: the encryption challenge was not answered.');
  }

  #complete(): void {
    const { session, clock } = this.#options;
    this.#step = 'done';
    this.dispose();
    const separates = session.document.properties['separateOutputStream']?.toLowerCase() === 'true';
    const outdated = separates && !clientSeparatesOutput(this.#clientVersion);
    this.#sendJson(PayloadType.HandshakeComplete, {
      HandshakeTimeToComplete: (clock.now() - this.#startedAt) * 1_000_000,
      CustomerMessage: outdated ? 'Please update session manager plugin to version 1.2.312.0 or later.' : '',
    });
    this.#options.onComplete({
      clientVersion: this.#clientVersion,
      ...(this.#cipher === undefined ? {} : { cipher: this.#cipher }),
    });
  }

  #fail(text: string): void {
    this.#step = 'done';
    this.dispose();
    this.#options.onFail(text);
  }

  #sendJson(payloadType: number, content: unknown): void {
    this.#options.send(payloadType, Buffer.from(JSON.stringify(content)));
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Clients put a text there; what else it may be is shown as it came. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
}

function readJson(payload: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(payload).toString('utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
