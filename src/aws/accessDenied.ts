/** What AWS's AccessDenied sentence says, as far as it says it. */
export interface AccessDenied {
  /** ARN of who asked, usually `arn:aws:sts::<account>:assumed-role/<role>/<session>`. */
  readonly principal?: string;
  /** `ssm:StartSession`. */
  readonly action: string;
  /** ARN, or `*`. Not every service names it. */
  readonly resource?: string;
  /** Which policy refused, in AWS's words: "no identity-based policy allows the ssm:StartSession action". */
  readonly reason?: string;
}

/**
 * Reads AWS's AccessDenied sentence (IAM user guide, "Access denied error message examples"). The only place in the product that
 * looks into the text of a message; undefined when it is worded otherwise.
 */
export function parseAccessDenied(message: string): AccessDenied | undefined {
  const match = SENTENCE.exec(message.replace(/\s+/g, ' '));
  const groups = match?.groups;
  if (!groups?.action) return undefined;
  return {
    action: withoutStop(groups.action),
    ...(groups.principal === undefined ? {} : { principal: groups.principal }),
    ...(groups.resource === undefined ? {} : { resource: withoutStop(groups.resource) }),
    ...(groups.reason === undefined ? {} : { reason: reasonOf(groups.reason) }),
  };
}

const SENTENCE =
  /(?:User: (?<principal>\S+)|\bUser) is not authorized to perform: (?<action>\S+)(?: on resource: (?<resource>\S+))?(?: (?:because (?=\w)|(?=with an explicit deny))(?<reason>.+))?/;

/** EC2 adds an encoded blob behind the sentence, some SDKs add their own brackets. */
function reasonOf(text: string): string {
  return withoutStop(
    text.replace(/\s*(?:\(Service: |Encoded authorization failure message: ).*$/, '').trim(),
  );
}

function withoutStop(text: string): string {
  return text.replace(/[.,]$/, '');
}
