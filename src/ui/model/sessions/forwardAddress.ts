import type { ForwardTo } from './liveSession';
import type { Localizer } from '../localizer';

export type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

/** Reads `8080` (a port of the instance), `mydb.example:3306` or `[fd00::1]:443` (a host behind it). */
export function parseForwardTo(l10n: Localizer, text: string): Parsed<ForwardTo> {
  const trimmed = text.trim();
  if (trimmed === '') return { ok: false, message: l10n.t('Type a port such as 8080, or host:port.') };
  if (/^\d+$/.test(trimmed)) {
    const port = parsePort(trimmed);
    return port === undefined ? { ok: false, message: portRange(l10n) } : { ok: true, value: { port } };
  }
  const match = /^(?:\[([0-9a-f:.]+)\]|([^\s:/[\]]+)):(\d+)$/i.exec(trimmed);
  const host = match?.[1] ?? match?.[2];
  if (!match || !host) {
    return { ok: false, message: l10n.t('Write a port, or host:port such as mydb.example:3306.') };
  }
  if (match[2] && !isHostName(host)) {
    return { ok: false, message: l10n.t('“{0}” is not a host name or address.', host) };
  }
  const port = parsePort(match[3] ?? '');
  if (port === undefined) return { ok: false, message: portRange(l10n) };
  return { ok: true, value: { host, port } };
}

/** Reads the local port: empty or 0 for any free one. */
export function parseLocalPort(l10n: Localizer, text: string): Parsed<number> {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed === '0') return { ok: true, value: 0 };
  const port = parsePort(trimmed);
  return port === undefined ? { ok: false, message: portRange(l10n) } : { ok: true, value: port };
}

/** Addresses that only this computer can reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** What a program on this computer connects to where `host` was bound: loopback and "every address" are both `localhost`. */
export function dialHost(host: string): string {
  return isLoopback(host) || host === '0.0.0.0' || host === '::' ? 'localhost' : host;
}

/** An IPv6 address stands in brackets beside a port. */
export function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** Session documents to use in place of AWS's own: their names, empty for AWS's. */
export interface ForwardDocuments {
  readonly port: string;
  readonly remoteHost: string;
}

const AWS_DOCUMENTS: ForwardDocuments = {
  port: 'AWS-StartPortForwardingSession',
  remoteHost: 'AWS-StartPortForwardingSessionToRemoteHost',
};

/** The session document and parameters that lead there. */
export function forwardDocument(
  to: ForwardTo,
  localPort: number,
  documents: ForwardDocuments = AWS_DOCUMENTS,
): { readonly documentName: string; readonly parameters: Readonly<Record<string, string>> } {
  const ports = { portNumber: String(to.port), localPortNumber: String(localPort) };
  return to.host === undefined
    ? { documentName: documents.port || AWS_DOCUMENTS.port, parameters: ports }
    : {
        documentName: documents.remoteHost || AWS_DOCUMENTS.remoteHost,
        parameters: { host: to.host, ...ports },
      };
}

/** `8080`, `mydb.example:3306`, `[fd00::1]:443`: as `parseForwardTo` reads it. */
export function forwardToText({ host, port }: ForwardTo): string {
  return host === undefined ? String(port) : `${hostInUrl(host)}:${port}`;
}

function parsePort(text: string): number | undefined {
  if (!/^\d{1,5}$/.test(text)) return undefined;
  const port = Number(text);
  return port >= 1 && port <= 65_535 ? port : undefined;
}

/** RFC 1123 labels, with the underscore that private zones use; IPv4 passes as four labels. */
function isHostName(host: string): boolean {
  return (
    host.length <= 253 &&
    host.split('.').every(label => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label))
  );
}

function portRange(l10n: Localizer): string {
  return l10n.t('A port is a number from 1 to 65535.');
}
