import { expect } from 'vitest';
import type { TestWorkbench } from './testWorkbench';

/** A request as the sandbox's back door shows it. */
export interface SandboxRequest {
  readonly runId: string;
  readonly status: string;
  readonly requester: string;
  readonly reason: string;
  readonly decidedBy?: string;
  readonly message?: string;
}

/** What a request is told; `status`: to stand at a word of the test's own. */
type Verb = 'approve' | 'deny' | 'expire' | 'revoke' | 'status';

/** Turns and asks the sandbox that a workbench runs against. */
export class SandboxDoor {
  constructor(private readonly workbench: () => Pick<TestWorkbench, 'sandbox'>) {}

  async call<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await fetch(`${this.workbench().sandbox?.url ?? ''}/_sandbox/${path}`, {
      method,
      ...(body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}),
    });
    const text = await answer.text();
    expect([answer.status, path], text).toEqual([200, path]);
    return JSON.parse(text) as T;
  }

  /** Newest first. */
  async requests(): Promise<readonly SandboxRequest[]> {
    return (await this.call<{ requests: readonly SandboxRequest[] }>('GET', 'requests')).requests;
  }

  async newest(): Promise<SandboxRequest> {
    const [first] = await this.requests();
    if (!first) throw new Error('nobody has asked for anything');
    return first;
  }

  /** Answers a request from the approver's side. */
  async decide(runId: string, verb: Verb, body: object = {}): Promise<void> {
    await this.call('POST', `requests/${runId}/${verb}`, body);
  }

  async decideNewest(verb: Verb, body: object = {}): Promise<void> {
    await this.decide((await this.newest()).runId, verb, body);
  }

  /** Has whatever waits expire, and takes back whatever is in force. */
  async endAll(): Promise<void> {
    for (const { runId, status } of await this.requests()) {
      if (status === 'requested') await this.decide(runId, 'expire');
      if (status === 'escalated') await this.decide(runId, 'revoke');
    }
  }

  /** Ends the faults of an operation; calls that are held back are answered. */
  async letGo(operation: string): Promise<void> {
    await this.call('DELETE', `faults/${operation}`);
  }

  /** Asks for AWS node access as somebody else. */
  async askForNode(user: string, instance: string, reason: string): Promise<SandboxRequest> {
    const { request } = await this.call<{ request: SandboxRequest }>('POST', 'node-access', {
      user,
      instance,
      reason,
    });
    return request;
  }
}
