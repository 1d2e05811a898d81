import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { TestWorkbench } from './testWorkbench';

const SESSION = 'myco';
const START_URL = 'https://myco.awsapps.com/start';

interface Registration {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly clientSecretExpiresAt: number;
}

/** Signs in to the sandbox beside the editor, and leaves the token where the AWS CLI would: the extension finds it there. */
export async function signInBeside(workbench: TestWorkbench): Promise<void> {
  const url = workbench.sandbox?.url ?? '';
  const client = await post<Registration>(`${url}/client/register`, {
    clientName: 'a test',
    clientType: 'public',
    scopes: ['sso:account:access'],
  });
  const { clientId, clientSecret } = client;
  const device = await post<{ readonly deviceCode: string; readonly userCode: string }>(
    `${url}/device_authorization`,
    { clientId, clientSecret, startUrl: START_URL },
  );
  await post(`${url}/_sandbox/devices/${device.userCode}/confirm`, {});
  const token = await post<{
    readonly accessToken: string;
    readonly refreshToken?: string;
    readonly expiresIn: number;
  }>(`${url}/token`, {
    clientId,
    clientSecret,
    deviceCode: device.deviceCode,
    grantType: 'urn:ietf:params:oauth:grant-type:device_code',
  });
  const name = createHash('sha1').update(SESSION).digest('hex');
  const file = workbench.homeFile('.aws', 'sso', 'cache', `${name}.json`);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const seconds = (at: number) => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
  const entry = {
    startUrl: START_URL,
    region: 'us-east-1',
    accessToken: token.accessToken,
    expiresAt: seconds(Date.now() + token.expiresIn * 1000),
    clientId,
    clientSecret,
    registrationExpiresAt: seconds(client.clientSecretExpiresAt * 1000),
    refreshToken: token.refreshToken,
  };
  writeFileSync(file, JSON.stringify(entry), { mode: 0o600 });
}

async function post<T>(url: string, body: object): Promise<T> {
  const answer = await fetch(url, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
}
