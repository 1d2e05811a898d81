import type { CallOptions } from '../base/cancellation';
import { AppError, isAppError } from '../base/errors';
import type { Log } from '../base/log';
import type { Endpoints } from '../access/profile';
import type { AwsClients, ClientScope } from './clients';
import type { CredentialSource, RoleCredential } from './credential';
import { checkStreamUrl } from './streamEndpoint';
import { signUpgrade } from './upgradeSignature';

export interface StartSessionInput {
  readonly instanceId: string;
  /** The account's standard shell when absent. */
  readonly documentName?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  /** Stands in CloudTrail and in the session's history; cut at 256 characters. */
  readonly reason?: string;
}

/** What the data channel needs. The token is good for one opening and a short time. */
export interface StartedSession {
  readonly sessionId: string;
  readonly streamUrl: string;
  readonly token: string;
}

/** AWS's limit on StartSession's `Reason`. */
const REASON_LENGTH = 256;

/** Session Manager's control calls as one role in one region. */
export class SessionApi {
  readonly #scope: ClientScope & { readonly credentials: CredentialSource };
  /** What the last call was signed with. */
  #lastUsed: RoleCredential | undefined;
  readonly #clients: AwsClients;
  readonly #log: Log;

  constructor(deps: {
    readonly credentials: CredentialSource;
    readonly region: string;
    readonly endpoints?: Endpoints | undefined;
    readonly clients: AwsClients;
    readonly log: Log;
  }) {
    const { credentials, region, endpoints } = deps;
    this.#scope = {
      credentials: async refused => (this.#lastUsed = await credentials(refused)),
      region,
      endpoints,
    };
    this.#clients = deps.clients;
    this.#log = deps.log;
  }

  /**
   * Throws `AppError`: `access-denied` (details: principal, action, resource, reason), `target-not-connected`, `target-not-found`,
   * `document-invalid`, `throttled`, `clock-skew`, `credentials-expired`, `endpoint-refused`, `network`, `service-fault`, `cancelled`.
   */
  async start(input: StartSessionInput, { signal }: CallOptions = {}): Promise<StartedSession> {
    const { instanceId, documentName, parameters, reason } = input;
    const { sdk, client } = await this.#clients.ssm(this.#scope);
    const command = new sdk.StartSessionCommand({
      Target: instanceId,
      ...(documentName === undefined ? {} : { DocumentName: documentName }),
      ...(parameters === undefined ? {} : { Parameters: listed(parameters) }),
      ...(reason ? { Reason: shorten(reason) } : {}),
    });
    const answer = await this.#clients.call('StartSession', send => client.send(command, send), { signal });
    const session = toSession(answer);
    if (!session) throw new AppError('service-fault', 'StartSession: AWS answered without a session.');
    this.#log.info(`Session ${session.sessionId} on ${instanceId} started.`);
    try {
      this.checkStreamUrl(session.streamUrl);
    } catch (error) {
      await this.terminate(session.sessionId, { signal });
      throw error;
    }
    return session;
  }

