/**
 * Begins a rule: `npm run new-rule -- openapi/thing-requirement` (or asyncapi/, code/). Writes the pair of files and the
 * line of the folder's index. What stands in angle brackets is to be replaced; until then the rules test fails.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';

/**
 * Writes the files of a rule into a copy of the repository.
 * @param rule folder and id: `openapi/thing-requirement`
 * @returns the files written, relative to `root`
 * @throws Error with a sentence for a person when the name is no name or taken
 */
export async function newRule(root: string, rule: string): Promise<string[]> {
  const [, folder, id] = /^(openapi|asyncapi|code)\/([a-z][a-z0-9]*(?:-[a-z0-9]+)+)$/.exec(rule) ?? [];
  if (!folder || !id) {
    throw new Error(`\`${rule}\` is not openapi/, asyncapi/ or code/ and a name such as \`thing-requirement\`.`);
  }
  const path = (name: string) => join('rulesets', folder, name);
  const [source, page, index] = [path(`${id}.ts`), path(`${id}.md`), path('index.ts')];
  if ([source, page].some((file) => existsSync(join(root, file)))) throw new Error(`There is a rule \`${rule}\` already.`);
  writeFileSync(join(root, source), folder === 'code' ? codeRule(id) : apiRule(id, folder));
  writeFileSync(join(root, page), pageOf(id, folder));
  const config = await resolveConfig(join(root, index));
  const text = addToIndex(readFileSync(join(root, index), 'utf8'), id);
  writeFileSync(join(root, index), await format(text, { ...config, parser: 'typescript' }));
  return [source, page, index];
}

/** The index with one more rule, in alphabetical order. */
export function addToIndex(index: string, id: string): string {
  const name = id.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const imports = [...index.matchAll(/^import (\w+) from '\.\/([\w-]+)\.ts';\r?\n/gm)];
  const next = imports.find(([, , other]) => (other as string) > id);
  const last = imports.at(-1);
  const at = next?.index ?? (last ? last.index + last[0].length : 0);
  const withImport = `${index.slice(0, at)}import ${name} from './${id}.ts';\n${index.slice(at)}`;
  return withImport.replace(/= \[([^\]]*)\]/, (_, list: string) => {
    const names = list.split(',').flatMap((each) => each.trim() || []);
    const place = next ? names.indexOf(next[1] as string) : names.length;
    return `= [${names.toSpliced(place, 0, name).join(', ')}]`;
  });
}

function apiRule(id: string, format: string): string {
  const [list, what] = format === 'openapi' ? ['operations', 'operation'] : ['messages', 'message'];
  return `import { defineApiRule } from '../../server/core/rule.ts';
import page from './${id}.md';

export default defineApiRule({
  page,
  severity: 'warn',
  theme: 'data',
  formats: ['${format}'],
  *check(api) {
    for (const ${what} of api.${list}) {
      yield { at: ${what}.place, message: '<What is wrong with \`it\`; what to do.>' };
    }
  },
});
`;
}

function codeRule(id: string): string {
  return `import { defineCodeRule } from '../../server/core/rule.ts';
import { descendants, ts } from '../../server/core/typescript/code.ts';
import page from './${id}.md';

/** Evidence: <what must be seen before anything is said>. */
export default defineCodeRule({
  page,
  severity: 'warn',
  *check(file) {
    for (const node of descendants(file.ast)) {
      if (!ts.isCallExpression(node)) continue;
      yield { at: node.expression, message: '<What is wrong with \`it\`; what to do.>' };
    }
  },
});
`;
}

function pageOf(id: string, folder: string): string {
  const [language, incorrect, correct] = examples[folder as keyof typeof examples];
  return `# ${id}

<One sentence: what holds where this rule is kept.>

<Why: what fails in production otherwise, and the standard behind it, with its section. Which evidence the rule needs.>

## Incorrect

\`\`\`${language}
${incorrect}\`\`\`

## Correct

\`\`\`${language}
${correct}\`\`\`

## When not to use it

<Where the mistake is none.>
`;
}

const openapi = `openapi: 3.1.0
info:
  title: Pets
  version: 1.0.0
paths:
  /pets:
    get:
`;

const asyncapi = `asyncapi: 3.0.0
info:
  title: Pets
  version: 1.0.0
components:
  messages:
    petAdded:
`;

const message = '<The message, word for word.>';

const examples = {
  openapi: [
    'yaml',
    `${openapi}#   ^^^ ${message}\n      summary: <The mistake.>\n`,
    `${openapi}      summary: <The same without it.>\n`,
  ],
  asyncapi: [
    'yaml',
    `${asyncapi}#   ^^^^^^^^ ${message}\n      summary: <The mistake.>\n`,
    `${asyncapi}      summary: <The same without it.>\n`,
  ],
  code: ['ts', `    fetch('<the mistake>');\n//  ^^^^^ ${message}\n`, `fetch('<the same without it>');\n`],
} as const;

if (import.meta.main) {
  const [rule = '', ...more] = process.argv.slice(2);
  try {
    if (more.length > 0) throw new Error('Name one rule: npm run new-rule -- openapi/thing-requirement.');
    const files = await newRule(dirname(import.meta.dirname), rule);
    process.stdout.write(`${files.join('\n')}\nFill both, run npm run unit, then npm run docs.\n`);
  } catch (error) {
    process.stderr.write(`new-rule: ${(error as Error).message}\n`);
    process.exitCode = 2;
  }
}
