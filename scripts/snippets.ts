/**
 * Builds the snippet files of the manifest from the bodies under `snippets/<language>/`.
 *
 * `node scripts/snippets.ts` writes them, `node scripts/snippets.ts --check` exits with 1 when one is out of date.
 *
 * A tab stop is marked by a comment after its default: a block comment holding `${1}` in TypeScript, `# ${1}` in YAML.
 * JSON has no comments: there the string itself holds it, `"${1:value}"`. Its body is the members of the root object.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One entry of a VS Code snippet file. */
export interface Snippet {
  prefix: string;
  description: string;
  body: string[];
}

/** The themes: the base name of each body's file, its prefix and its description. */
export const THEMES = {
  'error-format': 'Errors as problem details (RFC 9457)',
  pagination: 'Pages of a collection, with a limit and an opaque cursor',
  retry: 'Retries with full jitter, Retry-After and Idempotency-Key',
  'webhook-standard': 'Webhook signature, Standard Webhooks scheme',
  'webhook-stripe': 'Webhook signature, Stripe scheme',
};

/** The languages with the ending of their bodies' files and how each turns a body, tab stops marked, into snippet text. */
const LANGUAGES = {
  typescript: { ending: 'ts', convert: (text: string) => markStops(text, /('[^']*'|[\w.]+) \/\* \$\{(\d+)\} \*\//g) },
  yaml: { ending: 'yaml', convert: (text: string) => markStops(text, /((?<=: )[^\n]+?) # \$\{(\d+)\}(?=\n|$)/g) },
  json: { ending: 'json', convert: (text: string) => markStops(membersOnly(text), /\$\{(?<stop>\d+):(?<value>[^}"]*)\}/g) },
};

/** A language that has snippets. */
export type Language = keyof typeof LANGUAGES;

/** The languages that have snippets. */
export const languages = Object.keys(LANGUAGES) as Language[];

const folder = new URL('../snippets/', import.meta.url);

/** The text of the file a language's snippets are contributed by. */
export function snippetFile(language: Language): string {
  const { ending, convert } = LANGUAGES[language];
  const entries = Object.entries(THEMES).map(([theme, description]): [string, Snippet] => {
    const text = readFileSync(new URL(`${language}/${theme}.${ending}`, folder), 'utf8')
      .replaceAll('\r\n', '\n')
      .trimEnd();
    return [`Lintel: ${theme}`, { prefix: `lintel-${theme}`, description, body: convert(text).split('\n') }];
  });
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
}

/** Writes every snippet file, or with `check` only compares; returns the names of those that were out of date. */
export function updateSnippets(check: boolean): string[] {
  return languages
    .map((language) => `${language}.json`)
    .filter((name, index) => {
      const file = new URL(name, folder);
      const wanted = snippetFile(languages[index]!);
      if (read(file) === wanted) return false;
      if (!check) writeFileSync(file, wanted);
      return true;
    });
}

function read(file: URL): string | undefined {
  try {
    return readFileSync(file, 'utf8').replaceAll('\r\n', '\n');
  } catch {
    return undefined;
  }
}

/** Escapes what snippet syntax would take for its own, except the marked tab stops. */
function markStops(text: string, pattern: RegExp): string {
  let result = '';
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    const value = match.groups?.value ?? match[1]!;
    const stop = match.groups?.stop ?? match[2]!;
    result += `${escapeSyntax(text.slice(end, match.index))}\${${stop}:${escapeSyntax(value).replaceAll('}', '\\}')}}`;
    end = match.index + match[0].length;
  }
  return result + escapeSyntax(text.slice(end));
}

function escapeSyntax(text: string): string {
  return text.replace(/[\\$]/g, '\\$&');
}

/** The lines between the root object's braces, moved to the left edge: what is typed into a document that has its own braces. */
function membersOnly(text: string): string {
  return text
    .split('\n')
    .slice(1, -1)
    .map((line) => line.replace(/^ {2}/, ''))
    .join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const check = process.argv.includes('--check');
  const stale = updateSnippets(check);
  if (check && stale.length > 0) {
    process.stderr.write(`Out of date in snippets/: ${stale.join(', ')}. Run node scripts/snippets.ts.\n`);
    process.exitCode = 1;
  }
}
