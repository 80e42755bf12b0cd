/** What is remembered of a document that is being edited lasts no longer than it can be asked for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { rules } from '../../rulesets/index.ts';
import { defaultConfig } from '../../server/core/config.ts';
import { createLintel } from '../../server/core/create.ts';
import { memoryHost } from '../../server/core/host.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

test('schemas that are changed over and over leave nothing behind', { timeout: 60_000 }, async () => {
  const uri = 'file:///p/api.yaml';
  const pet = '            - { id: 1, tags: [{ name: a }, { name: b }], owner: { name: { first: x } } }\n';
  const text = `openapi: 3.1.0
info: { title: Pets, version: 1.0.0 }
paths: {}
components:
  schemas:
    Pets:
      type: array
      maxItems: 9
      items: { type: object, properties: { tags: { type: array, items: { $ref: '#/components/schemas/Tag' } } } }
      example:
${pet.repeat(3000)}    Tag: { type: object, properties: { name: { type: string } } }
`;
  const lintel = createLintel(memoryHost({}), rules);
  lintel.open(uri, text, 1, 'yaml');
  const at = text.indexOf('9\n');
  const sizes: number[] = [];
  for (let version = 2; version < 32; version++) {
    lintel.change(uri, [{ start: at, end: at + 1, newText: String(version % 10) }], version);
    const findings = await lintel.check(uri, defaultConfig);
    assert.ok(findings.some(({ rule }) => rule === 'example-matches-schema'));
    if (version % 10 !== 1) continue;
    collect();
    sizes.push(process.memoryUsage().heapUsed / 2 ** 20);
  }
  const [first = 0, ...others] = sizes;
  assert.ok(
    others.every((size) => size < first + 2),
    `megabytes: ${sizes.map((size) => size.toFixed(1)).join(', ')}`,
  );
});

test('a document that is closed leaves little more than its name', { timeout: 60_000 }, async () => {
  const lintel = createLintel(memoryHost({}), rules);
  const sizeAfter = async (amount: number) => {
    const uri = `file:///p/${amount}.yaml`;
    const field = (_: unknown, index: number) => `
        nameOfTheFieldNumber${index}: { type: string, pattern: '^[a-z]{${index % 50},90}$', description: What number ${index} is for. }`;
    const text = `openapi: 3.1.0
info: { title: Pets, version: 1.0.0 }
paths: {}
components:
  schemas:
    Pets:
      type: object
      properties:${Array.from({ length: amount }, field).join('')}
`;
    lintel.open(uri, text, 1, 'yaml');
    assert.notEqual((await lintel.check(uri, defaultConfig)).length, 0);
    lintel.close(uri);
    collect();
    return process.memoryUsage().heapUsed / 2 ** 20;
  };
  const small = await sizeAfter(100);
  const large = await sizeAfter(20_000);
  assert.ok(large < small + 6, `megabytes: ${small.toFixed(1)}, ${large.toFixed(1)}`);
});
