import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LabelledFile, print, type Reported, score } from '../../scripts/labels.ts';

const labels: LabelledFile = {
  repo: 'owner/name',
  commit: '0'.repeat(40),
  path: 'src/hook.ts',
  expect: [
    { line: 3, rule: 'a', why: 'found' },
    { line: 9, rule: 'a', why: 'not found' },
    { line: 4, rule: 'later', why: 'no such rule' },
  ],
  must_not: [
    { line: 20, rule: 'a', why: 'silent' },
    { line: 30, rule: 'b', why: 'reported by another rule only' },
  ],
};
const at = (rule: string, first: number, last = first): Reported => ({ rule, first, last, message: `${rule} here.` });

test('labels: found, missed, wrong, unlabelled and unknown', () => {
  const reported = [at('a', 2, 4), at('a', 19, 21), at('a', 30), at('b', 9)];
  const result = score([{ labels, reported }], new Set(['a', 'b']));
  assert.deepEqual(
    {
      recall: [...result.recall],
      missed: result.missed.map(({ line }) => line),
      wrong: result.wrong.map(({ file, line, message }) => [file, line, message]),
      unlabelled: result.unlabelled.map(({ rule, first }) => [rule, first]),
      unknown: [...result.unknown],
    },
    {
      recall: [['a', { expected: 2, found: 1 }]],
      missed: [9],
      wrong: [['owner/name/src/hook.ts', 20, 'a here.']],
      unlabelled: [
        ['a', 30],
        ['b', 9],
      ],
      unknown: [['later', 1]],
    },
  );
});

test('labels: a clean score says so', () => {
  const clean = print(
    score([{ labels: { ...labels, expect: labels.expect.slice(0, 1) }, reported: [at('a', 3)] }], new Set(['a'])),
  );
  assert.equal(clean, 'Expected lines found: 1 of 1.\n  1/1     a\n\nNo wrong lines.\n');
});
