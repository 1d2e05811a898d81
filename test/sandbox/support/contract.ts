import { request } from 'node:http';
import { EC2Client } from '@aws-sdk/client-ec2';
import { KMSClient } from '@aws-sdk/client-kms';
import { SSMClient } from '@aws-sdk/client-ssm';
import { SSOClient } from '@aws-sdk/client-sso';
import { SSOOIDCClient } from '@aws-sdk/client-sso-oidc';
import { STSClient } from '@aws-sdk/client-sts';
import { expect } from 'vitest';
import { systemClock, type Clock } from '../../../src/base/clock';
import { Sandbox } from '../../../src/sandbox/sandbox';
import type { SandboxOptions } from '../../../src/sandbox/options';
import { principalOf } from '../../../src/sandbox/state/assignments';
import { findPermissionSet, PROD } from '../../../src/sandbox/world/organization';

export const WEB_1 = 'i-060ee0879f3ec4eb7';
export const BACKEND_1 = 'i-05b7516a19f826be9';
export const STOPPED = 'i-0d91c6e5f8a3b2740';
export const UNMANAGED = 'i-0e27f4b8d5a1963c0';
export const OFFLINE = 'i-0a8c3e1f7b6d42950';
export const WEB_EU = 'i-0c59e7a3d1f8b6240';
export const DEV_WEB = 'i-092d6b5f4e8a7c130';

/** The system's time, and as far ahead as a test turns it; what is scheduled fires when it is turned past. */
export class TurnableClock implements Clock {
  #aheadMs = 0;
  readonly #waiting = new Set<{ readonly at: number; readonly run: () => void }>();

  now(): number {
    return systemClock.now() + this.#aheadMs;
  }

  schedule(delayMs: number, callback: () => void) {
    const timer = systemClock.schedule(delayMs, () => entry.run());
    const entry = {
      at: this.now() + delayMs,
      run: () => {
        timer.dispose();
        if (this.#waiting.delete(entry)) callback();
      },
    };
    this.#waiting.add(entry);
    return {
      dispose: () => {
        timer.dispose();
        this.#waiting.delete(entry);
      },
    };
  }

  turn(ms: number): void {
    this.#aheadMs += ms;
    for (const entry of [...this.#waiting].sort((a, b) => a.at - b.at)) {
      if (entry.at <= this.now()) entry.run();
    }
  }
}

/** What the back door answers, as far as a test looks. */
export interface DoorBody {
  readonly message: string;
  readonly token: string;
  readonly requests: readonly { readonly runId: string; readonly status: string }[];
  readonly sessions: readonly object[];
  readonly faults: readonly object[];
  readonly calls: Readonly<Record<string, number>>;
}

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** A running sandbox and the SDK's own clients for it. */
export class Contract {
  readonly clock = new TurnableClock();
  readonly sandbox: Sandbox;
  readonly #clients: { destroy(): void }[] = [];

  constructor(options: Partial<SandboxOptions> = {}) {
    this.sandbox = new Sandbox(options, { clock: this.clock });
  }

  async start(): Promise<this> {
    await this.sandbox.start();
    return this;
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.destroy();
    await this.sandbox.stop();
  }

  /** Role credentials without the way through the portal, which has tests of its own. */
  keys(user: string, permissionSet: string, accountId: string = PROD.id): Keys {
    const set = findPermissionSet(permissionSet);
    if (set === undefined) throw new Error(`There is no ${permissionSet}`);
    return this.sandbox.credentials.issue(principalOf(user, accountId, set), set.sessionDurationMs);
  }

  ec2(credentials: Keys, region = 'us-east-1'): EC2Client {
    return this.#own(new EC2Client(this.#config(credentials, region)));
  }

  ssm(credentials: Keys, region = 'us-east-1'): SSMClient {
    return this.#own(new SSMClient(this.#config(credentials, region)));
  }

  sts(credentials: Keys, region = 'us-east-1'): STSClient {
    return this.#own(new STSClient(this.#config(credentials, region)));
  }

  kms(credentials: Keys, region = 'us-east-1'): KMSClient {
    return this.#own(new KMSClient(this.#config(credentials, region)));
  }

  oidc(): SSOOIDCClient {
    return this.#own(new SSOOIDCClient({ endpoint: this.sandbox.url, region: 'us-east-1', maxAttempts: 1 }));
  }

  portal(): SSOClient {
    return this.#own(new SSOClient({ endpoint: this.sandbox.url, region: 'us-east-1', maxAttempts: 1 }));
  }

  /** A call of the back door. */
  async door(method: string, path: string, body?: unknown): Promise<{ status: number; body: DoorBody }> {
    const answer = await fetch(`${this.sandbox.url}/_sandbox/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as DoorBody };
  }

  #config(credentials: Keys, region: string) {
    return { endpoint: this.sandbox.url, region, credentials, maxAttempts: 1 };
  }

  #own<T extends { destroy(): void }>(client: T): T {
    this.#clients.push(client);
    return client;
  }
}

/** The error of a call that must fail; an SDK exception with its HTTP status. */
export async function refusal(
  call: Promise<unknown>,
): Promise<{ name: string; message: string; status: number | undefined }> {
  const outcome = await call.then(
    value => ({ value }),
    (failure: unknown) => ({ failure }),
  );
  if (!('failure' in outcome)) expect.fail(`The call succeeded: ${JSON.stringify(outcome.value)}`);
  const { name, message, $metadata } = outcome.failure as Error & { $metadata?: { httpStatusCode?: number } };
  return { name, message, status: $metadata?.httpStatusCode };
}

/** Posts as a page of another site would, which `fetch` does not let a program say. Resolves to the status. */
export function postFromElsewhere(url: string, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' };
    const sent = request(url, { method: 'POST', headers }, answer => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
