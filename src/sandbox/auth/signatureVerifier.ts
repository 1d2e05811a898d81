import { createHash, createHmac, timingSafeEqual, type Hash } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Clock } from '../../base/clock';
import type { CredentialStore, IssuedCredential } from '../state/credentialStore';
import { header, type HttpCall } from '../server/http';

/** How far a client's clock may be off. */
export const CLOCK_SKEW_MS = 5 * 60_000;

export type SignatureProblem =
  | 'missing'
  | 'incomplete'
  | 'unknown-key'
  | 'token-mismatch'
  | 'token-expired'
  | 'too-old'
  | 'not-yet-current'
  | 'wrong-service'
  | 'mismatch';

/** Why a signature is refused. Each service has its own words for it (`operations/signatureFaults`). */
export class SignatureRefused extends Error {
  readonly problem: SignatureProblem;
  /** For the clock problems: the request's time and the server's, as `YYYYMMDDTHHMMSSZ`. */
  readonly times?: { readonly signed: string; readonly server: string; readonly limit: string };

  constructor(problem: SignatureProblem, message: string, times?: SignatureRefused['times']) {
    super(message);
    this.problem = problem;
    if (times !== undefined) this.times = times;
  }
}

export interface SignedCaller {
  readonly credential: IssuedCredential;
  readonly region: string;
}

/**
 * Checks AWS Signature Version 4 in the Authorization header by signing the same request again with the secret we issued.
 * Rules: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 */
export class SignatureVerifier {
  readonly #credentials: CredentialStore;
  readonly #clock: Clock;

  constructor({ credentials, clock }: { credentials: CredentialStore; clock: Clock }) {
    this.#credentials = credentials;
    this.#clock = clock;
  }

  /** Throws `SignatureRefused`. */
  async verify(call: HttpCall, service: string): Promise<SignedCaller> {
    const authorization = header(call, 'authorization');
    if (authorization === undefined) throw new SignatureRefused('missing', 'No Authorization header');
    const { accessKeyId, date, region, scopeService, signedHeaders, signature } =
      parseAuthorization(authorization);
    const credential = this.#credentials.find(accessKeyId);
    if (credential === undefined) throw new SignatureRefused('unknown-key', 'No such access key');
    if (header(call, 'x-amz-security-token') !== credential.sessionToken) {
      throw new SignatureRefused('token-mismatch', 'The session token is not the one issued with this key');
    }
    if (credential.expiresAt <= this.#clock.now()) {
      throw new SignatureRefused('token-expired', 'The credentials have expired');
    }
    if (scopeService !== service) {
      throw new SignatureRefused(
        'wrong-service',
        `Credential should be scoped to correct service: '${service}'.`,
      );
    }
    const signingDate = this.#checkTime(header(call, 'x-amz-date'), date);
    const expected = await resign(call, { credential, region, service, signedHeaders, signingDate });
    if (!sameText(expected, signature))
      throw new SignatureRefused('mismatch', 'The signature does not match');
    return { credential, region };
  }

  #checkTime(amzDate: string | undefined, scopeDate: string): Date {
    const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(amzDate ?? '');
    if (amzDate === undefined || parts === null) {
      throw new SignatureRefused(
        'incomplete',
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
      );
    }
    if (!amzDate.startsWith(scopeDate)) {
      throw new SignatureRefused('mismatch', 'Date in Credential scope does not match that of X-Amz-Date');
    }
    const [year = 0, month = 1, day = 1, hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map(Number);
    const signedAt = Date.UTC(year, month - 1, day, hours, minutes, seconds);
    const now = this.#clock.now();
    if (signedAt < now - CLOCK_SKEW_MS) {
      const times = { signed: amzDate, server: basicDate(now), limit: basicDate(now - CLOCK_SKEW_MS) };
      throw new SignatureRefused('too-old', 'The signature is too old', times);
    }
    if (signedAt > now + CLOCK_SKEW_MS) {
      const times = { signed: amzDate, server: basicDate(now), limit: basicDate(now + CLOCK_SKEW_MS) };
      throw new SignatureRefused('not-yet-current', 'The signature is from the future', times);
    }
    return new Date(signedAt);
  }
}

