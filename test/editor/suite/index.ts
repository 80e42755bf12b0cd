/** What the editor calls: runs every `*.suite.cjs` beside this file and writes down what came of each test. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'node:util';
import type { Result } from '../suite.ts';

/** Rejects when a test failed, or when there was none. */
export async function run(): Promise<void> {
  const { default: Mocha } = await import('mocha');
  // One line a message and a mark on it: a workbench in a browser hands on the arguments of `console.log` as they are.
  Mocha.reporters.Base.consoleLog = (...args: unknown[]) => {
    for (const line of format(...args).split('\n')) console.log(`[suite] ${line}`);
  };
  const mocha = new Mocha({ ui: 'tdd', color: false, timeout: 180_000, reporter: 'spec', grep: process.env.LINTEL_EDITOR_GREP });
  for (const file of readdirSync(__dirname)) if (file.endsWith('.suite.cjs')) mocha.addFile(join(__dirname, file));
  const results: Result[] = [];
  await new Promise<void>((resolve) => {
    mocha
      .run(() => resolve())
      .on('pass', (test) => results.push({ title: test.fullTitle() }))
      .on('fail', (test, error) => results.push({ title: test.fullTitle(), error: String(error?.stack ?? error) }));
  });
  if (process.env.LINTEL_TEST_RESULTS) writeFileSync(process.env.LINTEL_TEST_RESULTS, JSON.stringify(results));
  const failed = results.filter(({ error }) => error !== undefined).length;
  if (failed > 0 || results.length === 0) throw new Error(`${failed} of ${results.length} tests failed.`);
}
