import { foreignAnswer, type ForeignAnswer } from '../base/foreignAnswer';

/** Thrown in place of an answer that is not AWS's. */
export class ForeignAnswerError extends Error {
  readonly answer: ForeignAnswer;
  /** Where the SDK looks for what to try again: not this. */
  readonly $metadata: { readonly httpStatusCode: number };

  constructor(answer: ForeignAnswer) {
    super(
      `Something else answered in place of AWS: ${[answer.answeredBy, answer.title].filter(Boolean).join(' ')}`,
    );
    this.name = 'ForeignAnswerError';
    this.answer = answer;
    this.$metadata = { httpStatusCode: Number(answer.status) };
  }
}

/** The SDK's response, as far as it is looked at here. */
interface Response {
  readonly statusCode?: number;
  readonly headers?: Readonly<Record<string, string>>;
  body?: unknown;
}

/** Enough for a page's title or an answer's first element. */
const START_BYTES = 2_000;

/**
 * Makes sure that AWS has answered. The SDK takes a guest network's page for an answer without content, which would be "no instances".
 * Throws `ForeignAnswerError`. The body is read for it, and left for the SDK as bytes.
 */
export async function checkAnswer(
  response: Response,
  { clientName = '', commandName = '' }: { readonly clientName?: string; readonly commandName?: string },
): Promise<void> {
  const body = await readBody(response.body);
  if (body === undefined) return;
  response.body = body;
  const { statusCode: status = 0, headers = {} } = response;
  const start = new TextDecoder().decode(body.subarray(0, START_BYTES));
  const foreign = foreignAnswer({ status, headers, start });
  if (foreign) throw new ForeignAnswerError(foreign);
  if (status >= 200 && status < 300 && !isOwn(start, clientName, commandName))
    throw new ForeignAnswerError({ answeredBy: 'other', status: String(status) });
}

/** What a client of STS hands its requests to, as far as it is used here. */
interface QueryHandler {
  handle(request: { readonly body?: unknown }, options?: object): Promise<{ readonly response: object }>;
}

/**
 * The handler for a client of STS that the SDK makes by itself, where no middleware of ours could look at the answers. It leaves closing the
 * connections to whoever owns `handler`.
 */
export function checkedHandler(handler: QueryHandler): QueryHandler {
  return {
    handle: async (request, options) => {
      const output = await handler.handle(request, options);
      // The Query protocol names the operation in its body.
      const action = new URLSearchParams(String(request.body)).get('Action') ?? '';
      await checkAnswer(output.response, { clientName: 'STSClient', commandName: `${action}Command` });
      return output;
    },
  };
}

/** The Query protocols answer with an element of the operation's name, the JSON protocols with an object or nothing. */
function isOwn(start: string, clientName: string, commandName: string): boolean {
  if (!QUERY_CLIENTS.has(clientName)) return /^\s*(\{|$)/.test(start);
  const root = commandName.replace(/Command$/, 'Response');
  return new RegExp(`^\\s*(<\\?xml[^>]*\\?>\\s*)?<${root}[\\s>/]`).test(start);
}

const QUERY_CLIENTS: ReadonlySet<string> = new Set(['EC2Client', 'STSClient']);

/** Undefined for a body that is no stream: somebody has read it already. */
async function readBody(body: unknown): Promise<Uint8Array | undefined> {
  if (body === undefined || body === null) return new Uint8Array();
  if (!isStream(body)) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const { buffer, byteOffset, length } = Buffer.concat(chunks);
  // A plain array over the same bytes: the SDK gives it another prototype, which a `Buffer` would not survive.
  return new Uint8Array(buffer, byteOffset, length);
}

function isStream(body: unknown): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}
