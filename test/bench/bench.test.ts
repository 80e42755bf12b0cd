import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { rules } from '../../rulesets/index.ts';
import { defaultConfig } from '../../server/core/config.ts';
import { createLintel } from '../../server/core/create.ts';
import { memoryHost } from '../../server/core/host.ts';
import { insert, quantile } from './bench.ts';
import { openApi, typescript } from './documents.ts';

test('bench: median and percentiles', () => {
  assert.equal(quantile([3, 1, 2], 0.5), 2);
  assert.equal(quantile([4, 1, 3, 2], 0.5), 2);
  assert.equal(
    quantile(
      Array.from({ length: 100 }, (_, index) => index + 1),
      0.95,
    ),
    95,
  );
  assert.ok(Number.isNaN(quantile([], 0.5)));
});

test('bench: what was measured goes between the markers', () => {
  const readme = 'a\n<!-- measured -->\nold\n<!-- /measured -->\nb\n';
  assert.equal(insert(readme, '$1\n'), 'a\n<!-- measured -->\n$1\n<!-- /measured -->\nb\n');
});

const made: readonly [name: string, text: string, lines: number, reported: string][] = [
  ['a.yaml', openApi(100), 100, 'server-https'],
  ['a.yaml', openApi(5000), 5000, 'rate-limit-retry-after'],
  ['a.ts', typescript(1000), 1000, 'webhook-signature-timing'],
];
for (const [name, text, lines, reported] of made) {
  test(`bench: ${lines} lines of ${name} are sound but for mistakes on purpose`, async () => {
    assert.equal(text.split('\n').length - 1, lines);
    const uri = `file:///project/${name}`;
    const found = (await createLintel(memoryHost({ [uri]: text }), rules).check(uri, defaultConfig)).map(({ rule }) => rule);
    assert.ok(found.includes(reported));
    assert.deepEqual(
      found.filter((rule) => rule === 'syntax' || rule === 'oas3-schema' || rule === 'rule-failed'),
      [],
    );
  });
}

test('bench: a quick run measures everything there is', async () => {
  const root = join(import.meta.dirname, '../..');
  const args = ['--import', './test/register.mjs', 'test/bench/bench.ts', '--quick', '--source'];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const [code] = await once(child, 'close');
  assert.equal(code, 0, err);
  const time = String.raw`[\d.,]+`;
  const row = (name: string, ...cells: string[]) => new RegExp(`^\\| ${name} \\| ${cells.join(' \\| ')} \\|$`, 'm');
  const pair = `${time} / ${time}`;
  const two = `${time}, ${time}`;
  const editor = [time, two, pair, pair, pair, pair, '.*', '.*', '.*', two];
  assert.match(out, row('OpenAPI, 100 lines', ...editor));
  assert.match(out, row('TypeScript, 1,000 lines', ...editor));
  assert.match(out, row('OpenAPI, 100 lines', time, pair, time), 'yaml-language-server');
  assert.match(out, row('OpenAPI, 100 lines', time, pair, time, pair, `${time} ×`, time), 'the same rules');
});
