import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { checkFiles, spread, summary, tryFixes } from '../../scripts/corpus.ts';
import { memoryHost } from '../../server/core/host.ts';
import type { Api } from '../../server/core/model/api.ts';
import { defineApiRule, type TreeEditors } from '../../server/core/rule.ts';

const own = { preset: 'recommended', lintelOnly: true } as const;

const text = `openapi: 3.1.0
info: { title: Pets, version: 1.0.0 } # the title
servers:
  - url: http://api.example.com # 'plain'
paths: {}
`;

function files(t: TestContext, content: Readonly<Record<string, string>>): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'lintel-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return Object.entries(content).map(([name, content]) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  });
}

const all = async <T>(rows: AsyncIterable<T>): Promise<T[]> => {
  const list: T[] = [];
  for await (const row of rows) list.push(row);
  return list;
};

test('corpus: counts and shows what is checked, and passes over the rest', async (t) => {
  const paths = files(t, { '.spectral.yaml': 'rules: {}\n', 'a.yaml': text, 'b.yaml': 'a: 1\n', 'c.ts': 'let a = 1;\n' });
  const rows = await all(checkFiles(paths, own, 'server-https'));
  assert.deepEqual(
    rows.map(({ name, kind, lines, found, crashes, shown }) => [basename(name), kind, lines, [...found], crashes, shown.length]),
    [
      ['a.yaml', 'documents', 6, [['server-https', { severity: 'warn', count: 1 }]], [], 1],
      ['c.ts', 'code', 2, [], [], 0],
    ],
  );
  assert.match(rows[0]?.shown[0] ?? '', /a\.yaml:4:10\n {4}- url: http:\/\/api\.example\.com # 'plain'\n {4}Requests to /);
  assert.match(summary(rows, 5), /^server-https +warn +1 +1 +166\.67$/m);
});

test('corpus: a rule that throws is a crash', async (t) => {
  const rule = ruleOf(() => {
    throw new Error('gone');
  });
  const [row] = await all(checkFiles(files(t, { 'a.yaml': text }), { ...own, rules: [rule] }));
  assert.match(row?.crashes.join() ?? '', /`openapi-mended` failed.*gone/);
});

/** A rule that reports and mends the document until `done`. */
function ruleOf(done: (api: Api) => boolean, mend: (edit: ReturnType<TreeEditors>, api: Api) => void = () => {}) {
  return defineApiRule({
    page: '# openapi-mended\n\nThe document is mended.\n',
    severity: 'warn',
    theme: 'data',
    formats: ['openapi'],
    *check(api) {
      if (!done(api)) yield { at: api.root, message: 'This is not mended.' };
    },
    fix: {
      safety: 'safe',
      apply({ at }, edit, api) {
        mend(edit(at), api);
        return 'Mend it';
      },
    },
  });
}

const fixes: readonly [name: string, rule: ReturnType<typeof ruleOf>, broken: readonly RegExp[], altered: readonly string[]][] = [
  [
    'adds',
    ruleOf(
      (api) => api.get('x-a').exists,
      (edit) => edit.set(['x-a'], 1),
    ),
    [],
    [],
  ],
  [
    'takes away what must be there, and a comment',
    ruleOf(
      (api) => !api.get('info').exists,
      (edit) => edit.remove(['info']),
    ),
    [/^Lost the comment: # the title$/, /^New error: oas3-schema: .*info/],
    ['/info/title = "Pets"', '/info/version = "1.0.0"'],
  ],
  [
    'never ends',
    ruleOf(
      () => false,
      (edit, api) => edit.set(['x-a'], api.get('x-a').string === 'a' ? 'b' : 'a'),
    ),
    [/^Mending once more changes it: openapi-mended/],
    [],
  ],
];
for (const [name, rule, broken, altered] of fixes) {
  test(`corpus: a fix that ${name}`, async () => {
    const uri = 'file:///project/a.yaml';
    const trial = await tryFixes(uri, memoryHost({ [uri]: text }), { ...own, lintelOnly: false, rules: [rule] }, false);
    assert.ok(trial.mended > 0);
    assert.deepEqual(trial.altered, altered);
    assert.equal(trial.broken.length, broken.length, trial.broken.join('\n'));
    for (const [index, sentence] of trial.broken.entries()) assert.match(sentence, broken[index] as RegExp);
  });
}

test('corpus: what is shown is spread over all', () => {
  assert.deepEqual(spread([1, 2, 3, 4, 5, 6], 3), [1, 3, 5]);
  assert.deepEqual(spread([1, 2], 3), [1, 2]);
});
