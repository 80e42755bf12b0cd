/**
 * Every setting, declared once. package.json's `contributes.configuration` is held against this table by a test;
 * the command line's options and the editor's settings both end as a `Config`, which is passed on, never global.
 */
import { type Severity, severities } from './finding.ts';

export interface Config {
  /** Check documents at all. */
  readonly enable: boolean;
  /** URI of a ruleset that is used for every document; empty: the nearest `.spectral.*`, else Lintel's own. */
  readonly ruleset: string;
  /** Severity by rule id; `off` switches a rule off. Wins over the ruleset. */
  readonly rules: Readonly<Record<string, Severity | 'off'>>;
  /** Options by rule id. */
  readonly ruleOptions: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Complete and explain keywords; `auto`: unless another extension does so in the language at hand. */
  readonly keywords: 'auto' | 'on' | 'off';
  /** Hosts that files are fetched from: what `$ref` and `extends` name by URL. */
  readonly remoteHosts: readonly string[];
  /** May JavaScript from the workspace (rulesets, functions) be run? Never read from the workspace's own settings. */
  readonly trusted: boolean;
  /** A value of the settings that is none and so changes nothing, in a sentence for a person. */
  readonly mistake?: string;
}

export const defaultConfig: Config = {
  enable: true,
  ruleset: '',
  rules: {},
  ruleOptions: {},
  keywords: 'auto',
  remoteHosts: [],
  trusted: true,
};

const keywordModes: readonly string[] = ['auto', 'on', 'off'];

export interface Setting {
  readonly type: 'boolean' | 'string' | 'object' | 'array';
  readonly default: unknown;
  readonly description: string;
  readonly scope: 'resource' | 'window';
  readonly enum?: readonly string[];
  /** What each value of the enum does. */
  readonly enumDescriptions?: readonly string[];
  /** Not honoured in an untrusted workspace. */
  readonly restricted?: boolean;
  /** JSON Schema of the values of an object, or of the items of a list. */
  readonly values?: object;
}

/** The settings a person sees, without their prefix `lintel.`, in the order in which they see them. */
export const settings: Readonly<Record<string, Setting>> = {
  enable: {
    type: 'boolean',
    default: true,
    description: 'Check OpenAPI and AsyncAPI documents and the TypeScript, JavaScript and SQL migrations around them.',
    scope: 'resource',
  },
  ruleset: {
    type: 'string',
    default: '',
    description:
      'Path of a Spectral ruleset for every document of the folder, absolute, from the home folder (`~/`) or from the workspace folder. Empty: the nearest `.spectral.yaml`, `.yml`, `.json`, `.js` or `.mjs` above the document, else Lintel’s own rules.',
    scope: 'resource',
    restricted: true,
  },
  rules: {
    type: 'object',
    default: {},
    description:
      'Severity by rule id (`error`, `warn`, `info`, `hint` or `off`), for example `{ "server-https": "error", "http-timeout": "off" }`. Wins over the ruleset.',
    scope: 'resource',
    values: { type: 'string', enum: [...severities, 'off'] },
  },
  ruleOptions: {
    type: 'object',
    default: {},
    description:
      'Options by rule id, for example `{ "error-problem-details": { "envelope": "error" } }`. The rule’s page lists them.',
    scope: 'resource',
    values: { type: 'object' },
  },
  keywords: {
    type: 'string',
    default: 'auto',
    description: 'Complete the keywords of OpenAPI and AsyncAPI and explain them on hover.',
    scope: 'resource',
    enum: keywordModes,
    enumDescriptions: [
      'In JSON always; in YAML while the YAML extension of Red Hat, which may do the same, is not active.',
      'Always.',
      'Never.',
    ],
  },
  remoteHosts: {
    type: 'array',
    default: [],
    description:
      'Hosts that Lintel may fetch files from, for example `["schemas.example.com"]`: documents that a `$ref`, and rulesets that `extends` names by URL. Nothing is fetched from any other host.',
    // Whom a window may ask is one decision: a file is fetched once for all of its folders.
    scope: 'window',
    restricted: true,
    values: { type: 'string' },
  },
  'trace.server': {
    type: 'string',
    default: 'off',
    description: 'Log the messages between the editor and the Lintel server to the output channel.',
    scope: 'window',
    enum: ['off', 'messages', 'verbose'],
    enumDescriptions: ['No messages.', 'The name of each message.', 'Each message with what it carries.'],
  },
};

/** Makes a `Config` of whatever settings an editor sent: values of a wrong type fall back to the default, and the first is told. */
export function readConfig(raw: unknown, trusted: boolean): Config {
  const given = isRecord(raw) ? raw : {};
  const mistakes: string[] = [];
  const of = <T>(key: string, expected: string, test: (value: unknown) => boolean, fallback: T): T => {
    const value = given[key];
    if (test(value)) return value as T;
    if (value !== undefined && value !== null)
      mistakes.push(`The setting \`lintel.${key}\` is not used: it must be ${expected}.`);
    return fallback;
  };
  const levels = Object.entries(of<Record<string, unknown>>('rules', 'an object', isRecord, {}));
  for (const [id, level] of levels.filter(([, level]) => !isLevel(level))) {
    const must = `it must be ${anyOf([...severities, 'off'])}`;
    mistakes.push(
      `The setting \`lintel.rules\` gives \`${id}\` the severity \`${JSON.stringify(level)}\`, which is none: ${must}.`,
    );
  }
  const config = {
    enable: of('enable', '`true` or `false`', (value) => typeof value === 'boolean', defaultConfig.enable),
    ruleset: of('ruleset', 'a text', (value) => typeof value === 'string', defaultConfig.ruleset),
    rules: Object.fromEntries(levels.filter(([, level]) => isLevel(level))) as Config['rules'],
    ruleOptions: of('ruleOptions', 'an object', isRecord, defaultConfig.ruleOptions),
    keywords: of('keywords', anyOf(keywordModes), (value) => keywordModes.includes(value as string), defaultConfig.keywords),
    remoteHosts: of('remoteHosts', 'a list of texts', isStrings, defaultConfig.remoteHosts),
    trusted,
  };
  return mistakes[0] === undefined ? config : { ...config, mistake: mistakes[0] };
}

function anyOf(values: readonly string[]): string {
  return `${values
    .slice(0, -1)
    .map((value) => `\`${value}\``)
    .join(', ')} or \`${values.at(-1)}\``;
}

function isStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** A severity by name, or `off`. */
export function isLevel(value: unknown): value is Severity | 'off' {
  return value === 'off' || severities.includes(value as Severity);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
