import { expect } from 'vitest';
import type { SharedWorkbench } from './useWorkbench';

interface SandboxRequest {
  readonly runId: string;
  readonly status: string;
}

/** Plays everybody else: approvers, Sym and AWS, through the sandbox's back door. */
export class SandboxDoor {
  readonly #shared: SharedWorkbench;

  constructor(shared: SharedWorkbench) {
    this.#shared = shared;
  }

  async tell(path: string, body: object = {}): Promise<unknown> {
    const answer = await fetch(`${this.#url}/_sandbox/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect([path, answer.status]).toEqual([path, 200]);
    return answer.json();
  }

  /** Ends the faults of an operation; calls that are held back are answered. */
  async letGo(operation: string): Promise<void> {
    const answer = await fetch(`${this.#url}/_sandbox/faults/${operation}`, { method: 'DELETE' });
    expect(answer.status).toBe(200);
  }

  /** What the newest request is told: approved, denied with a reason, expired, … */
  async decide(
    verb: 'approve' | 'deny' | 'expire' | 'revoke' | 'status',
    body: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const answer = await fetch(`${this.#url}/_sandbox/requests`);
    const { requests } = (await answer.json()) as { requests: readonly SandboxRequest[] };
    await this.tell(`requests/${requests[0]?.runId ?? 'none'}/${verb}`, body);
  }

  get #url(): string {
    return this.#shared.workbench.sandbox?.url ?? '';
  }
}
