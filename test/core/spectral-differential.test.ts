// The oracle of the engine: stock Spectral and Lintel run the same rulesets over the same documents and say the same.
// The whole corpus with the rulesets of companies: `npm run differential -- DIR…`.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { unexplained } from './differences.ts';
import { rulesets } from './probes.ts';
import { differences, runLintel, runStock } from './stock.ts';

const documents = globSync([
  'test/core/spectral/*.{yaml,json}',
  '../shared/corpus/openapi/oai-examples/**/*.yaml',
  '../shared/corpus/asyncapi/{slack-rtm,streetlights-kafka}-asyncapi.yml',
  '../shared/corpus/asyncapi/social-media/backend/asyncapi.yaml',
]);

test('there are documents to compare on', () => assert.ok(documents.length > 0));

for (const file of documents) {
  test(`Lintel says what Spectral says about ${file}`, async () => {
    const uri = pathToFileURL(file).href;
    const text = readFileSync(file, 'utf8');
    // The probes say so much that only documents written for them are short enough.
    for (const { core, ruleset } of file.startsWith('..') ? rulesets.slice(0, 1) : rulesets) {
      const stock = await runStock(core, uri, text);
      const lintel = await runLintel(ruleset, uri, text);
      assert.deepEqual(unexplained(differences(stock, lintel)), []);
      assert.deepEqual(await runLintel(ruleset, uri, text), lintel, 'a second run does not say the same');
    }
  });
}
