import { AppError, isAppError } from '../base/errors';
import type { DataKey } from './sessionControl';
import { ActionStatus, type HandshakeRequest, type ProcessedAction } from './wire/handshakePayloads';

/** What the agent told about the session. */
export interface SessionFacts {
  /** Empty for a session without a handshake. */
  readonly agentVersion: string;
  /** Undefined without a handshake; it is a shell or a command then. */
  readonly sessionType: SessionType | undefined;
  /** Of a Port session: the document's properties with parameters filled in. */
  readonly properties: Readonly<Record<string, string>>;
}

export type SessionType = 'Standard_Stream' | 'InteractiveCommands' | 'NonInteractiveCommands' | 'Port';

const SESSION_TYPES: ReadonlySet<string> = new Set([
  'Standard_Stream',
  'InteractiveCommands',
  'NonInteractiveCommands',
  'Port',
]);

/** A request for a KMS data key. */
export interface KeyRequest {
  readonly keyId: string;
  readonly encryptionContext: Readonly<Record<string, string>>;
}

/**
 * `waiting`: nothing heard yet. `needs-key`: the caller fetches a data key. `answered`: the agent's move.
 * `settled`: data may flow. `failed`: the session has to end.
 */
export type HandshakeState =
  | { readonly stage: 'waiting' }
  | {
      readonly stage: 'needs-key';
      readonly facts: SessionFacts;
      readonly key: KeyRequest;
      readonly challenged: boolean;
      readonly processed: readonly ProcessedAction[];
      /** Where the encryption action stood in the agent's list; answers keep its order. */
      readonly position: number;
    }
  | { readonly stage: 'answered'; readonly facts: SessionFacts; readonly dataKey?: Uint8Array }
  | { readonly stage: 'settled'; readonly facts: SessionFacts; readonly handshaken: boolean }
  | { readonly stage: 'failed'; readonly error: AppError };

export type HandshakeEvent =
  | { readonly kind: 'request'; readonly request: HandshakeRequest }
  | { readonly kind: 'key'; readonly key: DataKey }
  | { readonly kind: 'key-refused'; readonly error: unknown }
  | { readonly kind: 'complete' }
  /** Stream data came, or everything points to it, without a handshake. */
  | { readonly kind: 'no-handshake' };

export interface HandshakeStep {
  readonly state: HandshakeState;
  /** The handshake response to send. */
  readonly response?: readonly ProcessedAction[];
}

export interface HandshakeContext {
  readonly sessionId: string;
  readonly targetId: string;
}

export const HANDSHAKE_START: HandshakeState = { stage: 'waiting' };

const NO_FACTS: SessionFacts = { agentVersion: '', sessionType: undefined, properties: {} };

/** The client's side of the handshake (protocol notes, sections 4 and 7). Events that do not fit the stage change nothing. */
export function reduceHandshake(
  state: HandshakeState,
  event: HandshakeEvent,
  context: HandshakeContext,
): HandshakeStep {
  switch (event.kind) {
    case 'request':
      return state.stage === 'waiting' ? onRequest(event.request, context) : { state };
    case 'key':
      return state.stage === 'needs-key' ? onKey(state, event.key) : { state };
    case 'key-refused':
      return state.stage === 'needs-key' ? onKeyRefused(state, event.error) : { state };
    case 'complete':
      return state.stage === 'answered'
        ? { state: { stage: 'settled', facts: state.facts, handshaken: true } }
        : { state };
    case 'no-handshake':
      return state.stage === 'waiting'
        ? { state: { stage: 'settled', facts: NO_FACTS, handshaken: false } }
        : { state };
  }
}

function onRequest(request: HandshakeRequest, context: HandshakeContext): HandshakeStep {
  let facts: SessionFacts = { ...NO_FACTS, agentVersion: request.agentVersion };
  let key: (KeyRequest & { challenged: boolean; position: number }) | undefined;
  let failure: string | undefined;
  const processed: ProcessedAction[] = [];
  for (const { actionType, parameters } of request.actions) {
    if (actionType === 'SessionType' && SESSION_TYPES.has(String(parameters.SessionType))) {
      facts = {
        ...facts,
        sessionType: parameters.SessionType as SessionType,
        properties: textProperties(parameters.Properties),
      };
      processed.push({ actionType, status: ActionStatus.Success });
    } else if (actionType === 'KMSEncryption' && typeof parameters.KMSKeyId === 'string') {
      const challenge = typeof parameters.Challenge === 'string' ? parameters.Challenge : '';
      key = {
        keyId: parameters.KMSKeyId,
        encryptionContext: {
          'aws:ssm:SessionId': context.sessionId,
          'aws:ssm:TargetId': context.targetId,
          ...(challenge === '' ? {} : { 'aws:ssm:RandomChallenge': challenge }),
        },
        challenged: challenge !== '',
        position: processed.length,
      };
    } else {
      failure = `The agent asks for "${actionType}"${
        actionType === 'SessionType' ? ` ${String(parameters.SessionType)}` : ''
      }, which this client does not know.`;
      processed.push({ actionType, status: ActionStatus.Unsupported, error: failure });
    }
  }
  if (facts.sessionType === undefined) failure ??= 'The agent did not say what kind of session this is.';
  if (failure !== undefined)
    return {
      state: { stage: 'failed', error: new AppError('handshake-failed', failure) },
      response: processed,
    };
  if (key === undefined) return { state: { stage: 'answered', facts }, response: processed };
  const { keyId, encryptionContext, challenged, position } = key;
  return {
    state: { stage: 'needs-key', facts, key: { keyId, encryptionContext }, challenged, processed, position },
  };
}

type NeedsKey = Extract<HandshakeState, { stage: 'needs-key' }>;

function onKey(state: NeedsKey, key: DataKey): HandshakeStep {
  const answer: ProcessedAction = {
    actionType: 'KMSEncryption',
    status: ActionStatus.Success,
    result: {
      KMSCipherTextKey: Buffer.from(key.ciphertext).toString('base64'),
      KMSCipherTextHash: null,
      ...(state.challenged ? { ChallengeAcknowledgement: true } : {}),
    },
  };
  return {
    state: { stage: 'answered', facts: state.facts, dataKey: key.plaintext },
    response: insertAt(state.processed, state.position, answer),
  };
}

function onKeyRefused(state: NeedsKey, cause: unknown): HandshakeStep {
  const denied = isAppError(cause, 'access-denied') || isAppError(cause, 'kms-denied');
  const text = cause instanceof Error ? cause.message : String(cause);
  const details = isAppError(cause) ? cause.details : {};
  const error = denied
    ? new AppError('kms-denied', text, {
        cause,
        details: { action: 'kms:GenerateDataKey', resource: state.key.keyId, ...details },
      })
    : new AppError('handshake-failed', `No data key for the encrypted session: ${text}`, { cause, details });
  const answer: ProcessedAction = {
    actionType: 'KMSEncryption',
    status: ActionStatus.Failed,
    error: 'The client could not obtain a data key.',
  };
  return { state: { stage: 'failed', error }, response: insertAt(state.processed, state.position, answer) };
}

function insertAt(
  list: readonly ProcessedAction[],
  position: number,
  action: ProcessedAction,
): readonly ProcessedAction[] {
  return [...list.slice(0, position), action, ...list.slice(position)];
}

function textProperties(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, text]) =>
      typeof text === 'string' || typeof text === 'number' ? [[name, String(text)]] : [],
    ),
  );
}
