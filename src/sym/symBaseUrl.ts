import { AppError } from '../base/errors';

/**
 * Checks the API's address before a token is sent to it: https, or http on the loopback interface, no credentials, no query. Returns it
 * with `/api/v1` at its end and no slash behind that. Throws `broker-not-configured` when it is absent and `endpoint-refused` when
 * it is not acceptable.
 */
export function symApiRoot(configured: string | undefined): string {
  const text = configured?.trim();
  if (!text) throw new AppError('broker-not-configured', 'No address of the Sym API is set');
  return `${trustedRoot(text, 'The address of the Sym API').replace(/\/api\/v1$/, '')}/api/v1`;
}

/** Checks the address of the sign-in the same way; no slash at its end. */
export function symAuthRoot(configured: string): string {
  return trustedRoot(configured.trim(), 'The address of the Sym sign-in');
}

/** There is no default, and the vendor's own domain is refused: its public trail has ended, so nobody can say who answers there. */
function trustedRoot(text: string, what: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch (failure) {
    throw new AppError('endpoint-refused', `${what} is not a URL`, { cause: failure });
  }
  const host = url.hostname.toLowerCase().replace(/\.$/, '');
  const refuse = (why: string) => new AppError('endpoint-refused', why, { details: { host } });
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(host))) {
    throw refuse(`${what} must begin with https:// (or http:// on this machine)`);
  }
  if (url.username !== '' || url.password !== '') {
    throw refuse(`${what} must not hold a user name or password`);
  }
  if (url.search !== '' || url.hash !== '') throw refuse(`${what} must end with its path`);
  if (host === 'symops.com' || host.endsWith('.symops.com')) {
    throw refuse('The vendor’s own host is not trusted with a token');
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}
