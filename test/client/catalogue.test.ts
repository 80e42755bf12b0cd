/** Which snippets are offered in a document, and what is inserted where nothing of it is there yet. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { blocksFor, type Snippet, wholeText } from '../../client/catalogue.ts';
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

test('a file that is no description, or a part of one, takes blocks and no head', () => {
  const part = offered('components:\n  schemas: {}\n');
  assert.ok(part.includes('lintel-openapi-crud') && part.includes('lintel-asyncapi-event'), part.join());
  assert.ok(!part.includes('lintel-openapi') && !part.includes('lintel-asyncapi'), part.join());
});

test('in an empty JSON file a block has braces around it, in one with members none', () => {
  const [json, yaml] = [named('json', 'lintel-openapi'), named('yaml', 'lintel-openapi')];
  const whole = JSON.parse(plainText(wholeText(json, 'json', 'lintel-openapi'))) as unknown;
  assert.deepEqual(whole, parse(plainText(wholeText(yaml, 'yaml', ''))));
  assert.match(wholeText(json, 'json', '{ "info": {} }'), /^"openapi"/);
});
