/**
 * The contract of a rule. A rule is a pair of files: `x.ts`, which finds and mends, and `x.md`, its page. Id, sentence
 * and documentation come from the page, so that nothing is said twice; the page's examples are the rule's tests.
 */
import type { Path, Safety, Severity, Span, TextEdit } from './finding.ts';
import type { Api, Place } from './model/api.ts';
import type { OwnRule } from './own.ts';
import type { SqlMigration } from './sql/migration.ts';
import type { TreeEditor } from './tree/edit.ts';
import type { CodeFile, Node } from './typescript/code.ts';
import type { FileRole } from './typescript/role.ts';

/** The formats an API rule looks at: a kind, or a kind with a version prefix. */
export type RuleFormat = 'openapi' | 'openapi2' | 'openapi3' | 'asyncapi' | 'asyncapi2' | 'asyncapi3';

/** Where the pages are read on the web: a folder each for openapi, asyncapi, code and lintel. */
export const docs = 'https://github.com/lintel/lintel/blob/main/rulesets';

/** What a rule is about; presets are made of themes. */
export type Theme =
  | 'structure'
  | 'resources'
  | 'statuses'
  | 'errors'
  | 'collections'
  | 'idempotency'
  | 'limits'
  | 'asynchronous'
  | 'lifecycle'
  | 'security'
  | 'data'
  | 'webhooks'
  | 'events'
  | 'delivery'
  | 'bindings';

export interface RuleBase {
  readonly id: string;
  /** One sentence: what the rule says. */
  readonly summary: string;
  /** The page, Markdown. */
  readonly page: string;
  readonly severity: Severity;
  /** Off unless a ruleset or setting turns it on. */
  readonly optIn?: boolean;
  /** The TypeScript snippet (a file's name under `snippets`, without its ending) that does right what the rule speaks of. */
  readonly snippet?: string;
}

export type RuleOptions = Readonly<Record<string, unknown>>;

/** What an API rule yields: the place, what is wrong there, and whatever its own fix wants to know again. */
export interface ApiProblem<Data = unknown> {
  readonly at: Place;
  /** What to mark: the key's token or the value (default `key`). */
  readonly target?: 'key' | 'value';
  readonly message: string;
  /** Milder than the rule's, where the specification leaves more open; a setting or ruleset still has the last word. */
  readonly severity?: Severity;
  readonly related?: readonly { at: Place; message: string }[];
  readonly data?: Data;
}

/** All problems that a check gives, without turns for others. */
export function problemsIn<Data>(check: Iterable<ApiProblem<Data> | undefined>): ApiProblem<Data>[] {
  return [...check].filter((problem) => problem !== undefined);
}

export interface ApiRule<Data = unknown> extends RuleBase {
  readonly on: 'api';
  readonly theme: Theme;
  readonly formats: readonly RuleFormat[];
  /** Rules of Spectral that say the same: they do not speak where this one is on. */
  readonly replaces?: readonly string[];
  /** Rules of Spectral that say a part of it: they do not speak there either. */
  readonly absorbs?: readonly string[];
  /** On for every document, whatever the ruleset extends, unless it speaks of this rule or of what it replaces. */
  readonly structural?: boolean;
  /** JSON Schema of the options, where the rule takes any; defaults are in the rule. */
  readonly optionsSchema?: object;
  /** What is wrong. `undefined` is no problem: it says that others may have their turn before the next. */
  check(api: Api, options: RuleOptions): Iterable<ApiProblem<Data> | undefined>;
  readonly fix?: {
    readonly safety: Safety;
    /** Writes the mend into the editor and says what it is; undefined where this problem has no mend. */
    apply(problem: ApiProblem<Data>, edit: TreeEditors, api: Api, options: RuleOptions): string | undefined;
  };
}

/** The tree editor of the document a place stands in; edits of several files make one fix. */
export type TreeEditors = (place: Place) => TreeEditor;

export interface CodeProblem<Data = unknown> {
  /** The offending token or expression: the smallest node that names the mistake. */
  readonly at: Node | Span;
  readonly message: string;
  /** Milder than the rule's, where the evidence is weaker; never graver, and a setting or ruleset still has the last word. */
  readonly severity?: Severity;
  /** Everything the finding rests on. A syntax error inside it silences the finding. Default: the enclosing function. */
  readonly evidence?: Node;
  readonly related?: readonly { at: Node; message: string }[];
  readonly data?: Data;
}

/** What a rule yields for a file of SQL. */
export interface SqlProblem {
  readonly at: Span;
  readonly message: string;
  /** Milder than the rule's. */
  readonly severity?: Severity;
  readonly related?: readonly { at: Span; message: string }[];
  /** What mends it. */
  readonly fix?: CodeFix;
}

export interface CodeRule<Data = unknown> extends RuleBase {
  readonly on: 'code';
  /** The files the rule speaks of; default: what runs in production on a server. */
  readonly roles?: readonly FileRole[];
  check(file: CodeFile, options: RuleOptions): Iterable<CodeProblem<Data>>;
  /** What it says of a migration that is a file of SQL; places are offsets of that file. */
  checkSql?(migration: SqlMigration): Iterable<SqlProblem>;
  /** The mend; undefined where this problem has none. Title: imperative, no full stop. */
  fix?(problem: CodeProblem<Data>, file: CodeFile): CodeFix | undefined;
}

export interface CodeFix {
  readonly title: string;
  readonly safety: Safety;
  readonly edits: readonly (Span & { readonly newText: string })[];
}

export type Rule = ApiRule | CodeRule | OwnRule;

type Definition<R extends RuleBase> = Omit<R, 'id' | 'summary' | 'on'>;

/** Defines a rule over OpenAPI or AsyncAPI documents. */
export function defineApiRule<Data = undefined>(definition: Definition<ApiRule<Data>>): ApiRule {
  return { on: 'api', ...head(definition.page), ...definition } as unknown as ApiRule;
}

/** Defines a rule over TypeScript and JavaScript. */
export function defineCodeRule<Data = undefined>(definition: Definition<CodeRule<Data>>): CodeRule {
  return { on: 'code', ...head(definition.page), ...definition } as unknown as CodeRule;
}

/** A page begins with `# id`, an empty line, and one sentence. */
export function head(page: string): { id: string; summary: string } {
  const [heading = '', , summary = ''] = page.split(/\r?\n/, 3);
  return { id: heading.replace(/^#\s*/, '').trim(), summary: summary.trim() };
}

/** The rules of Spectral that do not speak where this one is on. */
export function silencedBy({ replaces = [], absorbs = [] }: ApiRule): string[] {
  return [...replaces, ...absorbs];
}

/** Does a rule for these formats look at a document of this one? */
export function matchesFormat(formats: readonly RuleFormat[], format: { kind: string; version: string }): boolean {
  return formats.some((wanted) => `${format.kind}${format.version}`.startsWith(wanted));
}

/** A finding of a rule, before it is dressed for the reader. */
export interface RawFinding extends Span {
  readonly uri: string;
  readonly rule: string;
  readonly message: string;
  readonly path?: Path;
}

export type { TextEdit };
