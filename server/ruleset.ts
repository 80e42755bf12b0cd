/** Door 3, for Spectral's own command line: `spectral lint -r dist/ruleset.mjs`. Lintel's API rules, without their fixes. */
import { rules } from '../rulesets/index.ts';
import { pageUrl } from './core/create.ts';
import { toSpectralRuleset } from './core/spectral/own.ts';

const apiRules = rules.filter((rule) => rule.on === 'api');
const pages = new Map(apiRules.map((rule) => [rule.id, pageUrl(rule)]));

export default toSpectralRuleset(apiRules, (id) => pages.get(id) as string);
