import * as z from 'zod';

/** A token as it lies in the editor's secret storage: pasted by a person, or handed out by the organisation's sign-in. */
export interface StoredSymToken {
  readonly token: string;
  /** Epoch milliseconds; absent for a pasted token, whose end only the server knows. */
  readonly expiresAt?: number;
  /** The organisation's slug, when it came of a sign-in. */
  readonly organization?: string;
}

const written = z.object({
  token: z.string().min(1),
  expiresAt: z.number().optional(),
  organization: z.string().optional(),
});

export function writeStoredToken(stored: StoredSymToken): string {
  return JSON.stringify(stored);
}

/** `undefined` for nothing, and for what is no token of ours. A bare text is a pasted token. */
export function readStoredToken(secret: string | undefined): StoredSymToken | undefined {
  const text = secret?.trim();
  if (!text) return undefined;
  if (!text.startsWith('{')) return { token: text };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser would quote the text, which holds the token.
    return undefined;
  }
  const parsed = written.safeParse(value);
  if (!parsed.success) return undefined;
  const { token, expiresAt, organization } = parsed.data;
  return {
    token,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(organization === undefined ? {} : { organization }),
  };
}
