/**
 * A thread of its own for the two language services: loading them and matching a document against a schema takes long
 * enough to be felt by whoever types. Takes `Task`s, answers each with a `Reply` of the same number.
 */
import { parentPort } from 'node:worker_threads';
import { getLanguageService as jsonService, type LanguageService as JsonService } from 'vscode-json-languageservice';
import {
  type CompletionItem,
  CompletionItemKind,
  getLanguageService as yamlService,
  type Hover,
  type LanguageService,
} from 'yaml-language-server';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Span } from '../core/finding.ts';
import type { KeywordCompletion, KeywordQuestion } from '../core/keywords.ts';
import { schemaOf } from './schemas.ts';

export interface Task {
  readonly id: number;
  readonly kind: 'complete' | 'explain';
  readonly question: KeywordQuestion;
}

export interface Reply {
  readonly id: number;
  readonly completions?: readonly KeywordCompletion[];
  readonly explanation?: Span & { readonly markdown: string };
  readonly error?: string;
}

interface Services {
  readonly yaml: LanguageService;
  readonly json: JsonService;
}

const clientCapabilities = {
  textDocument: { completion: { completionItem: { snippetSupport: true, documentationFormat: ['markdown' as const] } } },
};

const services = new Map<string, Promise<Services | undefined>>();
let version = 0;

/** Services that know one schema; nothing is fetched and nothing validated. */
function servicesFor({ format }: KeywordQuestion): Promise<Services | undefined> {
  const key = `${format.kind} ${format.version}`;
  const known = services.get(key) ?? create(key, schemaOf(format));
  services.set(key, known);
  return known;
}

async function create(name: string, loading: ReturnType<typeof schemaOf>): Promise<Services | undefined> {
  const schema = await loading;
  if (!schema) return undefined;
  const refuse = () => Promise.reject(new Error('Nothing is fetched.'));
  const schemas = [{ uri: `lintel:/${name.replace(' ', '/')}`, fileMatch: ['*'], schema }];
  const yaml = yamlService({
    schemaRequestService: refuse,
    workspaceContext: { resolveRelativePath: (path) => path },
    clientCapabilities,
  });
  yaml.configure({ validate: false, hover: true, completion: true, format: false, hoverSchemaSource: false, schemas });
  const json = jsonService({ schemaRequestService: refuse, clientCapabilities });
  json.configure({ validate: false, schemas });
  return { yaml, json };
}

async function answer({ kind, question }: Task): Promise<Omit<Reply, 'id'>> {
  const found = await servicesFor(question);
  if (!found) return {};
  const { language, text, offset } = question;
  const document = TextDocument.create(`lintel:/document.${language}`, language, ++version, text);
  const position = document.positionAt(offset);
  if (kind === 'complete') {
    const list =
      language === 'yaml'
        ? await found.yaml.doComplete(document, position, false)
        : await found.json.doComplete(document, position, found.json.parseJSONDocument(document));
    return { completions: toCompletions(list?.items ?? [], document, offset) };
  }
  const hover =
    language === 'yaml'
      ? await found.yaml.doHover(document, position)
      : await found.json.doHover(document, position, found.json.parseJSONDocument(document));
  return { explanation: toExplanation(hover, document) };
}

function toExplanation(hover: Hover | null | undefined, document: TextDocument): Reply['explanation'] {
  const markdown = hover ? markdownOf(hover.contents) : '';
  if (!hover?.range || markdown === '') return undefined;
  return { start: document.offsetAt(hover.range.start), end: document.offsetAt(hover.range.end), markdown };
}

function toCompletions(items: readonly CompletionItem[], document: TextDocument, offset: number): KeywordCompletion[] {
  const completions = new Map<string, KeywordCompletion>();
  for (const item of items) {
    // A skeleton of all that is required: the keywords are offered one by one.
    if (item.kind === CompletionItemKind.Class || completions.has(item.label)) continue;
    const { textEdit: edit } = item;
    const range = edit && ('range' in edit ? edit.range : edit.replace);
    const [start, end] = range ? [document.offsetAt(range.start), document.offsetAt(range.end)] : [offset, offset];
    const kind = item.kind === CompletionItemKind.Property ? 'property' : 'value';
    const insert = edit?.newText ?? item.insertText ?? item.label;
    completions.set(item.label, {
      label: item.label,
      kind,
      insert: kind === 'property' && lacksColon(insert, end, document) ? `${insert}: ` : insert,
      start,
      end,
      documentation: markdownOf(item.documentation ?? '') || undefined,
    });
  }
  return [...completions.values()];
}

/** A key of which any value may follow is offered bare in YAML; the colon belongs to it where there is none. */
function lacksColon(insert: string, end: number, document: TextDocument): boolean {
  if (document.languageId !== 'yaml' || insert.includes(':')) return false;
  const { line } = document.positionAt(end);
  return !document.getText({ start: document.positionAt(end), end: { line: line + 1, character: 0 } }).includes(':');
}

function markdownOf(content: Hover['contents'] | NonNullable<CompletionItem['documentation']>): string {
  if (typeof content === 'string') return content;
  return Array.isArray(content) ? content.map(markdownOf).filter(Boolean).join('\n\n') : content.value;
}

parentPort?.on('message', async (task: Task) => {
  const reply = await answer(task).catch((error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }));
  parentPort?.postMessage({ id: task.id, ...reply } satisfies Reply);
});
