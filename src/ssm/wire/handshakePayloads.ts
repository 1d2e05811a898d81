import { decodeJsonObject } from './payloads';
import { WireError } from './wireError';

/** Handshake payloads (protocol notes, section 4.2). */
export const ActionStatus = { Success: 1, Failed: 2, Unsupported: 3 } as const;
export type ActionStatus = (typeof ActionStatus)[keyof typeof ActionStatus];

export interface RequestedAction {
  readonly actionType: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface HandshakeRequest {
  readonly agentVersion: string;
  readonly actions: readonly RequestedAction[];
}

/** One answered action; `result` is absent where the official client leaves it null. */
export interface ProcessedAction {
  readonly actionType: string;
  readonly status: ActionStatus;
  readonly result?: unknown;
  readonly error?: string;
}

export function decodeHandshakeRequest(payload: Uint8Array): HandshakeRequest {
  const fields = decodeJsonObject(payload, 'handshake request');
  const actions = fields.RequestedClientActions;
  if (!Array.isArray(actions)) throw new WireError('handshake request lists no actions', 0);
  return {
    agentVersion: typeof fields.AgentVersion === 'string' ? fields.AgentVersion : '',
    actions: actions.map(decodeAction),
  };
}

function decodeAction(action: unknown): RequestedAction {
  if (typeof action !== 'object' || action === null)
    throw new WireError('handshake action is not an object', 0);
  const { ActionType: actionType, ActionParameters: parameters } = action as Record<string, unknown>;
  if (typeof actionType !== 'string' || actionType === '')
    throw new WireError('handshake action has no type', 0);
  return {
    actionType,
    parameters:
      typeof parameters === 'object' && parameters !== null && !Array.isArray(parameters)
        ? (parameters as Record<string, unknown>)
        : {},
  };
}

export function encodeHandshakeResponse(
  clientVersion: string,
  actions: readonly ProcessedAction[],
  errors: readonly string[] = [],
): Uint8Array {
  return Buffer.from(
    JSON.stringify({
      ClientVersion: clientVersion,
      ProcessedClientActions: actions.map(action => ({
        ActionType: action.actionType,
        ActionStatus: action.status,
        ActionResult: action.result ?? null,
        Error: action.error ?? '',
      })),
      Errors: errors,
    }),
  );
}

export interface HandshakeComplete {
  /** Nanoseconds, as the agent measured them. */
  readonly timeToComplete: number;
  /** Text for the user, often empty. */
  readonly customerMessage: string;
}

export function decodeHandshakeComplete(payload: Uint8Array): HandshakeComplete {
  const fields = decodeJsonObject(payload, 'handshake complete');
  return {
    timeToComplete: typeof fields.HandshakeTimeToComplete === 'number' ? fields.HandshakeTimeToComplete : 0,
    customerMessage: typeof fields.CustomerMessage === 'string' ? fields.CustomerMessage : '',
  };
}
