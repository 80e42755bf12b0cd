/**
 * Builds the snippet files of the manifest from the catalogue: `snippets/<group>/<name>.ts` or `.yaml`, or both, and
 * `<name>.md`, their page. The page gives the title and the sentence, the file's name the prefix, the folder the group.
 *
 * `node scripts/snippets.ts` writes them, `node scripts/snippets.ts --check` exits with 1 when one is out of date.
 *
 * A tab stop is marked by a comment at the end of the line its default ends: `// ${1}` in TypeScript, `# ${1}` in YAML. Where
 * only certain values are right, it names them, the default first: `// ${1|'live','test'|}`. A
 * first line `# ${1:Order} ${2:order}` in YAML makes tab stops of these words wherever they stand. The JSON is
 * made from the YAML: the members of its root, to be typed into a document that has braces of its own.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path/posix';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** One entry of a VS Code snippet file; `title` and `page`, a path below `snippets`, are for Lintel's own picker. */
export interface Snippet {
  prefix: string;
  title: string;
  description: string;
  page: string;
  /** TypeScript's import declarations, which go to those of the file. */
  imports?: string[];
  body: string[];
}

/** The languages with the ending of their bodies' files and how each turns a body, tab stops marked, into snippet text. */
const LANGUAGES = {
  typescript: { ending: 'ts', convert: (text: string) => markStops(text, codeStop) },
  yaml: { ending: 'yaml', convert: (text: string) => markWords(text, (body) => markStops(body, yamlStop)) },
  json: { ending: 'yaml', convert: (text: string) => markWords(text, yamlToJson) },
};

const codeStop = /(?<value>'[^'\n]*'|[\w.]+)(?<after>[);,]*) \/\/ \$\{(?<stop>\d+)(?:\|(?<choices>[^|\n]+)\|)?\}(?=\n|$)/g;
const yamlStop = /(?<=: )(?<value>[^\n]+?)(?<after>) # \$\{(?<stop>\d+)(?:\|(?<choices>[^|\n]+)\|)?\}(?=\n|$)/g;

/** A language that has snippets. */
export type Language = keyof typeof LANGUAGES;

/** The languages that have snippets. */
export const languages = Object.keys(LANGUAGES) as Language[];

const folder = new URL('../snippets/', import.meta.url);

/** The files with this ending, as paths below `snippets`, in order. */
export function catalogue(ending: string): string[] {
  return globSync(`*/*.${ending}`, { cwd: fileURLToPath(folder) })
    .map((path) => path.replaceAll('\\', '/'))
    .sort();
}

/** The text of a file of the catalogue. */
export function read(path: string): string {
  return readFileSync(new URL(path, folder), 'utf8').replaceAll('\r\n', '\n');
}

/** The text of the file a language's snippets are contributed by. */
export function snippetFile(language: Language): string {
  const { ending, convert } = LANGUAGES[language];
  const entries = catalogue(ending).map((path): [string, Snippet] => {
    const name = basename(path, `.${ending}`);
    const page = `${dirname(path)}/${name}.md`;
    const text = convert(read(path).trimEnd());
    const imports = ending === 'ts' ? (/^(?:import [^;]*;(?: .*)?\n)+/.exec(text)?.[0] ?? '') : '';
    const parts = {
      ...(imports && { imports: imports.trimEnd().split('\n') }),
      body: text.slice(imports.length).trim().split('\n'),
    };
    return [`Lintel: ${name}`, { prefix: `lintel-${name}`, ...head(page), page, ...parts }];
  });
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
}

/** The list of all snippets, for people. */
function readme(): string {
  const groups = [...new Set(catalogue('md').map((page) => dirname(page)))];
  const lists = groups.map((group) => {
    const pages = catalogue('md').filter((page) => dirname(page) === group);
    const rows = pages.map((page) => {
      const name = basename(page, '.md');
      const { title, description } = head(page);
      const kinds = ['ts', 'yaml'].filter((ending) => catalogue(ending).includes(`${group}/${name}.${ending}`));
      const files = kinds.map((kind) => `[${kind}](${group}/${name}.${kind})`).join(' ');
      return `| [${title}](${page}) | \`lintel-${name}\` | ${description} | ${files} |`;
    });
    return [`## ${group}`, '', '| snippet | prefix | what it does | |', '|---|---|---|---|', ...rows, ''].join('\n');
  });
  return `# Snippets\n\nWritten by \`node scripts/snippets.ts\`. What is in YAML is also there in JSON.\n\n${lists.join('\n')}`;
}

