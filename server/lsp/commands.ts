/** Commands any client may run through `workspace/executeCommand`, and Lintel's own requests. */
import {
  type CancellationToken,
  ErrorCodes,
  Range,
  ResponseError,
  type WorkDoneProgressReporter,
} from 'vscode-languageserver/node';
import { applyEdits } from '../core/create.ts';
import type { Scaffold } from '../core/generate/scaffold.ts';
import type { Generated, GenerateOptions, Lintel, Status } from '../core/lintel.ts';
import type { Watch } from '../core/steps.ts';
import { type FixAllParams, fixAllEdit } from './fixAll.ts';
import type { SnippetEdit } from '../core/snippet.ts';
import { Text } from '../core/tree/text.ts';
import type { SnippetText } from '../core/typescript/insertion.ts';
import { type Lines, linesOf, toPreviewedEdit } from './convert.ts';
import type { Session } from './session.ts';

export const commands = {
  /** `[entries: uri[], options?]` → `{ text, operations, notes: { uri, range, message }[] }` */
  generateOpenApi: 'lintel.generateOpenApi',
  /** `[folders: uri[], of?: uri]` → the URIs of the entries the applications in them begin in; those that lead to `of`, if any does */
  applications: 'lintel.applications',
  /** The same for messages; an entry may be a folder. */
  generateAsyncApi: 'lintel.generateAsyncApi',
  /** `[samples: { uri, text }[]]` → the same for cURL commands, HAR, Postman collections and JSON bodies */
  generateFromSamples: 'lintel.generateFromSamples',
  /**
   * `[uri, generated: text, onlyShow?]` → `{ applied, added: message[], extra: { range, message }[], refused? }`, after the
   * client applied the edit; one that can previews it first. With `onlyShow` nothing is applied, and `edits` and the merged
   * `text` are part of the answer.
   */
  merge: 'lintel.merge',
  /** `['openapi' | 'asyncapi']` → the text of the document */
  newDocument: 'lintel.newDocument',
  /** `[what: Scaffold]` → the text of a document that holds it; `merge` brings a part into another */
  scaffold: 'lintel.scaffold',
  /** `[uri, operation?]` → `{ name, text }[]`, the TypeScript files for an OpenAPI document or one operation of it */
  code: 'lintel.code',
  /** `[uri]` → `{ name, title }[]`, a document's operations: as `code` knows them, and as people do (`GET /pets`) */
  operations: 'lintel.operations',
  /**
   * `[uri, { imports, body }, range?]` → `{ range, newText, snippet }[]`, the edits that put a snippet into a TypeScript
   * file: its imports to the others, its body to the range or, without one, to the end
   */
  placeSnippet: 'lintel.placeSnippet',
  /** `[uri, block: text]` → the edits that add what a description lacks of a block; null where no description is that parses */
  placeBlock: 'lintel.placeBlock',
  /** `[uri, imports: text[]]` → of each text the edits that add it to the imports of a TypeScript file */
  placeImports: 'lintel.placeImports',
  /** `[{ uri, rule?, unsafe?, own? }]` → `{ applied, mended }`, after the client applied the edit */
  fixAll: 'lintel.fixAll',
} as const;

/**
 * Answers the commands, `lintel/status` (`{ uri }` → Status), `lintel/ruleset` (`{ uri }` of a file, or of a folder with `/` at
 * its end → URI of the ruleset in force there, or null), `lintel/rulePage` (`{ rule }` → Markdown or null)
 * and `lintel/rules` (ids and sentences).
 */
