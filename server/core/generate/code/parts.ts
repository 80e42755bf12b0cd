/** What files made from every kind of description have in common. */
import { typeName } from './schema-types.ts';

export interface CodeFile {
  /** Without a folder: `api.client.ts`. */
  readonly name: string;
  readonly text: string;
}

/** Types and values of the language and its platform that made files use by name: a schema that has it gets another. */
export const globals = [
  ...[
    'AbortController',
    'AbortSignal',
    'Array',
    'AsyncGenerator',
    'AsyncIterable',
    'Blob',
    'Boolean',
    'DOMException',
    'Date',
    'Error',
    'FormData',
    'Headers',
    'JSON',
    'Map',
    'Math',
    'Number',
    'Object',
  ],
  ...['Promise', 'Readonly', 'Record', 'RegExp', 'Response', 'Set', 'String', 'TextDecoder', 'URLSearchParams'],
];

/** Which operation: its id, or method and path, `GET /orders`. */
export type OperationName = string;

/** An operation by that name and by the one people give it: `GET /pets`, `send orders`. */
export interface NamedOperation {
  readonly name: OperationName;
  readonly title: string;
}

/** `put-part` is `putPart`. */
export function camel(text: string): string {
  const name = typeName(text);
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** The comment a made file begins with. */
export const made = (what: string) =>
  `/** ${what} Made from the specification; make it again when that changes, and keep your own code elsewhere. */\n`;

/** The import of types from the file that has them. */
export function importTypes(names: readonly string[], base: string): string {
  const line = `import type { ${names.join(', ')} } from './${base}.types.ts';\n`;
  return line.length <= 120
    ? line
    : `import type {\n${names.map((name) => `  ${name},\n`).join('')}} from './${base}.types.ts';\n`;
}

/** Those of some names that types, as text, refer to: not what comments and literals speak of, nor what properties are called. */
export function namesIn(types: string, names: readonly string[]): string[] {
  const words = new Set(types.replaceAll(/\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\])*'|[\w$]+\??:/g, '').match(/[\w$]+/g));
  return names.filter((name) => words.has(name));
}
