import { WireError } from './wireError';

/** `channel_closed`: the service's last word. `Output` is text for the user, often empty. */
export function decodeChannelClosed(payload: Uint8Array): {
  readonly output: string;
  readonly sessionId: string;
} {
  const fields = decodeJsonObject(payload, 'channel_closed');
  return { output: optionalText(fields.Output), sessionId: optionalText(fields.SessionId) };
}

export function encodeSize(cols: number, rows: number): Uint8Array {
  return Buffer.from(JSON.stringify({ cols, rows }));
}

export function encodeFlag(value: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function decodeFlag(payload: Uint8Array): number {
  if (payload.length !== 4) throw new WireError(`flag payload has ${payload.length} bytes, not 4`, 0);
  return Buffer.from(payload).readUInt32BE(0);
}

/** The text form in which a separated command reports its exit status. */
const EXIT_CODE = /^EXIT_CODE:\s*(-?\d{1,10})\s*$/;

export function decodeExitCode(payload: Uint8Array): number {
  const text = Buffer.from(payload).toString('utf8');
  const digits = EXIT_CODE.exec(text)?.[1];
  if (digits === undefined) throw new WireError('exit code payload is not of the form EXIT_CODE: N', 0);
  return Number(digits);
}

/** Challenges of the encryption handshake; both directions have the same form. */
export function encodeChallenge(challenge: Uint8Array): Uint8Array {
  return Buffer.from(JSON.stringify({ Challenge: Buffer.from(challenge).toString('base64') }));
}

export function decodeChallenge(payload: Uint8Array): Uint8Array {
  const { Challenge: challenge } = decodeJsonObject(payload, 'encryption challenge');
  if (typeof challenge !== 'string' || challenge === '')
    throw new WireError('encryption challenge is missing', 0);
  return Buffer.from(challenge, 'base64');
}

/** A JSON object, or a `WireError` that names what it should have been. */
export function decodeJsonObject(payload: Uint8Array, what: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8'));
  } catch {
    throw new WireError(`${what} is not JSON`, 0);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new WireError(`${what} is not a JSON object`, 0);
  return parsed as Record<string, unknown>;
}

function optionalText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
