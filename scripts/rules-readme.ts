/**
 * Writes rulesets/README.md, the list of all rules, from the rules and the examples of their pages; `--check` only
 * compares. One function does both, so that what is written is what is checked.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { asyncapiRules } from '../rulesets/asyncapi/index.ts';
import { codeRules } from '../rulesets/code/index.ts';
import { rules } from '../rulesets/index.ts';
import { ownRules } from '../rulesets/lintel/index.ts';
import { documentRules } from '../rulesets/documents/index.ts';
import { openapiRules } from '../rulesets/openapi/index.ts';
import { defaultConfig } from '../server/core/config.ts';
import { createLintel } from '../server/core/create.ts';
import { memoryHost } from '../server/core/host.ts';
import { presetRules } from '../server/core/presets.ts';
import type { Rule } from '../server/core/rule.ts';
import { besideExamples, readPage } from '../test/page.ts';

const lintel = createLintel(memoryHost(besideExamples), rules);

const file = new URL('../rulesets/README.md', import.meta.url);

const sections: readonly { title: string; folder: string; rules: readonly Rule[] }[] = [
  { title: 'OpenAPI and AsyncAPI documents', folder: 'documents', rules: documentRules },
  { title: 'OpenAPI documents', folder: 'openapi', rules: openapiRules },
  { title: 'AsyncAPI documents', folder: 'asyncapi', rules: asyncapiRules },
  { title: 'TypeScript and JavaScript', folder: 'code', rules: codeRules },
  { title: 'What Lintel reports by itself', folder: 'lintel', rules: ownRules },
];

/** The text of rulesets/README.md. */
export async function rulesReadme(): Promise<string> {
  const parts = [];
  for (const { title, folder, rules } of sections) {
    const rows = [];
    for (const rule of rules) {
      const fix = await safetyOf(rule);
      rows.push(
        `| [${rule.id}](${folder}/${rule.id}.md) | ${rule.summary.replaceAll('|', '\\|')} | ${rule.severity} | ${fix} | ${presetsOf(rule)} |`,
      );
    }
    parts.push(`## ${title}\n\n| rule | says | severity | fix | preset |\n|---|---|---|---|---|\n${rows.join('\n')}\n`);
  }
  return `# Rules

Written by \`npm run docs\` from the rules and their pages. A \`safe\` fix can only make behaviour better and may run unattended; a
\`suggestion\` wants a look. Rules of the preset \`recommended\` are on; others when a ruleset extends their preset
(\`lintel:strict\`, \`lintel:security\`, \`lintel:events\`) or a ruleset or setting turns them on. \`lintel:strict\` has them all.

${parts.join('\n')}`;
}

/** The presets that a rule is in, besides `strict`, which has them all. */
function presetsOf(rule: Rule): string {
  const themes = ['security', 'events'].filter((name) => rule.on === 'api' && presetRules(`lintel:${name}`, [rule])?.length);
  return [rule.optIn ? 'strict' : 'recommended', ...themes].join(', ');
}

/** What the fixes of a rule are; those of a code rule as they show in the examples of its page, for it decides by finding. */
async function safetyOf(rule: Rule): Promise<string> {
  if (!rule.fix) return '—';
  if (rule.on === 'api') return rule.fix.safety;
  const found = new Set<string>();
  for (const { language, text } of readPage(rule.page).incorrect) {
    const uri = `file:///project/example.${language}`;
    lintel.open(uri, text, 0);
    for (const finding of await lintel.check(uri, { ...defaultConfig, rules: { [rule.id]: rule.severity } })) {
      if (finding.rule === rule.id && finding.fix) found.add(finding.fix.safety);
    }
  }
  return [...found].sort().join(', ');
}

/** Writes the list, or with `check` only compares. Was it out of date? */
export async function updateRulesReadme(check: boolean): Promise<boolean> {
  const wanted = await rulesReadme();
  const isStale = read() !== wanted;
  if (isStale && !check) writeFileSync(file, wanted);
  return isStale;
}

function read(): string | undefined {
  try {
    return readFileSync(file, 'utf8').replaceAll('\r\n', '\n');
  } catch {
    return undefined;
  }
}

if (import.meta.main) {
  const check = process.argv.includes('--check');
  if ((await updateRulesReadme(check)) && check) {
    process.stderr.write('rulesets/README.md is out of date. Run npm run docs.\n');
    process.exitCode = 1;
  }
}
