/** Which snippets of the catalogue are offered where, and what is inserted. */

/** An entry of a snippet file, as `scripts/snippets.ts` writes it; `page` is a path below `snippets`. */
export interface Snippet {
  readonly prefix: string;
  readonly title: string;
  readonly description: string;
  readonly page: string;
  /** Import declarations, only in TypeScript. */
  readonly imports?: readonly string[];
  readonly body: readonly string[];
}

/** The file of the snippets that are code; the others hold blocks of descriptions. */
export const typescript = 'typescript.json';

const snippetFiles: Readonly<Record<string, string>> = {
  typescript,
  typescriptreact: typescript,
  yaml: 'yaml.json',
  json: 'json.json',
  jsonc: 'json.json',
};

/** The file of the snippets for a document: by its language, and where that is another extension's, by the ending of its name. */
export function snippetFileOf({ languageId, path }: { languageId: string; path: string }): string | undefined {
  const [, ending = ''] = /\.(ya?ml|json)$/.exec(path) ?? [];
  return snippetFiles[languageId] ?? snippetFiles[ending.replace('yml', 'yaml')];
}

/** The kind of a description, as its text says; undefined where it is none, or none yet. */
export function kindOf(text: string): string | undefined {
  return /^[\s{]*["']?(openapi|swagger|asyncapi)["']?\s*:/m.exec(text)?.[1];
}

/**
 * The blocks that have a place in a document, those a person would look for first. Whole documents are for a file in which nothing
 * stands yet; blocks of one kind of description do not belong into one of the other, and none into what is no description.
 */
export function blocksFor(blocks: readonly Snippet[], text: string): readonly Snippet[] {
  if (isBlank(text)) return [...blocks.filter(isWhole), ...blocks.filter((block) => !isWhole(block))];
  const kinds = kindsOf(text);
  return blocks.filter((block) => !isWhole(block) && kinds.some((kind) => fits(block, kind)));
}

const beginnings: Readonly<Record<string, RegExp>> = {
  openapi: /^(?:paths|webhooks|components|definitions)$/,
  asyncapi: /^(?:channels|operations|components)$/,
};

/** The kinds of description a text is, or may become: one without a head has members that only a description has. */
function kindsOf(text: string): readonly string[] {
  const kind = kindOf(text);
  if (kind !== undefined) return [kind];
  const members = text.replace(/^\s*\{/, '');
  const [, margin] = /^([ \t]*)["']?[\w-]+["']?\s*:/m.exec(members) ?? [];
  const names = [...members.matchAll(new RegExp(`^${margin}["']?([\\w-]+)["']?\\s*:`, 'gm'))].map(([, name = '']) => name);
  return Object.keys(beginnings).filter((each) => names.some((name) => beginnings[each]?.test(name)));
}

/** What a block is where nothing of the document is there to put it into: JSON has braces around its members. */
export function wholeText({ body }: Snippet, isJson: boolean, text: string): string {
  const isBare = isJson && isBlank(text);
  return isBare ? ['{', ...body.map((line) => `  ${line}`), '}'].join('\n') : body.join('\n');
}

/** Nothing, or comments; the name of a snippet that is just typed is nothing. */
function isBlank(text: string): boolean {
  return text.replace(/^\s*(?:#|\/\/).*$/gm, '').replace(/^\s*[\w-]*\s*$/, '') === '';
}

function isWhole({ page }: Snippet): boolean {
  return /^documents\/(?:openapi|asyncapi)\.md$/.test(page);
}

function fits({ page }: Snippet, kind: string): boolean {
  const isOfEvents = page.startsWith('documents/asyncapi');
  return kind === 'asyncapi' ? isOfEvents : !isOfEvents;
}
