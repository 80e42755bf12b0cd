/**
 * Lintel in a process of its own, with the rules that `spectral.ts` runs and no others: `full.ts FILE RUNS LIMIT [PROGRAM]`. Each
 * run is of a text never seen before, from the text to the findings. Prints as `spectral.ts` does, the amount of findings last.
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { rules } from '../../rulesets/index.ts';
import { defaultConfig } from '../../server/core/config.ts';
import { createLintel } from '../../server/core/create.ts';
import { memoryHost } from '../../server/core/host.ts';

const [file = '', runs = '1', limit = '0'] = process.argv.slice(2);
const text = readFileSync(file, 'utf8');
const ruleset = 'file:///.spectral.yaml';
const files: Record<string, string> = { [ruleset]: 'extends: [spectral:oas, spectral:asyncapi]\n' };
const lintel = createLintel(memoryHost(files), rules);
const end = performance.now() + Number(limit);
for (let run = 0; run < Number(runs) && (run < 2 || performance.now() < end); run++) {
  const uri = pathToFileURL(`${file.slice(0, -5)}-${run}.yaml`).href;
  const begin = performance.now();
  files[uri] = text;
  await lintel.check(uri, { ...defaultConfig, ruleset });
  process.stdout.write(`${performance.now() - begin}\n`);
  delete files[uri];
  lintel.close(uri);
}
process.stdout.write(`memory ${process.memoryUsage().rss / 2 ** 20}\n`);
