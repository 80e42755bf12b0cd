/** What Lintel reports by itself: every id has a page, its examples hold, and settings count. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownRules } from '../rulesets/lintel/index.ts';
import { type Config, defaultConfig } from '../server/core/config.ts';
import { createLintel } from '../server/core/create.ts';
import { memoryHost } from '../server/core/host.ts';
import { ownIds } from '../server/core/own.ts';
import { rules } from '../rulesets/index.ts';
import { defineApiRule } from '../server/core/rule.ts';
import { readPage } from './page.ts';

const failing = defineApiRule({
  page: '# openapi-read\n\nThe document is read.\n',
  severity: 'warn',
  theme: 'data',
  formats: ['openapi'],
  check() {
    throw new Error('gone');
  },
});

async function check(files: Readonly<Record<string, string>>, config: Partial<Config> = {}, all = rules) {
  const uris = Object.entries(files).map(([name, text]) => [`file:///project/${name}`, text] as const);
  const lintel = createLintel(memoryHost(Object.fromEntries(uris)), all);
  return lintel.check(uris[0]?.[0] ?? '', { ...defaultConfig, ...config });
}

test('every id has its page', () => {
  assert.deepEqual(
    ownRules.map(({ id }) => id),
    ownIds,
  );
});

for (const { id, page } of ownRules) {
  const { incorrect, correct } = readPage(page);
  for (const [index, { language, text, expected }] of [...incorrect, ...correct].entries()) {
    test(`${id}: example ${index + 1}`, async () => {
      const found = (await check({ [`example.${language}`]: text })).filter(({ rule }) => rule === id);
      assert.deepEqual(
        found.map(({ start, end, message }) => ({ start, end, message })),
        expected,
      );
      assert.equal(found.length > 0, index < incorrect.length);
    });
  }
}

const elsewhere = "components: { schemas: { A: { $ref: 'https://schemas.example.com/a.yaml' } } }";
const document = `openapi: 3.1.0\n${elsewhere}\ninfo: {\npaths: {} # lintel-ignore server-https\n`;
const everything = { 'a.yaml': document, '.spectral.yaml': 'extends: nowhere\n' };

test('every id is reported with its severity and page, and the settings count', async () => {
  const found = (await check(everything, {}, [failing, ...ownRules])).filter(({ rule }) => ownIds.some((id) => id === rule));
  const seen = new Map(found.map(({ rule, severity, href }) => [rule, { severity, href }]));
  assert.deepEqual(
    new Map([...seen].sort()),
    new Map(
      ownRules.map(({ id, severity }) => [
        id,
        { severity, href: `https://github.com/lintel/lintel/blob/main/rulesets/lintel/${id}.md` },
      ]),
    ),
  );
  const levels = { 'ignore-unused': 'off', syntax: 'hint' } as const;
  const graded = await check(everything, { rules: levels }, [failing, ...ownRules]);
  assert.deepEqual(
    new Set(graded.filter(({ rule }) => rule in levels).map(({ rule, severity }) => [rule, severity].join())),
    new Set(['syntax,hint']),
  );
});
