/** The catalogue of snippets: every one has a page, inserts what its file holds, and the rules that offer one name it right. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { basename } from 'node:path/posix';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { rules } from '../rulesets/index.ts';
import { catalogue, languages, read, type Snippet, snippetFile, updateSnippets } from '../scripts/snippets.ts';

const files = Object.fromEntries(
  languages.map((language) => [language, JSON.parse(snippetFile(language)) as Record<string, Snippet>]),
);
const nameOf = (path: string) => basename(path).replace(/\.\w+$/, '');

/** What an editor inserts: every tab stop filled with its default, escapes undone. */
function inserted({ imports, body }: Snippet): string {
  const whole = [...(imports ? [...imports, ''] : []), ...body];
  return whole.join('\n').replace(/\\([\\$}])|\$\{\d+(?::((?:\\.|[^}])*)|\|([^,|]*)[^|]*\|)\}/g, (_, escaped, value, first) => {
    return (escaped as string | undefined) ?? String(value ?? first).replace(/\\(.)/g, '$1');
  });
}

test('the snippet files are in step with the catalogue', () => assert.deepEqual(updateSnippets(true), []));

test('no two pages have one name, so that a prefix means one thing', () => {
  const names = catalogue('md').map(nameOf);
  assert.deepEqual(names, [...new Set(names)]);
});

for (const path of catalogue('md')) {
  test(`${path}: a title, a sentence, and what else a page says`, () => {
    const [heading, empty, sentence] = read(path).split('\n');
    assert.match(heading!, /^# [A-Z]/);
    assert.equal(empty, '');
    assert.match(sentence!, /^[A-Z].*\.$/);
    const sections = [...read(path).matchAll(/^## (.+)$/gm)].map(([, section]) => section);
    assert.deepEqual(sections, ['When', 'Trade-offs', 'Failure modes', 'Standard']);
    assert.doesNotMatch(read(path), /^## .+\n+(?:##|$(?![^]))/m, 'a section is empty');
    const body = path.replace(/\.md$/, '');
    assert.ok(catalogue('ts').includes(`${body}.ts`) || catalogue('yaml').includes(`${body}.yaml`), 'no snippet has this page');
  });
}

for (const path of catalogue('ts')) {
  test(`${path} inserts the file without its marks`, () => {
    assert.equal(
      inserted(files.typescript![`Lintel: ${nameOf(path)}`]!),
      read(path)
        .replace(/ \/\/ \$\{\d+(?:\|.*\|)?\}$/gm, '')
        .trimEnd(),
    );
  });
}

for (const path of catalogue('yaml')) {
  test(`${path} and its JSON insert the same`, () => {
    const fromYaml: unknown = parse(inserted(files.yaml![`Lintel: ${nameOf(path)}`]!));
    assert.deepEqual(parse(read(path)), fromYaml);
    assert.deepEqual(JSON.parse(`{${inserted(files.json![`Lintel: ${nameOf(path)}`]!)}}`), fromYaml);
  });
}

describe('a rule that offers a snippet', () => {
  for (const { id, snippet } of rules) {
    if (snippet === undefined) continue;
    test(`${id}: ${snippet} is in the catalogue`, () => assert.ok(files.typescript![`Lintel: ${snippet}`], snippet));
  }
});

test('what is packed beside the snippet files is there', () => {
  for (const snippets of Object.values(files)) {
    for (const { page } of Object.values(snippets)) {
      assert.ok(existsSync(new URL(`../snippets/${page}`, import.meta.url)), page);
    }
  }
});
