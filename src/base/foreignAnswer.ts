/** What answered in place of the service that was asked, as `details` of an `AppError` name it. */
export interface ForeignAnswer {
  /** `page`: a web page, of a guest network or a proxy. `redirect`: the way to one. `proxy`: a proxy that wants to know who asks. `other`: no answer of the service's. */
  readonly answeredBy: 'page' | 'redirect' | 'proxy' | 'other';
  readonly status: string;
  /** The page's title, or the host that a redirect leads to. */
  readonly title?: string;
}

/** An answer as far as it takes to tell whose it is. Header names in lower case. */
export interface AnswerHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The body, or its beginning. */
  readonly start: string;
}

/**
 * Whether something on the way has answered: a web page or a redirect, where an API was asked. A guest network's page has status 200, or 511
 * (RFC 6585, 6). Undefined for anything that may be the service's own; its servers' error pages (5xx) are.
 */
export function foreignAnswer({ status, headers, start }: AnswerHead): ForeignAnswer | undefined {
  const told = { status: String(status) };
  if (status === 407) return { ...told, answeredBy: 'proxy' };
  if (status >= 300 && status < 400) {
    const { location = '' } = headers;
    return {
      ...told,
      answeredBy: 'redirect',
      ...(URL.canParse(location) ? { title: new URL(location).host } : {}),
    };
  }
  if (status >= 500 && status !== 511) return undefined;
  if (status !== 511 && !isPage(headers['content-type'], start)) return undefined;
  const title = /<title[^>]*>([^<]+)/i.exec(start)?.[1]?.replace(/\s+/g, ' ').trim().slice(0, MOST_OF_TITLE);
  return { ...told, answeredBy: 'page', ...(title ? { title } : {}) };
}

const MOST_OF_TITLE = 80;

function isPage(contentType: string | undefined, start: string): boolean {
  return (
    /^(text\/html|application\/xhtml)/i.test(contentType ?? '') ||
    /^\s*<(!doctype\s+html|html)\b/i.test(start)
  );
}