export function serveCommands(session: Session): void {
  const { connection, lintel, buffers, settings } = session;
  connection.onExecuteCommand(({ command, arguments: args = [] }, token, progress) => {
    const watched = { token, progress };
    if (command === commands.generateOpenApi) return generate('routes', lintel.generateOpenApi, args, session, watched);
    if (command === commands.applications) return applications(args, session, watched);
    if (command === commands.generateAsyncApi) return generate('messages', lintel.generateAsyncApi, args, session, watched);
    if (command === commands.generateFromSamples) return generateFromSamples(args, session);
    if (command === commands.merge) return merge(args, session);
    if (command === commands.newDocument) return newDocument(args, session);
    if (command === commands.scaffold) return scaffold(args, session);
    if (command === commands.code) return codeOf(args, session);
    if (command === commands.operations) return operationsOf(args, session);
    if (command === commands.placeSnippet) return placeSnippet(args, session);
    if (command === commands.placeBlock) return placeBlock(args, session);
    if (command === commands.placeImports) return placeImports(args, session);
    if (command === commands.fixAll) return fixAll(args, session, token);
    throw new ResponseError(ErrorCodes.MethodNotFound, `There is no command ${command}.`);
  });
  connection.onRequest('lintel/status', async ({ uri }: { uri: string }) =>
    buffers.isStale(uri) ? stale : lintel.status(uri, await settings.of(uri)),
  );
  connection.onRequest(
    'lintel/ruleset',
    async ({ uri }: { uri: string }) => lintel.rulesetOf(uri, await settings.of(uri)) ?? null,
  );
  connection.onRequest('lintel/rulePage', ({ rule }: { rule: string }) => lintel.rules.get(rule)?.page ?? null);
  connection.onRequest('lintel/rules', () => [...lintel.rules.values()].map(({ id, summary }) => ({ id, summary })));
}

/** What is true of a buffer whose file is gone. */
const stale: Status = { checked: false, summary: 'The file is not there any more. Edit or save it.' };

async function generate(
  what: string,
  read: Lintel['generateOpenApi'],
  [entries, options]: readonly unknown[],
  session: Session,
  watched: Watched,
) {
  if (!isTexts(entries)) throw invalid('the URIs of the entry files, as a list');
  const given = (options ?? {}) as GenerateOptions;
  const generated = await watching(`Lintel reads the ${what}`, session, watched, (watch) => read(entries, given, watch));
  return placed(generated, session);
}

function applications([folders, of]: readonly unknown[], session: Session, watched: Watched): Promise<readonly string[]> {
  const isOne = of === undefined || of === null || typeof of === 'string';
  if (!isTexts(folders) || !isOne) throw invalid('the URIs of folders, as a list, and the URI of a file or nothing');
  const find = (watch: Watch) => session.lintel.applicationsIn(folders, of ?? undefined, watch);
  return watching('Lintel looks for applications', session, watched, find);
}

/** The client that waits: how it cancels, and how it is told of what is read. */
interface Watched {
  readonly token: CancellationToken;
  readonly progress: WorkDoneProgressReporter;
}

