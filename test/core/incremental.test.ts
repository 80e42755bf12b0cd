/**
 * Findings of a document that is being edited must equal those of a first look at the same text, after every edit: what
 * rules said before counts only while nothing they read has changed. `EDITS` and `SEED` as in change.test.ts.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { rules } from '../../rulesets/index.ts';
import { defaultConfig } from '../../server/core/config.ts';
import { createLintel } from '../../server/core/create.ts';
import type { Finding } from '../../server/core/finding.ts';
import { memoryHost } from '../../server/core/host.ts';
import type { Lintel } from '../../server/core/lintel.ts';
import type { Change } from '../../server/core/tree/text.ts';
import { apiChange, changed, inverse, randomOf } from '../edits.ts';

const edits = Number(process.env.EDITS ?? 160);
const seed = Number(process.env.SEED ?? 1);
const folder = join(dirname(import.meta.dirname), 'probe');

const ruleset = 'file:///p/.spectral.yaml';
const root = 'file:///p/api.yaml';
const other = 'file:///p/common.yaml';

const split = `openapi: 3.1.0
info: { title: Split, version: 1.0.0 }
paths:
  /pets:
    get:
      operationId: listPets
      parameters:
        - $ref: common.yaml#/components/parameters/Limit
      responses:
        '200':
          description: Pets.
          content:
            application/json:
              schema: { $ref: common.yaml#/components/schemas/Pets }
              example: [{ id: 1, bornAt: x }]
        '404': { $ref: '#/components/responses/NotFound' }
  /pets/{id}:
    $ref: common.yaml#/paths/~1pets~1{id}
components:
  responses:
    NotFound: { description: No such pet. }
`;
const common = `components:
  parameters:
    Limit: { name: limit, in: query, schema: { type: integer } }
  schemas:
    Pets: { type: array, items: { $ref: '#/components/schemas/Pet' } }
    Pet:
      type: object
      required: [id, name]
      properties:
        id: { type: integer }
        bornAt: { type: string }
        parent: { $ref: '#/components/schemas/Pet' }
paths:
  /pets/{id}:
    delete:
      responses:
        '204': { description: Gone., content: { application/json: {} } }
`;

interface Case {
  readonly name: string;
  /** By URI; the first is checked. */
  readonly files: Readonly<Record<string, string>>;
}

const read = (name: string) => readFileSync(join(folder, name), 'utf8');
const cases: readonly Case[] = [
  { name: 'OpenAPI', files: { [root]: read('openapi.yaml') } },
  { name: 'AsyncAPI', files: { [root]: read('asyncapi.yaml') } },
  { name: 'a description in two files', files: { [root]: split, [other]: common } },
];

function open(files: Readonly<Record<string, string>>): Lintel {
  const level = { [ruleset]: 'extends: ["spectral:oas", "spectral:asyncapi", "lintel:strict"]\n' };
  const lintel = createLintel(memoryHost(level), rules);
  for (const [uri, text] of Object.entries(files)) lintel.open(uri, text, 0, 'yaml');
  return lintel;
}

async function findings(lintel: Lintel): Promise<unknown[]> {
  const all = await lintel.check(root, defaultConfig);
  return all.map(describe);
}

function describe({ path: _, fix, ...finding }: Finding): unknown {
  return { ...finding, fix: fix && { title: fix.title, edits: fix.edits() } };
}

for (const [index, { name, files }] of cases.entries()) {
  test(`findings after edits equal those of a first look: ${name}`, async () => {
    const random = randomOf(seed * 100 + index);
    const uris = Object.keys(files);
    let texts: Record<string, string> = { ...files };
    let lintel = open(texts);
    const back: { uri: string; change: Change }[] = [];
    for (let step = 0; step < edits / cases.length; step++) {
      const undone = random(10) < 6 ? back.pop() : undefined;
      const uri = undone?.uri ?? (uris[random(uris.length)] as string);
      const text = texts[uri] as string;
      const change = undone?.change ?? apiChange(text, random);
      if (!undone) back.push({ uri, change: inverse(text, change) });
      texts[uri] = changed(text, change);
      lintel.change(uri, [change], step + 1);
      // Sometimes several edits come before the next look.
      if (random(4) === 0) continue;
      const say = `SEED=${seed}, step ${step}: ${JSON.stringify(change)} of ${uri}`;
      assert.deepEqual(await findings(lintel), await findings(open(texts)), say);
      if (step % 40 === 39) {
        texts = { ...files };
        lintel = open(texts);
        back.length = 0;
      }
    }
  });
}

test('a description whose root becomes a reference is looked at anew', async () => {
  const text = read('openapi.yaml');
  const lintel = open({ [root]: text });
  await findings(lintel);
  lintel.change(root, [{ start: 0, end: 0, newText: "$ref: 'other.yaml'\n" }], 2);
  assert.deepEqual(await findings(lintel), await findings(open({ [root]: `$ref: 'other.yaml'\n${text}` })));
});

test('an example is held against a schema that another file has only later', async () => {
  const early = common.replace('  schemas:\n', '  others:\n');
  const lintel = open({ [root]: split, [other]: early });
  await findings(lintel);
  lintel.change(other, [{ start: 0, end: early.length, newText: common }], 2);
  assert.deepEqual(await findings(lintel), await findings(open({ [root]: split, [other]: common })));
});
