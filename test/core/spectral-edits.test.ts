// What the engine says of a document that is being edited, where it keeps what it said before, must equal what it says of
// the same text at first sight, and what stock Spectral says. `EDITS`, `SEED` as in change.test.ts; `STOCK`: stock
// Spectral is asked after every so many edits, where it reads the same values.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import spectralCore from '@stoplight/spectral-core';
import { type ApiDocument, changeApiDocument, parseApiDocument } from '../../server/core/document.ts';
import { asRuleset, type Ruleset } from '../../server/core/spectral/spectral.ts';
import { Text } from '../../server/core/tree/text.ts';
import { nodeHost } from '../../server/host.ts';
import { apiChange, changed, inverse, randomOf } from '../edits.ts';
import { unexplained } from './differences.ts';
import { rulesets } from './probes.ts';
import { differences, isReadAlike, linesOf, runStock } from './stock.ts';

const edits = Number(process.env.EDITS ?? 150);
const seed = Number(process.env.SEED ?? 1);
const stockEvery = Number(process.env.STOCK ?? 25);

const documents = globSync(['test/core/spectral/*.yaml', 'test/probe/openapi.yaml', 'test/probe/asyncapi.yaml']).sort();

/** Files beside a document, as they are on disk; their documents stay. */
function loader(): (uri: string) => ApiDocument | undefined {
  const known = new Map<string, ApiDocument | undefined>();
  return (uri) => {
    const text = known.has(uri) ? undefined : nodeHost.read(uri);
    if (text !== undefined) known.set(uri, parseApiDocument(uri, text));
    return known.get(uri);
  };
}

async function lines(ruleset: Ruleset, document: ApiDocument, load: ReturnType<typeof loader>, keeper?: object) {
  return linesOf(await ruleset.run(document, load, undefined, keeper)).sort();
}

for (const [index, file] of documents.entries()) {
  test(`what is kept through edits is what is said at first sight: ${file}`, async () => {
    const random = randomOf(seed * 1000 + index);
    const uri = pathToFileURL(file).href;
    const original = readFileSync(file, 'utf8');
    const load = loader();
    let text = original;
    let document = parseApiDocument(uri, text);
    const keepers = rulesets.map(() => ({}));
    const back: ReturnType<typeof apiChange>[] = [];
    for (let step = 0; step < edits / documents.length; step++) {
      const undone = random(10) < 6 ? back.pop() : undefined;
      const change = undone ?? apiChange(text, random);
      if (!undone) back.push(inverse(text, change));
      const next = changed(text, change);
      document = changeApiDocument(document, [{ change, text: document.tree.text.change(change) }], step + 1);
      assert.equal(document.text, next);
      text = next;
      for (const [at, { ruleset, core }] of rulesets.entries()) {
        const say = `SEED=${seed}, step ${step}, ruleset ${at}: ${JSON.stringify(change)}`;
        const kept = await lines(ruleset, document, load, keepers[at]);
        assert.deepEqual(kept, await lines(ruleset, parseApiDocument(uri, Text.of(text)), load), say);
        if (step % stockEvery !== stockEvery - 1 || at > 0 || !isReadAlike(document)) continue;
        assert.deepEqual(unexplained(differences(await runStock(core, uri, text), kept)), [], say);
      }
      if (step % 40 === 39) {
        text = original;
        document = parseApiDocument(uri, text);
        back.length = 0;
      }
    }
  });
}

test('a value that holds itself is looked at once', async () => {
  // json-ref-resolver, whose answers are kept to, loses track where ways have a key in common behind others that differ.
  const text = `openapi: 3.1.0
components:
  schemas:
    Pet: {description: pet, content: {a: {$ref: "#/components/x-media/Pet"}}}
  x-media:
    Pet: {schema: {$ref: "#/components/schemas/Pet"}}
`;
  const where = (_input: unknown, _options: unknown, { path }: { path: unknown[] }) => [{ message: path.join('/') }];
  const rule = { given: '$..description', message: '{{error}}', then: { function: where } };
  const ruleset = asRuleset(new spectralCore.Ruleset({ rules: { where: rule } } as never), 'test');
  const { results, failures } = await ruleset.run(parseApiDocument('file:///p/api.yaml', text), () => undefined);
  assert.deepEqual(failures, []);
  assert.deepEqual([...new Set(results.map(({ path }) => path.join('/')))], ['components/schemas/Pet/description']);
});
