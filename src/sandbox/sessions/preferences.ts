import type { SessionPreferences } from './sessionDocument';

const MINUTE_MS = 60_000;

/** The key that sessions are encrypted with where an account asks for it. One per account and region. */
export function sessionKeyArn(accountId: string, region: string): string {
  return `arn:aws:kms:${region}:${accountId}:key/5e5510fe-0000-4000-8000-${accountId}`;
}

/** The accounts' Session Manager preferences. One set for all, as the back door leaves it. */
export class PreferencesStore {
  #encrypted = false;
  #idleTimeoutMs = 20 * MINUTE_MS;
  #maxDurationMs: number | undefined;

  for(accountId: string, region: string): SessionPreferences {
    return {
      ...(this.#encrypted ? { kmsKeyId: sessionKeyArn(accountId, region) } : {}),
      idleTimeoutMs: this.#idleTimeoutMs,
      ...(this.#maxDurationMs === undefined ? {} : { maxDurationMs: this.#maxDurationMs }),
    };
  }

  /** Back door. Holds for sessions begun from now on; `maxDurationMs: null` switches the limit off. */
  change(patch: { encrypted?: boolean; idleTimeoutMs?: number; maxDurationMs?: number | null }): void {
    if (patch.encrypted !== undefined) this.#encrypted = patch.encrypted;
    if (patch.idleTimeoutMs !== undefined) this.#idleTimeoutMs = patch.idleTimeoutMs;
    if (patch.maxDurationMs !== undefined) this.#maxDurationMs = patch.maxDurationMs ?? undefined;
  }
}