  /** A fresh token for a session that lost its channel; undefined when the session is over. Throws as `start`. */
  async resume(sessionId: string, { signal }: CallOptions = {}): Promise<StartedSession | undefined> {
    const { sdk, client } = await this.#clients.ssm(this.#scope);
    const command = new sdk.ResumeSessionCommand({ SessionId: sessionId });
    try {
      const answer = await this.#clients.call('ResumeSession', send => client.send(command, send), {
        signal,
      });
      const session = toSession(answer);
      if (session) this.checkStreamUrl(session.streamUrl);
      return session;
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }

  /** Resolves also when it is over already. */
  async terminate(sessionId: string, { signal }: CallOptions = {}): Promise<void> {
    const { sdk, client } = await this.#clients.ssm({
      ...this.#scope,
      credentials: refused => this.#toEnd(refused),
    });
    const command = new sdk.TerminateSessionCommand({ SessionId: sessionId });
    try {
      await this.#clients.call('TerminateSession', send => client.send(command, send), { signal });
      this.#log.info(`Session ${sessionId} terminated.`);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  /**
   * The headers that sign the WebSocket upgrade of a stream URL (SigV4, service `ssmmessages`); none for a URL that is signed
   * already. Throws `AppError`: `endpoint-refused`, and what the credentials' source throws.
   */
  async signUpgrade(streamUrl: string): Promise<Record<string, string>> {
    this.checkStreamUrl(streamUrl);
    const credential = await this.#scope.credentials();
    const signingAt = this.#clients.clock.now() + (this.#clients.clockOffsetMs ?? 0);
    return await signUpgrade(streamUrl, { credential, region: this.#scope.region, signingAt });
  }

  /** The SSM endpoint that is talked to, resolved, for a program that is to resume and end the session in our stead. */
  async endpointUrl(): Promise<string> {
    const { client } = await this.#clients.ssm(this.#scope);
    return this.#clients.addresses.resolved('SSM', this.#scope, client.config.endpointProvider);
  }

  /** Throws `AppError('endpoint-refused')` for a stream URL that does not lead to this region's gateway. */
  checkStreamUrl(streamUrl: string): void {
    const { endpoints, region } = this.#scope;
    const configured = (['SSM', 'SSMMESSAGES'] as const).flatMap(
      service => this.#clients.addresses.configured(service, endpoints) ?? [],
    );
    checkStreamUrl(streamUrl, region, configured);
  }

  /** A data key under the account's session key, for encrypted sessions. Throws `kms-denied`, else as `start`. */
  async generateDataKey(
    keyId: string,
    encryptionContext: Readonly<Record<string, string>>,
    { signal }: CallOptions = {},
  ): Promise<{ readonly plaintext: Uint8Array; readonly ciphertext: Uint8Array }> {
    const { sdk, client } = await this.#clients.kms(this.#scope);
    const command = new sdk.GenerateDataKeyCommand({
      KeyId: keyId,
      NumberOfBytes: DATA_KEY_BYTES,
      EncryptionContext: { ...encryptionContext },
    });
    const { Plaintext, CiphertextBlob } = await this.#clients.call(
      'GenerateDataKey',
      send => client.send(command, send),
      { signal, codes: KMS_CODES },
    );
    if (!Plaintext || !CiphertextBlob)
      throw new AppError('service-fault', 'GenerateDataKey: AWS answered without a key.');
    return { plaintext: Plaintext, ciphertext: CiphertextBlob };
  }

  /** A session is often ended because its grant is: no new credentials then, but those at hand serve until they run out. */
  async #toEnd(refused?: RoleCredential): Promise<RoleCredential> {
    const last = this.#lastUsed;
    if (last && !refused && last.expiresAt > this.#clients.clock.now()) return last;
    return await this.#scope.credentials(refused);
  }
}

/** Half of it encrypts, half decrypts: two AES-256 keys. */
const DATA_KEY_BYTES = 64;

const KMS_CODES = {
  AccessDeniedException: 'kms-denied',
  DisabledException: 'kms-denied',
  InvalidKeyUsageException: 'kms-denied',
  KMSInvalidStateException: 'kms-denied',
  NotFoundException: 'kms-denied',
} as const;

function toSession(answer: {
  SessionId?: string | undefined;
  StreamUrl?: string | undefined;
  TokenValue?: string | undefined;
}): StartedSession | undefined {
  const { SessionId: sessionId, StreamUrl: streamUrl, TokenValue: token } = answer;
  // A session that has ended is resumed with an answer without token.
  return sessionId && streamUrl && token ? { sessionId, streamUrl, token } : undefined;
}

function listed(parameters: Readonly<Record<string, string>>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]]));
}

/** Cuts between characters, never inside one. */
function shorten(reason: string): string {
  if (reason.length <= REASON_LENGTH) return reason;
  let kept = '';
  for (const character of reason) {
    if (kept.length + character.length > REASON_LENGTH - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

function isGone(error: unknown): boolean {
  return isAppError(error) && error.details.awsCode === 'DoesNotExistException';
}
