/**
 * THE FACADE: everything Lintel can do, on one page. The editor's server and the command line are made of these calls.
 *
 * Files are named by URI. An open buffer (`open`) stands before the file on disk, for itself and for every file that
 * refers to it. Offsets are UTF-16 code units. Nothing here throws on a document's content.
 */
import type { Config } from './config.ts';
import type { Format } from './document.ts';
import type { Finding, Span, TextEdit } from './finding.ts';
import type { Fetch, Host } from './host.ts';
import type { KeywordCompletion } from './keywords.ts';
import type { NameCompletion } from './names.ts';
import type { Link, Reference, ReferenceCompletion, Target } from './references.ts';
import type { Rename } from './renames.ts';
import type { CodeFile, NamedOperation } from './generate/code/parts.ts';
import type { Merged } from './generate/merge/target.ts';
import type { Scaffold } from './generate/scaffold.ts';
import type { Sample } from './generate/samples/operations.ts';
import type { Rule } from './rule.ts';
import type { SnippetEdit } from './snippet.ts';
import type { Watch } from './steps.ts';
import type { Change, Text } from './tree/text.ts';
import type { SnippetText } from './typescript/insertion.ts';

export interface Lintel {
  /** A buffer as the editor shows it; again whenever its whole text is new. `language` is the editor's language id. */
  open(uri: string, text: string, version: number, language?: string): void;
  /** Changes of an open buffer, one after the other: each is placed in the text that the one before left. */
  change(uri: string, changes: readonly Change[], version: number): void;
  /** The buffer is gone; the file on disk counts again. */
  close(uri: string): void;
  /** These files changed, appeared or vanished on disk (rulesets and referenced files included). */
  changedOnDisk(uris: readonly string[]): void;
  /**
   * The folders of the workspace (URIs), in which descriptions are looked for that a file may be a part of. `isWatched`: whoever calls
   * says what changes on disk (`changedOnDisk`), so that files need not be asked for it again and again.
   */
  workspace(folders: readonly string[], isWatched?: boolean): void;
  /** The descriptions of the workspace that a file is a part of, be they open or not; none for a description itself. */
  rootsOf(uri: string, signal?: AbortSignal): Promise<readonly string[]>;
  /** How files of other hosts are fetched, where the client does that better than the host. */
  fetchThrough(fetch: Fetch): void;
  /** Calls when a file of another host has come, or has failed to: what was said before may be wrong now. */
  onArrival(listener: () => void): void;
  /** Waits for files of other hosts that are on their way; true when any came since this was asked, and a check says more. */
  arrivals(): Promise<boolean>;
  /** The text that counts for a URI: the buffer's, else the file's. */
  text(uri: string): string | undefined;
  /** The text of the file on disk, whatever buffer stands before it. */
  onDisk(uri: string): string | undefined;
  /** The same text in pieces, with its lines; the same object until the text changes. */
  content(uri: string): Text | undefined;

  /**
   * Checks one document: its findings, and those in files it refers to, sorted. A document that is not Lintel's
   * business has none. Rejects with the signal's reason when aborted.
   */
  check(uri: string, config: Config, signal?: AbortSignal): Promise<readonly Finding[]>;
  /**
   * What can be said at once of a document that is being edited: what `check` would say, but that the findings of a
   * ruleset's own functions may be those of the last check, where what they speak of has not changed since.
   */
  glance(uri: string, config: Config, signal?: AbortSignal): Promise<Glance>;
  /** Is this document checked, as what, with which ruleset, and if not, why. */
  status(uri: string, config: Config): Promise<Status>;
  /** The ruleset file for descriptions at a place, a file or a folder with `/` at its end, be there any or not. */
  rulesetOf(uri: string, config: Config): string | undefined;

  /** Edits that mend every finding of a check whose fix is allowed, applied until nothing changes. */
  fixAll(uri: string, config: Config, options: FixAllOptions): Promise<FixAllResult>;
  /** The edit that silences a finding with a comment (or `x-lintel-ignore` in JSON); `reason` may be a placeholder. */
  ignore(finding: Finding, reason: string): TextEdit | undefined;

  /** Help for what stands at an offset: the page of a rule named in an ignore comment. Findings have their own. */
  hoverIgnore(uri: string, offset: number): (Span & { markdown: string }) | undefined;
  /** What a text is, told at a glance: the format of a description and the language it is written in. */
  descriptionOf(uri: string): { readonly format: Format; readonly language: 'yaml' | 'json' } | undefined;
  /** The reference at an offset of a description, or of a file a description refers to. */
  referenceAt(uri: string, offset: number): Reference | undefined;
  /** References that lead into other files, and where exactly such a one leads. */
  links(uri: string): readonly Link[];
  targetOfLink(link: string): Target | undefined;
  /**
   * Edits, to be made before files or folders are renamed, after which relative references lead where they led: those to what is
   * renamed, and those in it. Looked at are the open documents, the renamed files, and the YAML and JSON files of the workspace
   * with a `$ref` to one of them; not what lies in `node_modules`, in hidden folders or those of what is built, nor what lies
   * behind the first 50,000 files and folders. Where the signal ends the search of the workspace, only the files that an earlier
   * search found are looked at beside the open and the renamed ones.
   */
  editsForRenames(renames: readonly Rename[], signal?: AbortSignal): Promise<readonly TextEdit[]>;
  /** References that fit where one is being written; undefined elsewhere. */
  completeReference(uri: string, offset: number): readonly ReferenceCompletion[] | undefined;
  /** Names that the document itself gives, and media types, where one is being written; undefined elsewhere. */
  completeName(uri: string, offset: number): readonly NameCompletion[] | undefined;
  /** What may be written at an offset of a ruleset file; undefined in all other files. */
  completeRuleset(uri: string, offset: number, config: Config): Promise<readonly KeywordCompletion[] | undefined>;
  /** The page of a rule, or what a ruleset is, at an offset of a ruleset file. */
  explainInRuleset(uri: string, offset: number, config: Config): Promise<(Span & { markdown: string }) | undefined>;
  /** Is there such a rule, on or off: among the built-in ones, or in the ruleset in force for a document? */
  knows(rule: string, uri: string, config: Config): Promise<boolean>;
  /** The edits that put a snippet into a TypeScript file, its imports to the others; without `at` the body ends the file. */
  placeSnippet(uri: string, snippet: SnippetText, at?: Span): Promise<readonly SnippetEdit[]>;
  /** The edits that put a block, written as a snippet, into a description; undefined where there is none, or it does not parse. */
  placeBlock(uri: string, snippet: string): Promise<readonly SnippetEdit[] | undefined>;
  /** The edits that add each of these imports to those of a TypeScript file. */
  placeImports(uri: string, each: readonly string[]): Promise<readonly (readonly SnippetEdit[])[]>;
  /** All built-in rules, by id. */
  readonly rules: ReadonlyMap<string, Rule>;

