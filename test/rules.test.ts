/** Walks over all rules: the examples of every page are its tests, and page, file, id and index agree. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { rules } from '../rulesets/index.ts';
import { defaultConfig } from '../server/core/config.ts';
import { applyEdits, createLintel } from '../server/core/create.ts';
import { memoryHost } from '../server/core/host.ts';
import { besideExamples, type Example, readPage } from './page.ts';

const extensions: Record<string, string> = {
  yaml: 'yaml',
  yml: 'yaml',
  json: 'json',
  ts: 'ts',
  js: 'js',
  tsx: 'tsx',
  sql: 'sql',
};

const lintel = createLintel(memoryHost(besideExamples), rules);

async function findings(rule: string, language: string, text: string) {
  const uri = `file:///project/example.${extensions[language]}`;
  lintel.open(uri, text, 0);
  const all = await lintel.check(uri, defaultConfig);
  const broken = all.filter((finding) => finding.rule === 'rule-failed' || finding.rule === 'syntax');
  assert.deepEqual(broken, [], 'the example is read without errors');
  return all.filter((finding) => finding.rule === rule);
}

async function checkIncorrect(rule: string, example: Example) {
  const found = await findings(rule, example.language, example.text);
  const seen = found.map(({ start, end, message }) => ({ start, end, message }));
  assert.deepEqual(seen, example.expected, `line ${example.line} of the page`);
  assert.notEqual(example.expected.length, 0, `line ${example.line}: an incorrect example marks something`);
  if (example.fixed === undefined) {
    const mended = found.filter((finding) => finding.fix);
    assert.deepEqual(mended, [], `line ${example.line}: an example that can be mended shows its mend`);
    return;
  }
  // A menu shows titles alone, below one another.
  for (const { fix } of found) {
    if (!fix || fix.edits().length === 0) continue;
    assert.match(fix.title, /^[A-Z][a-z]+ .{2,55}[^.]$/, 'a title is a short order');
    assert.doesNotMatch(fix.title, /^Say \S+$|^Use [A-Z]\w*$|\bthem\b|^Pass it|^Do not \w+ it$/, 'a title says what it changes');
  }
  let text = example.text;
  for (let round = 0; round < 10; round++) {
    const next = (await findings(rule, example.language, text)).find((finding) => finding.fix);
    if (!next?.fix) break;
    text = applyEdits(text, next.fix.edits());
  }
  assert.equal(text, example.fixed, `line ${example.line}: the fixed text`);
  assert.deepEqual(await findings(rule, example.language, text), [], `line ${example.line}: the fixed text is clean`);
}

for (const rule of rules.filter(({ on }) => on !== 'lintel')) {
  describe(rule.id, () => {
    const page = readPage(rule.page);
    const corners = readCorners(rule.id);
    test('page: one sentence, an incorrect and a correct example', () => {
      assert.match(page.summary, /^[A-Z`].*\.$/);
      assert.ok(page.incorrect.length > 0 && page.correct.length > 0);
    });
    test('a rule that mends shows it', () => {
      assert.equal(
        page.incorrect.some((example) => example.fixed !== undefined),
        rule.fix !== undefined,
      );
    });
    for (const [index, example] of [...page.incorrect, ...corners.incorrect].entries()) {
      test(`incorrect ${index + 1}`, () => checkIncorrect(rule.id, example));
    }
    for (const [index, example] of [...page.correct, ...corners.correct].entries()) {
      test(`correct ${index + 1}`, async () => assert.deepEqual(await findings(rule.id, example.language, example.text), []));
    }
  });
}

/** Odd corners that would make a page long: `test/rules/<id>.md`, in the format of the pages. */
function readCorners(id: string): { incorrect: readonly Example[]; correct: readonly Example[] } {
  const file = new URL(`rules/${id}.md`, import.meta.url);
  return existsSync(file) ? readPage(readFileSync(file, 'utf8').replaceAll('\r\n', '\n')) : { incorrect: [], correct: [] };
}

test('every file of odd corners belongs to a rule', () => {
  const ids = readdirSync(new URL('rules/', import.meta.url)).map((file) => file.replace(/\.md$/, ''));
  assert.deepEqual(
    ids.filter((id) => !rules.some((rule) => rule.id === id)),
    [],
  );
});

test('every pair of files is in its index, under its name', () => {
  const names = ['documents', 'openapi', 'asyncapi', 'code', 'lintel'].flatMap((folder) => {
    const pages = readdirSync(new URL(`../rulesets/${folder}/`, import.meta.url)).filter(
      (file) => file.endsWith('.md') && file !== 'README.md',
    );
    for (const file of pages) {
      const text = readFileSync(new URL(`../rulesets/${folder}/${file}`, import.meta.url), 'utf8');
      assert.equal(readPage(text).heading, file.slice(0, -3));
    }
    return pages.map((file) => file.slice(0, -3));
  });
  assert.deepEqual(rules.map((rule) => rule.id).sort(), names.sort());
});