/** Does what takes its time until the client cancels, and tells one that asked what it is at. */
async function watching<T>(title: string, session: Session, { token, progress }: Watched, act: (watch: Watch) => Promise<T>) {
  progress.begin(title, undefined, undefined, true);
  const report = (uri: string) => uri && progress.report(decodeURIComponent(uri.split('/').at(-1) ?? ''));
  try {
    return await session.answer(token, (signal) => act({ signal, report }), false);
  } finally {
    progress.done();
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

async function generateFromSamples([samples, options]: readonly unknown[], session: Session) {
  if (!Array.isArray(samples) || !samples.every(isSample)) throw invalid('samples, as a list of `{ uri, text }`');
  return placed(await session.lintel.generateFromSamples(samples, (options ?? {}) as GenerateOptions), session, samples);
}

function isSample(value: unknown): value is { uri: string; text: string } {
  const { uri, text } = (value ?? {}) as Record<string, unknown>;
  return typeof uri === 'string' && typeof text === 'string';
}

/** What was generated, with ranges instead of offsets. */
function placed(
  { text, operations, notes }: Generated,
  { texts }: Session,
  given: readonly { uri: string; text: string }[] = [],
) {
  const own = new Map(given.map((one) => [one.uri, linesOf(Text.of(one.text))]));
  const ranges = notes.map(({ uri, start, end, message }) => {
    return { uri, range: (own.get(uri) ?? texts.lines(uri)).range({ start, end }), message };
  });
  return { text, operations, notes: ranges };
}

async function merge([uri, generated, onlyShow]: readonly unknown[], { connection, lintel, texts, client }: Session) {
  if (typeof uri !== 'string' || typeof generated !== 'string') throw invalid('the URI of a document, and the text to merge');
  const { edits, added, extra, refused } = await lintel.mergeInto(uri, generated);
  const lines = texts.lines(uri);
  const said = { added, extra: extra.map(({ message, ...span }) => ({ range: lines.range(span), message })) };
  if (refused || edits.length === 0) return { applied: false, ...said, ...(refused && { refused }) };
  if (onlyShow === true) {
    const text = applyEdits(texts.text(uri) ?? '', edits);
    return { applied: false, ...said, text, edits: edits.map(({ newText, ...span }) => ({ range: lines.range(span), newText })) };
  }
  const label = `Lintel: ${added.length === 1 ? 'one addition' : `${added.length} additions`}`;
  const edit = toPreviewedEdit(edits, texts, client.edits, label);
  const { applied } = await connection.workspace.applyEdit({ label, edit });
  return { applied, ...said };
}

function newDocument([kind]: readonly unknown[], { lintel }: Session): string {
  if (kind !== 'openapi' && kind !== 'asyncapi') throw invalid('`openapi` or `asyncapi`');
  return lintel.newDocument(kind);
}

function codeOf([uri, operation]: readonly unknown[], { lintel }: Session) {
  const isOne = operation === undefined || operation === null || typeof operation === 'string';
  if (typeof uri !== 'string' || !isOne) throw invalid('the URI of a document, and the name of an operation or nothing');
  return lintel.codeOf(uri, operation ?? undefined);
}

function operationsOf([uri]: readonly unknown[], { lintel }: Session) {
  if (typeof uri !== 'string') throw invalid('the URI of a document');
  return lintel.operationsOf(uri);
}

async function placeSnippet([uri, snippet, range]: readonly unknown[], { lintel, texts }: Session) {
  if (typeof uri !== 'string' || !isSnippet(snippet))
    throw invalid('the URI of a file, `{ imports, body }`, and a range or nothing');
  const lines = texts.lines(uri);
  const at = Range.is(range) ? { start: lines.offset(range.start), end: lines.offset(range.end) } : undefined;
  return (await lintel.placeSnippet(uri, snippet, at)).map((edit) => toPlaced(edit, lines));
}

async function placeBlock([uri, block]: readonly unknown[], { lintel, texts }: Session) {
  if (typeof uri !== 'string' || typeof block !== 'string') throw invalid('the URI of a document, and a block as text');
  const lines = texts.lines(uri);
  return (await lintel.placeBlock(uri, block))?.map((edit) => toPlaced(edit, lines)) ?? null;
}

async function placeImports([uri, each]: readonly unknown[], { lintel, texts }: Session) {
  if (typeof uri !== 'string' || !isTexts(each)) throw invalid('the URI of a file, and imports, as a list of texts');
  const lines = texts.lines(uri);
  return (await lintel.placeImports(uri, each)).map((edits) => edits.map((edit) => toPlaced(edit, lines)));
}

function toPlaced({ newText, snippet, ...span }: SnippetEdit, lines: Lines) {
  return { range: lines.range(span), newText, snippet };
}

function isSnippet(value: unknown): value is SnippetText {
  const { imports, body } = (value ?? {}) as Record<string, unknown>;
  return typeof imports === 'string' && typeof body === 'string';
}

const scaffolds = new Set<unknown>(['openapi', 'asyncapi', 'resource', 'webhook', 'event']);

function scaffold([wanted]: readonly unknown[], { lintel }: Session): string {
  const { kind, name, event, title } = (wanted ?? {}) as Record<string, unknown>;
  const isNamed = typeof (kind === 'resource' ? name : kind === 'webhook' || kind === 'event' ? event : title) === 'string';
  if (!scaffolds.has(kind) || !isNamed) throw invalid('what to make: its kind, and its name, event or title');
  return lintel.scaffold(wanted as Scaffold);
}

async function fixAll([params]: readonly unknown[], session: Session, token: CancellationToken) {
  if (!isFixAllParams(params)) throw invalid('`{ uri, rule?, unsafe? }`');
  const { edit, mended } = await session.answer(token, () => fixAllEdit(params, session));
  if (!edit) return { applied: false, mended: [] };
  const { applied } = await session.connection.workspace.applyEdit({ label: 'Lintel: fix all', edit });
  return { applied, mended: applied ? mended : [] };
}

function isFixAllParams(value: unknown): value is FixAllParams {
  return typeof value === 'object' && value !== null && typeof (value as FixAllParams).uri === 'string';
}

function invalid(expected: string): ResponseError<void> {
  return new ResponseError(ErrorCodes.InvalidParams, `Expected ${expected}.`);
}
