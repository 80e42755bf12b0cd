/** Rulesets that ask Spectral and Lintel about everything: Spectral's own rules, and rules that say of every match where it is. */
import spectralCore from '@stoplight/spectral-core';
import { falsy, truthy } from '@stoplight/spectral-functions';
import spectralRulesets from '@stoplight/spectral-rulesets';
import { asRuleset } from '../../server/core/spectral/spectral.ts';

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
  '$..properties..properties.*',
  '$..content.*..properties.*',
  '$..properties..*',
  '$.info.title.length',
  '$.none.such',
  '$..responses..content.application/json.schema',
  '$.paths.*.*.responses.*.content.application/problem+json',
  '$.paths..content[application/json].schema.properties.*~',
  '$.paths..responses[default,200,"404"].content',
  "$.paths.*.get.responses['200'].content.application/json.schema.type",
  '$.paths[?(!@property.match(/\\{[^}]+\\}/))]',
  '$.paths[?(@property.match(/\\{[^}]+\\}\\s*$/))].get.responses',
  "$.paths[?(!@path.match(/\\}']$/))]",
  '$..parameters.[?(@.in === "path")].name',
  '$.paths[*].[get,post].parameters[?(@.in == "query" && @.required == undefined)]',
  '$.paths.*.*..content[?(@property.match(/^application\\/([a-z]+\\+)?json$/))]..properties',
  '$..[?(@ && @.type && @root.openapi.match(/^\\d/))]..description',
  '$..schema..properties[?(@property.match(/^[a-z{}]/))]^',
  '$.paths...responses[?(@property.match(/^\\d{3}$/))].content.*~',
  '$..tags[?(@.match(/\\d{2}/))]',
  '$..properties.',
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

export const rulesets = [everything, probes].map((definition) => {
  const core = new spectralCore.Ruleset(definition as never);
  return { core, ruleset: asRuleset(core, 'test') };
});
