/**
 * Stock Spectral in a process of its own: `spectral.ts FILE RUNS LIMIT`. Prints the milliseconds of each run as a line, the
 * first when the process has just started, and ends after RUNS runs or LIMIT milliseconds, with its memory in mebibytes.
 */
import { readFileSync } from 'node:fs';
import spectralCore from '@stoplight/spectral-core';
import parsers from '@stoplight/spectral-parsers';
import spectralRulesets from '@stoplight/spectral-rulesets';

const [file = '', runs = '1', limit = '0'] = process.argv.slice(2);
const text = readFileSync(file, 'utf8');
const spectral = new spectralCore.Spectral();
spectral.setRuleset({ extends: [spectralRulesets.oas, spectralRulesets.asyncapi] } as spectralCore.RulesetDefinition);
const end = performance.now() + Number(limit);
for (let run = 0; run < Number(runs) && (run < 2 || performance.now() < end); run++) {
  const begin = performance.now();
  await spectral.run(new spectralCore.Document(text, parsers.Yaml, file));
  process.stdout.write(`${performance.now() - begin}\n`);
}
process.stdout.write(`memory ${process.memoryUsage().rss / 2 ** 20}\n`);
