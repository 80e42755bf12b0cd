/** Which snippets are offered in a document, and what is inserted where nothing of it is there yet. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { blocksFor, type Snippet, snippetFileOf, wholeText } from '../../client/catalogue.ts';
import { type Language, snippetFile } from '../../scripts/snippets.ts';
import { plainText } from '../../server/core/snippet.ts';

const all = (language: Language) => Object.values(JSON.parse(snippetFile(language)) as Record<string, Snippet>);
const offered = (text: string) => blocksFor(all('yaml'), text).map(({ prefix }) => prefix);
const named = (language: Language, prefix: string) => all(language).find((each) => each.prefix === prefix)!;

for (const text of ['', '\n', 'lintel-open', '# The orders of a shop.\n\nlintel-']) {
  test(`whole documents come first where nothing stands yet: ${JSON.stringify(text)}`, () => {
    assert.deepEqual(offered(text).slice(0, 2).sort(), ['lintel-asyncapi', 'lintel-openapi']);
  });
}

test('a document takes the blocks of its kind, and no second head', () => {
  const openapi = offered('openapi: 3.1.0\npaths: {}\n');
  assert.ok(openapi.includes('lintel-openapi-crud') && openapi.includes('lintel-retry'), openapi.join());
  assert.ok(!openapi.includes('lintel-openapi') && !openapi.some((prefix) => prefix.includes('asyncapi')), openapi.join());
  const events = offered('{ "asyncapi": "3.0.0" }');
  assert.ok(
    events.includes('lintel-asyncapi-event') && events.every((prefix) => prefix.startsWith('lintel-asyncapi-')),
    events.join(),
  );
});

test('a description without its head takes the blocks of what its members are of, and no head', () => {
  const part = offered('components:\n  schemas: {}\n');
  assert.ok(part.includes('lintel-openapi-crud') && part.includes('lintel-asyncapi-event'), part.join());
  assert.ok(!part.includes('lintel-openapi') && !part.includes('lintel-asyncapi'), part.join());
  assert.ok(offered('{\n  "info": {},\n  "channels": {}\n}').every((prefix) => prefix.startsWith('lintel-asyncapi-')));
  assert.ok(!offered('# Ours.\n"paths":\n  /a: {}\n').some((prefix) => prefix.includes('asyncapi')));
});

for (const [what, text] of [
  ['a manifest', '{\n  "name": "a",\n  "exports": {}\n}\n'],
  ['what has such a member further down', '{\n  "compilerOptions": {\n    "paths": {}\n  }\n}\n'],
  ['another kind of YAML', 'services:\n  paths:\n    image: a\n'],
  ['a list', '- paths: a\n'],
]) {
  test(`${what} takes no block`, () => assert.deepEqual(offered(text!), []));
}

test('snippets are those of the language, and where another extension has made one of its own, of the file', () => {
  assert.equal(snippetFileOf({ languageId: 'yaml', path: 'Untitled-1' }), 'yaml.json');
  assert.equal(snippetFileOf({ languageId: 'ansible', path: '/w/api.yml' }), 'yaml.json');
  assert.equal(snippetFileOf({ languageId: 'json', path: '/w/api.yaml' }), 'json.json');
  assert.equal(snippetFileOf({ languageId: 'markdown', path: '/w/yaml' }), undefined);
});

test('in an empty JSON file a block has braces around it, in one with members none', () => {
  const [json, yaml] = [named('json', 'lintel-openapi'), named('yaml', 'lintel-openapi')];
  const whole = JSON.parse(plainText(wholeText(json, true, 'lintel-openapi'))) as unknown;
  assert.deepEqual(whole, parse(plainText(wholeText(yaml, false, ''))));
  assert.match(wholeText(json, true, '{ "info": {} }'), /^"openapi"/);
});
