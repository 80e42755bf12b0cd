import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { memoryOptions } from '../../client/memory.ts';

test('memory: Node takes the options the server is started with', () => {
  const { status, stderr } = spawnSync(process.execPath, [...memoryOptions(), '--eval', ''], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});

test('memory: a version of V8 that nobody has tried is asked only what Node promises', () => {
  assert.deepEqual(memoryOptions('99.1.2-node.3'), ['--max-semi-space-size=8']);
});
