/** What a statement of SQL does to a schema. */
import type { Span } from '../../server/core/finding.ts';
import type { Statement, Token } from '../../server/core/sql/statements.ts';

/** One change of a schema. Names are without quotes and schema. */
export interface SchemaChange {
  readonly kind: 'createTable' | 'dropTable' | 'rename' | 'addColumn' | 'dropColumn' | 'changeType' | 'createIndex' | 'addUnique';
  readonly table: string;
  /** The column, the index or the constraint; undefined where a whole table is meant, or it has no name. */
  readonly name?: string;
  /** A column that must have a value, and none is given to the rows that are there. */
  readonly lacksValue?: boolean;
  /** An index that is built beside the writes. */
  readonly isConcurrent?: boolean;
  /** Of text that a column is changed to, how long it may be. */
  readonly length?: number;
}

/** The changes a statement makes, each with the part of it that says so. */
export function changesOf({ tokens, end }: Statement): (SchemaChange & { readonly at: Span })[] {
  const start = tokens[0]?.start ?? 0;
  const created = after(tokens, 0, ['create'], ['global', 'local'], ['temp', 'temporary', 'unlogged', 'foreign'], ['table']);
  if (created !== undefined) {
    const table = nameAt(tokens, optional(tokens, created, 'if', 'not', 'exists'));
    return table ? [{ kind: 'createTable', table: table.name, at: { start, end: table.end } }] : [];
  }
  const removed = after(tokens, 0, ['drop'], ['table']);
  if (removed !== undefined) {
    const table = nameAt(tokens, optional(tokens, removed, 'if', 'exists'));
    return table ? [{ kind: 'dropTable', table: table.name, at: { start, end: table.end } }] : [];
  }
  const index = after(tokens, 0, ['create'], ['unique'], ['index']);
  if (index !== undefined) return indexOf(tokens, index, start);
  const altered = after(tokens, 0, ['alter'], ['table']);
  if (altered === undefined) return [];
  const table = nameAt(tokens, optional(tokens, optional(tokens, altered, 'if', 'exists'), 'only'));
  return table ? actionsOf(tokens.slice(table.next)).flatMap((action) => columnChange(table.name, action, end)) : [];
}

function indexOf(tokens: readonly Token[], from: number, start: number): (SchemaChange & { readonly at: Span })[] {
  let next = optional(tokens, from, 'concurrently');
  const isConcurrent = next > from;
  next = optional(tokens, next, 'if', 'not', 'exists');
  const name = isWord(tokens[next], 'on') ? undefined : nameAt(tokens, next);
  const on = name ? name.next : next;
  if (!isWord(tokens[on], 'on')) return [];
  const table = nameAt(tokens, optional(tokens, on + 1, 'only'));
  return table ? [{ kind: 'createIndex', table: table.name, name: name?.name, isConcurrent, at: { start, end: table.end } }] : [];
}

/** The actions of ALTER TABLE: what stands between its commas. */
function actionsOf(tokens: readonly Token[]): Token[][] {
  const actions: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.text === '(' && token.kind === 'sign') depth++;
    if (token.text === ')' && token.kind === 'sign') depth--;
    if (token.kind === 'sign' && token.text === ',' && depth === 0) actions.push([]);
    else actions.at(-1)?.push(token);
  }
  return actions;
}

/** Words that begin something else than a column's name. */
const noColumn =
  /^(?:constraint|primary|foreign|unique|check|index|key|fulltext|exclude|partition|value|default|not|identity|expression)$/;

