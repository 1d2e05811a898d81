import { createHash, createHmac } from 'node:crypto';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/**
 * The signature of a GET without a body, worked out from AWS's description of Signature Version 4 and nothing else.
 * `headers` are those named by `SignedHeaders`.
 */
export function signatureOf(
  url: URL,
  headers: Readonly<Record<string, string>>,
  by: { secret: string; region: string; service: string },
): string {
  const encode = (text: string) =>
    encodeURIComponent(text).replace(
      /[!'()*]/g,
      character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  const path = url.pathname.split('/').map(encode).join('/');
  const query = [...url.searchParams]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
  const names = Object.keys(headers).sort();
  const canonical = [
    'GET',
    path,
    query,
    ...names.map(name => `${name}:${headers[name]?.trim()}`),
    '',
    names.join(';'),
    sha256(''),
  ].join('\n');
  const date = headers['x-amz-date'] ?? '';
  const day = date.slice(0, 8);
  const scope = `${day}/${by.region}/${by.service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
  const key = [by.region, by.service, 'aws4_request'].reduce(hmac, hmac(`AWS4${by.secret}`, day));
  return hmac(key, text).toString('hex');
}
