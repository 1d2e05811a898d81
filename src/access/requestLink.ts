import { AppError } from '../base/errors';
import { accessWish, wishProblems, type AccessWish } from './accessWish';

/** Longer than any honest link: every value at its longest, percent-encoded twice. */
const LONGEST_QUERY = 4096;

/**
 * Reads a link such as `vscode://jit-access.jit-access-ec2/request?target=FrontEnd%20SSH&reason=…&duration=30m&instance=i-…`. Every key at
 * most once, no other key. VS Code hands the query over decoded, so `&`, `=` and `%` inside a value are written encoded twice (`%2526`).
 * Throws `argument-invalid`.
 */
export function readRequestLink(path: string, query: string): AccessWish {
  const refuse = (why: string) => new AppError('argument-invalid', why);
  if (path.replace(/\/+$/, '') !== '/request')
    throw refuse(`there is no ${JSON.stringify(path.slice(0, 64))}`);
  if (query.length > LONGEST_QUERY) throw refuse('it is too long');
  const values = new Map<string, string>();
  for (const part of query.split('&').filter(text => text !== '')) {
    const equals = part.indexOf('=');
    const key = equals < 0 ? part : part.slice(0, equals);
    if (values.has(key)) throw refuse(`${JSON.stringify(key.slice(0, 64))} is there twice`);
    values.set(key, equals < 0 ? '' : decoded(part.slice(equals + 1), refuse));
  }
  const wish = accessWish.safeParse(Object.fromEntries(values));
  if (wish.success) return wish.data;
  throw refuse(wishProblems(wish.error).slice(0, 300));
}

/** What was encoded twice is decoded here; a lone percent sign is one. */
function decoded(text: string, refuse: (why: string) => AppError): string {
  if (!/%[0-9a-f]{2}/i.test(text)) return text;
  try {
    return decodeURIComponent(text.replaceAll(/%(?![0-9a-f]{2})/gi, '%25'));
  } catch {
    throw refuse('a value is not UTF-8');
  }
}
