import type { RoleCredential } from './credential';

/**
 * Signs the GET that opens a data channel as the current plugin does: SigV4 in headers, service `ssmmessages`, an empty body.
 * A URL that carries its signature in the query is left alone. `signingAt` in epoch milliseconds by AWS's clock.
 */
export async function signUpgrade(
  streamUrl: string,
  by: { readonly credential: RoleCredential; readonly region: string; readonly signingAt: number },
): Promise<Record<string, string>> {
  const url = new URL(streamUrl);
  if ([...url.searchParams.keys()].some(name => /^x-amz-/i.test(name))) return {};
  const [{ SignatureV4 }, { HttpRequest }, { Sha256 }] = await Promise.all([
    import('@smithy/signature-v4'),
    import('@smithy/protocol-http'),
    import('@aws-crypto/sha256-js'),
  ]);
  const query: Record<string, string[]> = {};
  for (const [name, value] of url.searchParams) (query[name] ??= []).push(value);
  const { accessKeyId, secretAccessKey, sessionToken } = by.credential;
  const signer = new SignatureV4({
    service: 'ssmmessages',
    region: by.region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
    sha256: Sha256,
    applyChecksum: false,
  });
  const request = new HttpRequest({
    method: 'GET',
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query,
    // The WebSocket client sends this very value: the port only where it is not the scheme's own.
    headers: { host: url.host },
    ...(url.port === '' ? {} : { port: Number(url.port) }),
  });
  const { headers } = await signer.sign(request, { signingDate: new Date(by.signingAt) });
  const { host: _host, ...signature } = headers;
  return signature;
}
