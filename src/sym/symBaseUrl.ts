import { AppError } from '../base/errors';

/**
 * Checks the API's address before a token is sent to it: https, or http on the loopback interface, no credentials, no query. Returns it
 * with `/api/v1` at its end and no slash behind that. Throws `broker-not-configured` when it is absent and `endpoint-refused` when
 * it is not acceptable.
 *
 * There is no default, and the vendor's own domain is refused: its public trail has ended, so nobody can say who answers there.
 */
export function symApiRoot(configured: string | undefined): string {
  const text = configured?.trim();
  if (!text) throw new AppError('broker-not-configured', 'No address of the Sym API is set');
  let url: URL;
  try {
    url = new URL(text);
  } catch (failure) {
    throw new AppError('endpoint-refused', 'The address of the Sym API is not a URL', { cause: failure });
  }
  const host = url.hostname.toLowerCase().replace(/\.$/, '');
  const refuse = (why: string) => new AppError('endpoint-refused', why, { details: { host } });
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(host))) {
    throw refuse('The address of the Sym API must begin with https:// (or http:// on this machine)');
  }
  if (url.username !== '' || url.password !== '') {
    throw refuse('The address of the Sym API must not hold a user name or password');
  }
  if (url.search !== '' || url.hash !== '') throw refuse('The address of the Sym API must end with its path');
  if (host === 'symops.com' || host.endsWith('.symops.com')) {
    throw refuse('The vendor’s own host is not trusted with a token');
  }
  const path = url.pathname.replace(/\/+$/, '').replace(/\/api\/v1$/, '');
  return `${url.origin}${path}/api/v1`;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}
