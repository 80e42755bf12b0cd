// The oracle of the engine: stock Spectral and Lintel run the same rulesets over the same documents and say the same.
// The whole corpus with the rulesets of companies: `npm run differential -- DIR…`.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import spectralCore from '@stoplight/spectral-core';
import { falsy, truthy } from '@stoplight/spectral-functions';
import spectralRulesets from '@stoplight/spectral-rulesets';
import { asRuleset } from '../../server/core/spectral/spectral.ts';
import { unexplained } from './differences.ts';
import { differences, runLintel, runStock } from './stock.ts';

const { oas, asyncapi } = spectralRulesets;

/** Everything that Spectral's own rules say. */
const everything = {
  extends: [
    [oas, 'all'],
    [asyncapi, 'all'],
  ],
};

/** Expressions of every kind: those that Lintel compiles and those that it leaves to nimma and jsonpath-plus. */
const expressions = [
  '$',
  '$..',
  '$..*',
  '$.*',
  '$.paths[*]',
  '$.paths.*.*',
  '$.paths[*][get,put]',
  "$['paths']['/pets/{id}'].get",
  '$..description',
  '$..[description,title]',
  "$..['$ref']",
  '$.components.schemas..type',
  '$..properties.*',
  '$..properties..example',
  '$..content..schema',
  '$..*.properties',
  '$..[?(@ && @.type)]',
  "$..[?(@property !== 'properties' && @ && @.type == 'array')]",
  '$..[?(@property.match(/^[a-c]/))]',
  '$..[?(@ && @.schema)].schema',
  '$.paths[*][?(@ && @.responses)]',
  "$..parameters[?(@.in === 'path' || @.in ~= '^que')]",
  "$..[?(@.enum && @.enum.constructor.name === 'Array')]",
  '$..[?(@string)]',
  '$..[?(@.length > 3)]',
  '$..[?(@parentProperty === "schemas")]',
  '$..[?(@path && @.type)]',
  '$..[?(@root.openapi)]',
  '$..type^',
  '$.components.schemas.*.type^^',
  '$.paths.*~',
  '$..properties.*~',
  '$..enum[0]',
  '$..enum[1:]',
  '$..tags[-1:]',
  '$..tags[(@.length-1)]',
  '$..paths..content..schema',
  '$.info.title.length',
  '$.none.such',
];

/** Says of every match where it is: once as a function that Lintel knows, once as one that it does not. */
const probes = {
  rules: Object.fromEntries(
    expressions.flatMap((given) =>
      [true, false].flatMap((resolved) => {
        const rule = { given, resolved, message: '{{property}} {{path}} {{error}}' };
        const where = (_input: unknown, _options: unknown, { path }: { path: unknown[] }) => [{ message: path.join('/') }];
        return [
          [`known ${resolved} ${given}`, { ...rule, then: { function: falsy } }],
          [`field ${resolved} ${given}`, { ...rule, then: { field: 'x-none', function: truthy } }],
          [`path ${resolved} ${given}`, { ...rule, then: { function: where } }],
        ];
      }),
    ),
  ),
};

const rulesets = [everything, probes].map((definition) => {
  const core = new spectralCore.Ruleset(definition as never);
  return { core, ruleset: asRuleset(core, 'test') };
});

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