function parseAuthorization(authorization: string) {
  const parts = /^AWS4-HMAC-SHA256\s+(.*)$/.exec(authorization);
  const fields = new Map(
    (parts?.[1] ?? '').split(/,\s*/).map(field => {
      const equals = field.indexOf('=');
      return [field.slice(0, equals), field.slice(equals + 1)] as const;
    }),
  );
  const [accessKeyId, date, region, scopeService, terminator] = (fields.get('Credential') ?? '').split('/');
  const signedHeaders = (fields.get('SignedHeaders') ?? '').split(';').filter(name => name !== '');
  const signature = fields.get('Signature');
  if (
    !accessKeyId ||
    !date ||
    !region ||
    !scopeService ||
    terminator !== 'aws4_request' ||
    !signature ||
    !signedHeaders.includes('host')
  ) {
    throw new SignatureRefused(
      'incomplete',
      "Authorization header requires 'Credential', 'SignedHeaders' with 'host', and 'Signature' parameters.",
    );
  }
  return { accessKeyId, date, region, scopeService, signedHeaders, signature };
}

async function resign(
  call: HttpCall,
  facts: {
    credential: IssuedCredential;
    region: string;
    service: string;
    signedHeaders: readonly string[];
    signingDate: Date;
  },
): Promise<string> {
  const bodyHash = createHash('sha256').update(call.body).digest('hex');
  const declaredHash = header(call, 'x-amz-content-sha256');
  if (declaredHash !== undefined && declaredHash !== bodyHash) {
    throw new SignatureRefused('mismatch', 'The payload is not the one that was signed');
  }
  const headers: Record<string, string> = {};
  for (const name of facts.signedHeaders) {
    const value = header(call, name);
    if (value === undefined) throw new SignatureRefused('mismatch', `The signed header ${name} is missing`);
    headers[name] = value;
  }
  const query: Record<string, string[]> = {};
  for (const [name, value] of call.url.searchParams) (query[name] ??= []).push(value);
  const { accessKeyId, secretAccessKey } = facts.credential;
  const signer = new SignatureV4({
    // Without the session token: when it is signed it is among the headers already.
    credentials: { accessKeyId, secretAccessKey },
    region: facts.region,
    service: facts.service,
    applyChecksum: false,
    sha256: NodeSha256,
  });
  const signed = await signer.sign(
    {
      method: call.method,
      protocol: call.url.protocol,
      hostname: call.url.hostname,
      // The signer encodes the path once more, as the client's signer did with the encoded path it sent.
      path: call.url.pathname,
      query,
      headers,
      body: call.body,
    },
    { signingDate: facts.signingDate, signableHeaders: new Set(facts.signedHeaders) },
  );
  const again = parseAuthorization(signed.headers['authorization'] ?? '');
  return again.signedHeaders.join(';') === [...facts.signedHeaders].sort().join(';') ? again.signature : '';
}

function sameText(left: string, right: string): boolean {
  const a = Buffer.from(left);
  const b = Buffer.from(right);
  return a.length === b.length && timingSafeEqual(a, b);
}

function basicDate(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

/** The hash the signer asks for, over Node's own. With a secret it is an HMAC. */
class NodeSha256 {
  readonly #secret: Buffer | undefined;
  #hash: Hash | ReturnType<typeof createHmac>;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#secret = secret === undefined ? undefined : bufferOf(secret);
    this.#hash = this.#fresh();
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bufferOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = this.#fresh();
  }

  #fresh(): Hash | ReturnType<typeof createHmac> {
    return this.#secret === undefined ? createHash('sha256') : createHmac('sha256', this.#secret);
  }
}

function bufferOf(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === 'string') return Buffer.from(data);
  if (data instanceof ArrayBuffer) return Buffer.from(data);
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