function columnChange(table: string, action: readonly Token[], end: number): (SchemaChange & { readonly at: Span })[] {
  const at = { start: action[0]?.start ?? end, end: action.at(-1)?.end ?? end };
  const added = after(action, 0, ['add']);
  if (added !== undefined) {
    const constraint = isWord(action[added], 'constraint') ? nameAt(action, added + 1) : undefined;
    const kind = constraint?.next ?? added;
    // With `USING INDEX` the index is there already.
    if (isWord(action[kind], 'unique') && !isWord(action[kind + 1], 'using'))
      return [{ kind: 'addUnique', table, ...(constraint && { name: constraint.name }), at }];
    const column = columnAt(action, optional(action, optional(action, added, 'column'), 'if', 'not', 'exists'));
    if (!column) return [];
    return [{ kind: 'addColumn', table, name: column.name, lacksValue: lacksValue(action.slice(column.next)), at }];
  }
  const dropped = after(action, 0, ['drop'], ['column']);
  if (dropped !== undefined) {
    const column = columnAt(action, optional(action, dropped, 'if', 'exists'));
    return column ? [{ kind: 'dropColumn', table, name: column.name, at }] : [];
  }
  const renamed = after(action, 0, ['rename']);
  if (renamed !== undefined) {
    if (isWord(action[renamed], 'to')) return [{ kind: 'rename', table, at }];
    const column = columnAt(action, optional(action, renamed, 'column'));
    return column && isWord(action[column.next], 'to') ? [{ kind: 'rename', table, name: column.name, at }] : [];
  }
  const changed = after(action, 0, ['alter']);
  const column = changed === undefined ? undefined : columnAt(action, optional(action, changed, 'column'));
  const type = column && after(action, optional(action, column.next, 'set', 'data'), ['type']);
  if (!column || type === undefined || isText(action.slice(type))) return [];
  const length = lengthOf(action.slice(type));
  return [{ kind: 'changeType', table, name: column.name, ...(length !== undefined && { length }), at }];
}

function columnAt(tokens: readonly Token[], at: number) {
  const token = tokens[at];
  return token?.kind === 'word' && noColumn.test(token.text) ? undefined : nameAt(tokens, at);
}

/** To text no row is rewritten. */
function isText(type: readonly Token[]): boolean {
  const next = optional(type, 0, 'character', 'varying');
  const isPlain = next > 0 || ['text', 'varchar'].some((word) => isWord(type[0], word));
  return isPlain && type[Math.max(next, 1)]?.text !== '(';
}

/** 64 of `varchar(64)`. */
function lengthOf(type: readonly Token[]): number | undefined {
  const next = Math.max(optional(type, 0, 'character', 'varying'), isWord(type[0], 'varchar') ? 1 : 0);
  const length = next > 0 && type[next]?.text === '(' ? Number(type[next + 1]?.text) : Number.NaN;
  return Number.isInteger(length) ? length : undefined;
}

const values = /^(?:default|generated|serial|bigserial|smallserial|identity|auto_?increment)$/;

function lacksValue(definition: readonly Token[]): boolean {
  let depth = 0;
  let isRequired = false;
  for (const [index, token] of definition.entries()) {
    if (token.text === '(') depth++;
    if (token.text === ')') depth--;
    if (depth > 0 || token.kind !== 'word') continue;
    if (values.test(token.text)) return false;
    isRequired ||= token.text === 'not' && isWord(definition[index + 1], 'null');
  }
  return isRequired;
}

/** A name, of which only the last part counts: `public.pets`; none where `_` stands for what is only known at run time. */
function nameAt(tokens: readonly Token[], at: number): { name: string; next: number; end: number } | undefined {
  let next = at;
  while (isName(tokens[next]) && tokens[next + 1]?.text === '.' && isName(tokens[next + 2])) next += 2;
  const token = tokens[next];
  return token && isName(token) && token.text !== '_' ? { name: token.text, next: next + 1, end: token.end } : undefined;
}

function isName(token: Token | undefined): boolean {
  return token?.kind === 'name' || token?.kind === 'word';
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.text === word;
}

/** The place behind these words, of which any but the first and the last may be missing; undefined where they do not stand there. */
function after(tokens: readonly Token[], at: number, ...words: readonly (readonly string[])[]): number | undefined {
  let next = at;
  for (const [index, choices] of words.entries()) {
    const found = choices.some((word) => isWord(tokens[next], word));
    if (found) next++;
    else if (index === 0 || index === words.length - 1) return undefined;
  }
  return next;
}

/** The place behind these words, or this place where they do not stand here. */
function optional(tokens: readonly Token[], at: number, ...words: readonly string[]): number {
  return words.every((word, index) => isWord(tokens[at + index], word)) ? at + words.length : at;
}

/** `CONCURRENTLY` of a statement that builds, drops or renews an index. */
export function concurrently({ tokens }: Statement): Token | undefined {
  const isIndex = /^(?:create|drop|reindex)$/.test(tokens[0]?.text ?? '');
  return isIndex ? tokens.slice(0, 6).find((token) => isWord(token, 'concurrently')) : undefined;
}
