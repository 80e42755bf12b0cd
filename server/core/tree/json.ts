/** JSON text to a tree; comments are allowed, as editors allow them. */
import { type ParseError as JsonError, type Node, parseTree, printParseErrorCode } from 'jsonc-parser';
import type { Entry, ParseError, Tree, TreeNode } from './tree.ts';

/** Deeper nesting is no description, and would exhaust the stack of whoever walks the tree. */
const deepest = 400;

/** Parses JSON. Never throws: what cannot be read stands in `errors`. */
export function parseJson(text: string): Tree {
  const errors: ParseError[] = [];
  let root: TreeNode | undefined;
  try {
    const found: JsonError[] = [];
    const node = parseTree(text.replace(/^\uFEFF/, ' '), found, { disallowComments: false });
    for (const error of found) {
      errors.push({ start: error.offset, end: error.offset + error.length, message: sentence(error.error) });
    }
    root = node && convert(node, errors, 0);
  } catch {
    errors.push({ start: 0, end: 0, message: 'The JSON cannot be read: it nests too deeply.' });
  }
  errors.sort((a, b) => a.start - b.start);
  return { language: 'json', root, errors: errors.filter((error, index) => errors[index - 1]?.start !== error.start) };
}

const sentences: Readonly<Record<string, string>> = {
  InvalidSymbol: 'This is no JSON value.',
  InvalidNumberFormat: 'This is no JSON number.',
  PropertyNameExpected: 'A property name in double quotes is missing here.',
  ValueExpected: 'A value is missing here.',
  ColonExpected: 'A colon is missing here.',
  CommaExpected: 'A comma is missing here.',
  CloseBraceExpected: 'A closing brace is missing here.',
  CloseBracketExpected: 'A closing bracket is missing here.',
  EndOfFileExpected: 'The document ends before this text.',
  UnexpectedEndOfComment: 'The comment has no end.',
  UnexpectedEndOfString: 'The string has no end.',
  UnexpectedEndOfNumber: 'The number has no end.',
  InvalidUnicode: 'This is no unicode escape.',
  InvalidEscapeCharacter: 'JSON has no such escape.',
  InvalidCharacter: 'A control character must be escaped in a string.',
};

function sentence(code: JsonError['error']): string {
  return sentences[printParseErrorCode(code)] ?? 'This is not valid JSON.';
}

function convert(node: Node, errors: ParseError[], depth: number): TreeNode {
  const span = { start: node.offset, end: node.offset + node.length };
  if (depth > deepest) {
    errors.push({ ...span, message: `The nesting is deeper than ${deepest} levels.` });
    return empty(span.start);
  }
  const children = node.children ?? [];
  if (node.type === 'object') {
    return { kind: 'map', flow: true, entries: entriesOf(children, errors, depth + 1), ...span };
  }
  if (node.type === 'array') {
    return { kind: 'list', flow: true, items: children.map((item) => convert(item, errors, depth + 1)), ...span };
  }
  return { kind: 'scalar', value: node.value ?? null, style: node.type === 'string' ? 'double' : 'plain', ...span };
}

function entriesOf(properties: readonly Node[], errors: ParseError[], depth: number): Entry[] {
  const entries: Entry[] = [];
  const keys = new Set<string>();
  for (const property of properties) {
    const [name, content] = property.children ?? [];
    if (!name) continue;
    const key = String(name.value);
    const keySpan = { start: name.offset, end: name.offset + name.length };
    if (keys.has(key)) errors.push({ ...keySpan, message: `The key "${key}" stands twice in this object.` });
    keys.add(key);
    const behind = property.colonOffset === undefined || property.colonOffset < 0 ? keySpan.end : property.colonOffset + 1;
    entries.push({ key, keySpan, value: content ? convert(content, errors, depth) : empty(behind) });
  }
  return entries;
}

function empty(offset: number): TreeNode {
  return { kind: 'scalar', value: null, style: 'plain', start: offset, end: offset };
}
