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

/** The kind of a description, as its text says; undefined where it is none, or none yet. */
export function kindOf(text: string): string | undefined {
  return /^[\s{]*["']?(openapi|swagger|asyncapi)["']?\s*:/m.exec(text)?.[1];
}

/**
 * The blocks that have a place in a document, those a person would look for first. Whole documents are for a file in which nothing
 * stands yet; blocks of one kind of description do not belong into one of the other.
 */
export function blocksFor(blocks: readonly Snippet[], text: string): readonly Snippet[] {
  const kind = kindOf(text);
  if (kind !== undefined) return blocks.filter((block) => !isWhole(block) && fits(block, kind));
  const rest = blocks.filter((block) => !isWhole(block));
  return isBlank(text) ? [...blocks.filter(isWhole), ...rest] : rest;
}

/** What a block is where nothing of the document is there to put it into: JSON has braces around its members. */
export function wholeText({ body }: Snippet, languageId: string, text: string): string {
  const isBare = languageId.startsWith('json') && isBlank(text);
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
