import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemsIn } from '../../server/core/rule.ts';
import { parseApiDocument } from '../../server/core/document.ts';
import { Api, type Operation } from '../../server/core/model/api.ts';
import { findingsOf, type Habit } from '../../server/core/model/habit.ts';
import { placeName } from '../../server/core/model/place-name.ts';

/** Operations keep the habit of having a summary. */
const summaries = (among: readonly Operation[]): Habit<Operation> => ({
  among,
  keeps: ({ place }) => place.has('summary'),
  placeOf: ({ place }) => place,
  one: ({ path }) => path,
  many: (amount, { path }) => `${amount} ${path}`,
});

/** One path per word: `+` has a summary, `-` has none, `/x:-+` has two operations. */
function check(...paths: string[]) {
  const lines = paths.flatMap((word) => {
    const [path, marks = ''] = word.split(':');
    const operations = [...marks].map((mark, index) => `    ${['get', 'post'][index]}: {${mark === '+' ? 'summary: yes' : ''}}`);
    return [`  ${path}:`, ...operations];
  });
  return findings(`openapi: 3.1.0\npaths:\n${lines.join('\n')}\n`);
}

function findings(text: string) {
  const document = parseApiDocument('file:///api.yaml', text);
  const api = new Api(document, { kind: 'openapi', version: '3.1' });
  return problemsIn(findingsOf(api, summaries(api.operations))).map(({ at, message, data = [], related = [] }) => ({
    at: at.path.join(' '),
    message,
    data: data.length,
    related: related.length,
  }));
}

const slip = (at: string, message: string) => ({ at, message, data: 1, related: 0 });

test('what all keep is no finding', () => assert.deepEqual(check('/a:+', '/b:+'), []));

test('what all lack is one finding where they meet', () => {
  assert.deepEqual(check('/a:-', '/b:-', '/c:-'), [{ at: 'paths', message: 'All 3 /a', data: 3, related: 3 }]);
  assert.deepEqual(check('/a:--', '/b:+'), [{ at: 'paths /a', message: '2 of 3 /a', data: 2, related: 2 }]);
});

test('what it stands for is listed by name', () => {
  const text = 'openapi: 3.1.0\npaths:\n  /a: { get: {}, post: {} }\n';
  const api = new Api(parseApiDocument('file:///api.yaml', text), { kind: 'openapi', version: '3.1' });
  const [problem] = problemsIn(findingsOf(api, summaries(api.operations)));
  assert.deepEqual(
    problem?.related?.map(({ message }) => message),
    ['GET `/a`', 'POST `/a`'],
  );
});

const names: readonly [path: readonly (string | number)[], name: string | undefined][] = [
  [['paths', '/orders', 'get'], 'GET `/orders`'],
  [['paths', '/orders', 'get', 'responses', '429', 'content', 'application/json'], 'GET `/orders` › 429 › application/json'],
  [['paths', '/orders', 'post', 'parameters', 1], 'POST `/orders` › parameters 2'],
  [['paths', '/orders', 'additionalOperations', 'PURGE', 'responses', '204'], 'PURGE `/orders` › 204'],
  [['paths', '/orders'], '`/orders`'],
  [['components', 'schemas', 'Order', 'properties', 'items'], '`Order` › items'],
  [['definitions', 'Order'], '`Order`'],
  [['channels', 'orders', 'messages', 'OrderPlaced'], '`orders` › OrderPlaced'],
  [['servers', 0, 'url'], '`servers 1` › url'],
  [['components', 'schemas'], '`schemas`'],
  [[], undefined],
];
for (const [path, name] of names) {
  test(`the place ${path.join(' ')} is called ${name}`, () => assert.equal(placeName(path), name));
}

test('a single one is reported where it is', () => {
  assert.deepEqual(check('/a:-'), [slip('paths /a get', '/a')]);
  assert.deepEqual(check('/a:-', '/b:+'), [slip('paths /a get', '/a')]);
});

test('where most keep it, each that does not is a slip', () => {
  assert.deepEqual(check('/a:-', '/b:++', '/c:++', '/d:-'), [slip('paths /a get', '/a'), slip('paths /d get', '/d')]);
  assert.deepEqual(check('/a:-', '/b:+', '/d:-'), [{ at: 'paths', message: '2 of 3 /a', data: 2, related: 2 }]);
});

test('many slips are one finding', () => {
  const path = (mark: string) => (_: unknown, index: number) => `/${mark === '+' ? 'kept' : 'lacking'}${index}:${mark}`;
  const all = [...Array.from({ length: 4 }, path('-')), ...Array.from({ length: 40 }, path('+'))];
  assert.deepEqual(check(...all), [{ at: 'paths', message: '4 of 44 /lacking0', data: 4, related: 4 }]);
  assert.equal(check(...all.slice(1)).length, 3);
});

test('a shared place counts once', () => {
  const shared = 'openapi: 3.1.0\npaths:\n  /a: &item {$ref: "#/components/pathItems/a"}\n  /b: *item\ncomponents:\n';
  assert.deepEqual(findings(`${shared}  pathItems:\n    a:\n      get: {}\n`), [slip('components pathItems a get', '/a')]);
});