  /**
   * Reads an application from its entry files, whatever framework they use, and writes the OpenAPI document it serves.
   * Between files the event loop has its turn; `watch` is told of them, and may end the work.
   */
  generateOpenApi(entries: readonly string[], options?: GenerateOptions, watch?: Watch): Promise<Generated>;
  /**
   * Where the applications in these folders begin, the one with most to read first: what `generateOpenApi` takes as an entry.
   * With `of`, only those that lead to that file, if any does.
   */
  applicationsIn(folders: readonly string[], of?: string, watch?: Watch): Promise<readonly string[]>;
  /**
   * Reads what an application sends and receives through brokers, from its entry files or from all the sources of a
   * folder, and writes the AsyncAPI document.
   */
  generateAsyncApi(entries: readonly string[], options?: GenerateOptions, watch?: Watch): Promise<Generated>;
  /**
   * Reads samples (cURL commands, HAR, Postman collections, JSON bodies) and writes the OpenAPI document they support. No
   * value of a sample is in it, so no secret either.
   */
  generateFromSamples(samples: readonly Sample[], options?: GenerateOptions): Promise<Generated>;
  /**
   * What adds to a document everything that a generated one has and it lacks; comments, order and all that is written
   * by hand stay. Also said: what the document has and the generated one does not.
   */
  mergeInto(uri: string, generated: string): Promise<Merged>;
  /**
   * TypeScript for the operations of a document, or for one of them: types, the interface of their handlers, and a client
   * (OpenAPI) or a consumer and a publisher (AsyncAPI) with deadline, retries and idempotency key. Empty where the document
   * has no such operation.
   */
  codeOf(uri: string, operation?: string): Promise<readonly CodeFile[]>;
  /** A document's operations: their names, as `codeOf` knows them, and what people call them. */
  operationsOf(uri: string): Promise<readonly NamedOperation[]>;
  /** A starter document. */
  newDocument(kind: 'openapi' | 'asyncapi'): string;
  /** A document with what was asked for, YAML; `mergeInto` brings a part of one into a document that is there. */
  scaffold(wanted: Scaffold): string;
}

export interface Glance {
  readonly findings: readonly Finding[];
  /** Nothing is left from the last check: `check` says the same. */
  readonly isWhole: boolean;
  /** Nothing is said: most of a long text is to be read anew, which waits for a pause. What was said before stands until then. */
  readonly isLate?: boolean;
  /** Rules were left out that have never looked at the document, which is long: the next glance takes further ones in. */
  readonly isCut?: boolean;
}

export interface Status {
  readonly checked: boolean;
  /** One sentence for a person: "OpenAPI 3.1, checked with Lintel's rules." or why it is not checked. */
  readonly summary: string;
  /** It is not checked as somebody wants it to be. */
  readonly isTroubled?: true;
  /** The ruleset file in force, if a file is. */
  readonly ruleset?: string;
}

export interface FixAllOptions {
  /** Only this rule. */
  readonly rule?: string;
  /** Also fixes that are suggestions. */
  readonly unsafe?: boolean;
  /** Only `findings` in the document itself, or of these only the fixes whose `edits` are in it, too. */
  readonly own?: 'findings' | 'edits';
}

export interface FixAllResult {
  /** New text by URI, for files that changed. */
  readonly texts: ReadonlyMap<string, string>;
  /** What was mended, in order. */
  readonly mended: readonly { readonly rule: string; readonly title: string; readonly uri: string }[];
}

/** What the document says of itself; what is absent comes from the application's `package.json`. */
export interface GenerateOptions {
  readonly title?: string;
  readonly version?: string;
  readonly description?: string;
  readonly contact?: { readonly name?: string; readonly url?: string; readonly email?: string };
  /** The licence's name. */
  readonly license?: string;
  /** URLs of the servers; a variable as `{name}`. */
  readonly servers?: readonly string[];
}

export interface Generated {
  /** The document, YAML. */
  readonly text: string;
  readonly operations: number;
  /** What could not be seen, where, and why. */
  readonly notes: readonly (Span & { readonly uri: string; readonly message: string })[];
}

export type { Host };
