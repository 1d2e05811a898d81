import type { SessionDocument, SessionPreferences, SessionType } from './sessionDocument';

/** A parameter of a Session document. */
interface Parameter {
  /** Absent: it must be given. */
  readonly default?: string;
  readonly allowedPattern?: RegExp;
  readonly allowedValues?: readonly string[];
}

interface Definition {
  readonly sessionType: SessionType;
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** Property values; `{{ name }}` stands for the parameter. */
  readonly properties: Readonly<Record<string, string>>;
}

/** The shell that AWS opens when no document is named; the account's preferences hang on it. */
export const DEFAULT_DOCUMENT = 'SSM-SessionManagerRunShell';

const PORT = /^([1-9]|[1-9][0-9]{1,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$/;
const PORT_OR_ZERO = new RegExp(`^0$|${PORT.source}`);
const SEPARATOR = /^[0-9a-zA-Z\r\n_:-]{0,30}$/;

const portNumber: Parameter = { default: '80', allowedPattern: PORT };
const localPortNumber: Parameter = { default: '0', allowedPattern: PORT_OR_ZERO };

/** Names, types, parameters and defaults as AWS documents them. */
const DEFINITIONS: ReadonlyMap<string, Definition> = new Map<string, Definition>([
  [DEFAULT_DOCUMENT, { sessionType: 'Standard_Stream', parameters: {}, properties: {} }],
  [
    'AWS-StartPortForwardingSession',
    {
      sessionType: 'Port',
      parameters: { portNumber, localPortNumber },
      properties: {
        portNumber: '{{ portNumber }}',
        type: 'LocalPortForwarding',
        localPortNumber: '{{ localPortNumber }}',
      },
    },
  ],
  [
    'AWS-StartPortForwardingSessionToRemoteHost',
    {
      sessionType: 'Port',
      parameters: {
        portNumber,
        localPortNumber,
        host: { default: 'localhost', allowedPattern: /^[^,$^&()!;'"<>`{}[\]|#=\s]{3,}$/ },
      },
      properties: {
        portNumber: '{{ portNumber }}',
        type: 'LocalPortForwarding',
        localPortNumber: '{{ localPortNumber }}',
        host: '{{ host }}',
      },
    },
  ],
  [
    'AWS-StartSSHSession',
    {
      sessionType: 'Port',
      parameters: { portNumber: { ...portNumber, default: '22' } },
      properties: { portNumber: '{{ portNumber }}' },
    },
  ],
  [
    'AWS-StartInteractiveCommand',
    {
      sessionType: 'InteractiveCommands',
      parameters: { command: { allowedPattern: /\S/ } },
      properties: { command: '{{ command }}' },
    },
  ],
  [
    'AWS-StartNonInteractiveCommand',
    {
      sessionType: 'NonInteractiveCommands',
      parameters: {
        command: { allowedPattern: /\S/ },
        separateOutputStream: { default: 'False', allowedValues: ['True', 'False'] },
        stdoutSeparatorPrefix: { default: '', allowedPattern: SEPARATOR },
        stderrSeparatorPrefix: { default: '', allowedPattern: SEPARATOR },
      },
      properties: {
        command: '{{ command }}',
        separateOutputStream: '{{ separateOutputStream }}',
        stdoutSeparatorPrefix: '{{ stdoutSeparatorPrefix }}',
        stderrSeparatorPrefix: '{{ stderrSeparatorPrefix }}',
      },
    },
  ],
]);

export type Resolution =
  | { readonly document: SessionDocument }
  | { readonly problem: 'unknown-document' | 'invalid-parameters'; readonly message: string };

/** `arn:aws:ssm:<region>::document/AWS-…` for AWS's own documents; the account's own carry its number. */
export function documentArn(name: string, accountId: string, region: string): string {
  return `arn:aws:ssm:${region}:${name.startsWith('AWS-') ? '' : accountId}:document/${name}`;
}

/** Reads a document with its parameters: checked, defaults applied, substituted. Values come as lists of one string. */
export function resolveDocument(
  name: string,
  given: Readonly<Record<string, readonly string[]>>,
  preferences: SessionPreferences,
): Resolution {
  const definition = DEFINITIONS.get(name);
  if (definition === undefined) {
    return { problem: 'unknown-document', message: `Document with name ${name} does not exist.` };
  }
  const invalid = (message: string): Resolution => ({ problem: 'invalid-parameters', message });
  const undefinedName = Object.keys(given).find(parameter => !(parameter in definition.parameters));
  if (undefinedName !== undefined) {
    return invalid(`Parameter "${undefinedName}" is not defined in document ${name}.`);
  }
  const values = new Map<string, string>();
  for (const [parameter, rule] of Object.entries(definition.parameters)) {
    const list = given[parameter];
    if (list !== undefined && list.length !== 1) return invalid(`Parameter "${parameter}" takes one value.`);
    const value = list?.[0] ?? rule.default;
    if (value === undefined) return invalid(`Parameter "${parameter}" is required.`);
    if (rule.allowedPattern?.test(value) === false) {
      return invalid(
        `Parameter "${parameter}" value "${value}" does not match the allowed pattern ${rule.allowedPattern.source}.`,
      );
    }
    if (rule.allowedValues?.includes(value) === false) {
      return invalid(
        `Parameter "${parameter}" value "${value}" is not among ${rule.allowedValues.join(', ')}.`,
      );
    }
    values.set(parameter, value);
  }
  const properties = Object.fromEntries(
    Object.entries(definition.properties).map(([property, template]) => [
      property,
      template.replace(/\{\{ (\w+) \}\}/g, (_, parameter: string) => values.get(parameter) ?? ''),
    ]),
  );
  return { document: { name, sessionType: definition.sessionType, properties, preferences } };
}
