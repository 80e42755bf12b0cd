/** What fits in a ruleset file, and what stands there: completion and hover, in YAML written in blocks. */
import { parseApiDocument } from './document.ts';
import type { Path, Span } from './finding.ts';
import type { KeywordCompletion } from './keywords.ts';
import { isRecord } from './model/api.ts';
import { outlineAt } from './tree/outline.ts';
import { pathAt, spanAt } from './tree/tree.ts';
import { parseYaml } from './tree/yaml.ts';

/** A rule that a ruleset may name. */
export interface NamedRule {
  readonly id: string;
  /** What it says, Markdown: a page, or a sentence. */
  readonly help: string | undefined;
}

const severities = ['error', 'warn', 'info', 'hint', 'off', 'true', 'false'];
/** Rulesets that are built in, with what they hold. */
export const extendable: Readonly<Record<string, string>> = {
  'lintel:openapi': 'Lintel’s rules for OpenAPI that are recommended.',
  'lintel:asyncapi': 'Lintel’s rules for AsyncAPI that are recommended.',
  'lintel:strict': 'All of Lintel’s rules.',
  'lintel:security': 'Lintel’s rules on security.',
  'lintel:events': 'Lintel’s rules on events and their delivery.',
  'spectral:oas': 'Spectral’s rules for OpenAPI.',
  'spectral:asyncapi': 'Spectral’s rules for AsyncAPI.',
};
const rootKeys: Readonly<Record<string, string>> = {
  extends: 'Rulesets whose rules this one takes over: a name, a file, or `[name, off | recommended | all]`.',
  rules: 'Rules by name: a severity for a known one, or the whole of an own one.',
  overrides: 'Other severities for some files, or for some places in them.',
  aliases: 'Names for JSONPath expressions, used in `given` as `#Name`.',
  formats: 'The formats the rules of this ruleset look at.',
  functions: 'Names of JavaScript files in `functionsDir`, whose functions rules may call; run in a trusted workspace only.',
  functionsDir: 'The folder of `functions`; `functions` where none is named.',
  documentationUrl: 'Where the rules are explained; `#<rule>` is added.',
  parserOptions: 'How grave duplicate keys and keys that JSON does not know are.',
};
const ruleKeys: Readonly<Record<string, string>> = {
  description: 'What the rule is for.',
  message: 'What is said; `{{error}}`, `{{property}}`, `{{path}}`, `{{value}}` and `{{description}}` are filled in.',
  severity: 'How grave it is; `warn` where nothing is said.',
  given: 'JSONPath expressions: where to look.',
  then: 'The function that judges what is found: `function`, `functionOptions`, `field`.',
  formats: 'The formats the rule looks at.',
  recommended: 'False: only on in `[ruleset, all]`.',
  resolved: 'False: the document as it is written, with its references.',
  documentationUrl: 'Where the rule is explained.',
  tags: 'Words to find the rule by.',
};
const overrideKeys: Readonly<Record<string, string>> = {
  files: 'Globs of files, with `#/pointer` for places in them.',
  ...rootKeys,
};
const thenKeys: Readonly<Record<string, string>> = {
  function: 'The name of the function that judges what is found.',
  functionOptions: 'What the function is given, by its own names.',
  field: 'The property of what is found that is judged; `@key` judges its keys.',
};
const functionNames: Readonly<Record<string, string>> = {
  alphabetical: 'A list, or the keys of an object, is in alphabetical order; `keyedBy` names what orders objects in a list.',
  casing: 'A text is written as `type` says: `flat`, `camel`, `pascal`, `kebab`, `cobol`, `snake` or `macro`.',
  defined: 'The property is there.',
  enumeration: 'The value is one of `values`.',
  falsy: 'The value is `false`, `""`, `0`, `null`, or not there.',
  length: 'A number, or the length of a text, list or object, is at least `min` and at most `max`.',
  or: 'At least one of `properties` is there.',
  pattern: 'A text matches `match` and does not match `notMatch`.',
  schema: 'The value fits `schema`, a JSON Schema of the `dialect`.',
  truthy: 'The value is there, and neither `false`, `""`, `0` nor `null`.',
  typedEnum: 'Every value of an `enum` has the `type` beside it.',
  undefined: 'The property is not there.',
  unreferencedReusableObject: 'Everything below `reusableObjectsLocation` is referred to.',
  xor: 'Exactly one of `properties` is there.',
};
const shares: Readonly<Record<string, string>> = {
  off: 'None of its rules but those that `rules` switches on.',
  recommended: 'The rules that it recommends.',
  all: 'All of its rules.',
};
/** Names of the formats that rules may look at. */
export const formats =
  'oas2 oas3 oas3.0 oas3.1 oas3.2 aas2 aas2.0 aas2.1 aas2.2 aas2.3 aas2.4 aas2.5 aas2.6 aas3 aas3.0 arazzo1 json-schema'.split(
    ' ',
  );

type Choice = readonly [label: string, help: string | undefined];

/** A path as it would be outside of an override, which holds what a ruleset does. */
function withinOverride(path: Path): Path {
  return path[0] === 'overrides' && typeof path[1] === 'number' ? path.slice(2) : path;
}

