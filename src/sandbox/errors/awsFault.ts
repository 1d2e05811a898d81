/** A refusal as an AWS service words it. The server renders it in the protocol of the service that threw it. */
export class AwsFault extends Error {
  readonly code: string;
  readonly status: number;
  /** Modelled members of the error shape beside the message. */
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    { status = 400, fields = {} }: { status?: number; fields?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message);
    this.name = 'AwsFault';
    this.code = code;
    this.status = status;
    this.fields = fields;
  }
}
