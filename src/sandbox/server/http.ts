import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';

/** A request whose body has been read. */
export interface HttpCall {
  readonly method: string;
  /** Parsed against the sandbox's own base URL. */
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A reply that stays open, for server-sent events. */
export interface HttpStream {
  readonly open: (response: ServerResponse) => void;
}

/** Longest body the sandbox reads; the largest honest request is a few kilobytes. */
const LONGEST_BODY = 1 << 20;

export class BodyTooLong extends Error {}

export async function readCall(request: IncomingMessage, baseUrl: string): Promise<HttpCall> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LONGEST_BODY) throw new BodyTooLong(`The request body is longer than ${LONGEST_BODY} bytes`);
    chunks.push(chunk);
  }
  return callOf(request, baseUrl, Buffer.concat(chunks));
}

/** The call without a body, as an upgrade request has it. */
export function callOf(request: IncomingMessage, baseUrl: string, body: Buffer = Buffer.alloc(0)): HttpCall {
  return {
    method: request.method ?? 'GET',
    url: new URL(request.url ?? '/', baseUrl),
    headers: request.headers,
    body,
  };
}

export function json(status: number, value: unknown, headers: Record<string, string> = {}): HttpReply {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) };
}

export function html(status: number, page: string): HttpReply {
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:; form-action *",
    },
    body: page,
  };
}

/** The answer of something in between that is no AWS: a proxy's page, with a status that says all is well. */
export const GARBAGE: HttpReply = {
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: '<!doctype html><html><body><h1>Welcome to the guest network</h1></body></html>',
};

/** Cuts the connection instead of answering. */
export const RESET: HttpStream = { open: response => void response.socket?.resetAndDestroy() };

export function redirect(location: string): HttpReply {
  return { status: 302, headers: { location }, body: '' };
}

export function header(call: HttpCall, name: string): string | undefined {
  const value = call.headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}