/** What may be written at an offset; undefined where that cannot be told. */
export function completeRuleset(
  text: string,
  offset: number,
  rules: readonly NamedRule[],
): readonly KeywordCompletion[] | undefined {
  const outline = outlineAt(text, offset);
  if (outline === undefined || outline === 'flow') return undefined;
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  const { path } = outline;
  const [, key, typed = ''] = /^[\s-]*(?:["']?([\w$./@:-]+?)["']?:[ \t]+)?["']?([\w$./@:-]*)$/.exec(line) ?? [];
  const rest = (word: RegExp) => offset + (word.exec(text.slice(offset))?.[0].length ?? 0);
  const start = offset - typed.length;
  const values = (choices: readonly Choice[], from = start) =>
    choices.map(([label, help]) => ({
      start: from,
      end: rest(/^[\w$./@:-]*/),
      label,
      kind: 'value' as const,
      insert: label,
      documentation: help,
    }));
  const words = (labels: readonly string[], from = start) =>
    values(
      labels.map((label) => [label, undefined]),
      from,
    );
  const keys = (choices: readonly Choice[], insert = (label: string) => `${label}: $0`) => {
    // What stands behind the key stays.
    const end = rest(/^[\w$./@-]*/);
    const isNew = /^\s*$/.test(text.slice(end).split('\n', 1)[0] ?? '');
    return choices.map(([label, help]) => {
      return { start, end, label, kind: 'property' as const, insert: isNew ? insert(label) : label, documentation: help };
    });
  };
  const names = rules.map(({ id, help }): Choice => [id, help]);
  const inBrackets = openBracket(line);
  if (inBrackets) {
    const from = offset - inBrackets.typed.length;
    const listed = inBrackets.key === 'extends' ? Object.entries(inBrackets.isSecond ? shares : extendable) : undefined;
    return listed ? values(listed, from) : inBrackets.key === 'formats' ? words(formats, from) : [];
  }
  const isItem = /^\s*-\s/.test(line);
  const at = withinOverride(path);
  const [section, rule, part] = at;
  if (section === 'extends' || (key === 'extends' && at.length === 0)) return values(Object.entries(extendable));
  if ((section === 'formats' || part === 'formats') && isItem) return words(formats);
  if (section === 'rules' && rule === undefined) {
    if (key !== undefined) return words(severities);
    return keys(names, (label) => `${label}: \${1|error,warn,info,hint,off|}`);
  }
  if (section === 'rules' && key === 'severity') return words(severities);
  if (section === 'rules' && key === 'function') return [...words(ownFunctions(text)), ...values(Object.entries(functionNames))];
  if (key !== undefined) return [];
  if (section === 'rules' && part === undefined) return keys(Object.entries(ruleKeys));
  if (section === 'rules') return keys(Object.entries(thenKeys));
  if (at.length === 0) return keys(Object.entries(path.length === 0 ? rootKeys : overrideKeys));
  return [];
}

/** What is being typed between brackets of one line, and whose value they are: `[[name, second` is of `extends`. */
function openBracket(line: string): { key: string | undefined; typed: string; isSecond: boolean } | undefined {
  const [, key, flow = ''] = /^[\s-]*(?:([\w-]+):[ \t]+)?([[{].*)$/.exec(line) ?? [];
  // How many commas each open bracket has had.
  const open: number[] = [];
  for (const sign of flow.replace(/"[^"]*"|'[^']*'/g, '').match(/[[\]{},]/g) ?? []) {
    if (sign === '[' || sign === '{') open.push(0);
    else {
      const commas = open.pop();
      if (sign === ',' && commas !== undefined) open.push(commas + 1);
    }
  }
  if (open.length === 0) return undefined;
  const [typed = ''] = /[\w$./@:-]*$/.exec(flow) ?? [];
  return { key, typed, isSecond: open.length > 1 && open.at(-1) !== 0 };
}

/** The functions that a ruleset lists as its own. */
function ownFunctions(text: string): readonly string[] {
  const { data } = parseApiDocument('', text);
  const listed = isRecord(data) && Array.isArray(data.functions) ? data.functions : [];
  // Older rulesets pair a name with a schema of the options.
  return listed.map((item: unknown) => (Array.isArray(item) ? item[0] : item)).filter((name) => typeof name === 'string');
}

/** What the rule, the ruleset, the keyword or the function at an offset of a ruleset file says. */
export function explainInRuleset(
  text: string,
  offset: number,
  rules: readonly NamedRule[],
): (Span & { readonly markdown: string }) | undefined {
  const tree = parseYaml(text);
  const path = pathAt(tree, offset);
  const holds = ({ start, end }: Span) => start <= offset && offset <= end;
  const key = spanAt(tree, path, 'key');
  const isKey = typeof path.at(-1) === 'string' && holds(key);
  const span = isKey ? key : spanAt(tree, path, 'value');
  if (!holds(span)) return undefined;
  const word = text.slice(span.start, span.end).replace(/^["']|["']$/g, '');
  const markdown = isKey ? explainKey(path, rules) : explainValue(withinOverride(path), word);
  return markdown === undefined ? undefined : { ...span, markdown };
}

function explainKey(path: Path, rules: readonly NamedRule[]): string | undefined {
  const at = withinOverride(path);
  const [section, name, part] = at;
  const last = at.at(-1);
  if (at.length === 1) return said(path.length === 1 ? rootKeys : overrideKeys, last);
  if (section !== 'rules') return undefined;
  if (at.length === 2) return rules.find(({ id }) => id === name)?.help;
  if (at.length === 3) return said(ruleKeys, part);
  // One judgement, or a list of them.
  return part === 'then' && at.length === (typeof at[3] === 'number' ? 5 : 4) ? said(thenKeys, last) : undefined;
}

function explainValue(at: Path, word: string): string | undefined {
  if (at[0] === 'extends') return said(at.length === 3 && at[2] === 1 ? shares : extendable, word);
  return at[0] === 'rules' && at[2] === 'then' && at.at(-1) === 'function' ? said(functionNames, word) : undefined;
}

function said(table: Readonly<Record<string, string>>, name: string | number | undefined): string | undefined {
  return name !== undefined && Object.hasOwn(table, name) ? table[name] : undefined;
}