/** The first lines of a page. */
function head(page: string): { title: string; description: string } {
  const [heading = '', , description = ''] = read(page).split('\n', 3);
  return { title: heading.replace(/^# /, ''), description };
}

/** Writes every snippet file and the list, or with `check` only compares; returns the names of those that were out of date. */
export function updateSnippets(check: boolean): string[] {
  const files = languages.map((language): [name: string, text: string] => [`${language}.json`, snippetFile(language)]);
  return [...files, ['README.md', readme()] as const].flatMap(([name, wanted]) => {
    if (globSync(name, { cwd: fileURLToPath(folder) }).length > 0 && read(name) === wanted) return [];
    if (!check) writeFileSync(new URL(name, folder), wanted);
    return [name];
  });
}

/** Escapes what snippet syntax would take for its own, except the marked tab stops. */
function markStops(text: string, pattern: RegExp): string {
  let result = '';
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    const { value, after, stop, choices } = match.groups as Record<'value' | 'after' | 'stop', string> & { choices?: string };
    result += escapeSyntax(text.slice(end, match.index)) + tabStop(stop, value, choices) + after;
    end = match.index + match[0].length;
  }
  return result + escapeSyntax(text.slice(end));
}

/** Converts a body, then makes tab stops of the words its first line names. */
function markWords(text: string, convert: (body: string) => string): string {
  const [first = ''] = text.split('\n', 1);
  const words = [...first.matchAll(/\$\{(\d+):([^}]+)\}/g)];
  if (!first.startsWith('# ${') || words.length === 0) return convert(text);
  const stops = new Map(words.map(([, stop, word]) => [word!, stop!]));
  const pattern = new RegExp([...stops.keys()].join('|'), 'g');
  return convert(text.slice(first.length + 1)).replace(pattern, (word) => tabStop(stops.get(word)!, word));
}

/** The members of the root as JSON. A marked value keeps its mark, inside the quotes of a string. */
function yamlToJson(text: string): string {
  const values: [stop: string, value: unknown, choices?: string][] = [];
  const marked = text.replace(
    yamlStop,
    (_, value: string, _after: string, stop: string, choices?: string) => `@@${values.push([stop, parse(value), choices]) - 1}@@`,
  );
  const json = JSON.stringify(parse(marked.replace(/@@\d+@@/g, '"$&"')), null, 2);
  return escapeSyntax(
    json
      .split('\n')
      .slice(1, -1)
      .map((line) => line.slice(2))
      .join('\n'),
  ).replace(/"@@(\d+)@@"/g, (_, index: string) => {
    const [stop, value, choices] = values[Number(index)]!;
    const inner = typeof value === 'string' ? JSON.stringify(value).slice(1, -1) : String(value);
    const marked = tabStop(stop, inner, choices);
    return typeof value === 'string' ? `"${marked}"` : marked;
  });
}

function tabStop(stop: string, value: string, choices?: string): string {
  if (choices === undefined) return `\${${stop}:${escapeSyntax(value).replaceAll('}', '\\}')}}`;
  if (choices.split(',')[0] !== value) throw new Error(`The first of ${choices} is the default, not ${value}.`);
  return `\${${stop}|${choices.replaceAll('\\', '\\\\')}|}`;
}

function escapeSyntax(text: string): string {
  return text.replace(/[\\$]/g, '\\$&');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const check = process.argv.includes('--check');
  const stale = updateSnippets(check);
  if (check && stale.length > 0) {
    process.stderr.write(`Out of date in snippets/: ${stale.join(', ')}. Run node scripts/snippets.ts.\n`);
    process.exitCode = 1;
  }
}
