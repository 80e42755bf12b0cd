import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Marks } from '../../server/core/model/marks.ts';

const seen: unknown[] = [];
const marks = new Marks((value) => {
  seen.push(value);
  return (value === 'a' ? 1 : 0) | (Array.isArray(value) ? 2 : 0);
});
const looks = (value: unknown): number => {
  const before = seen.length;
  marks.of(value);
  return seen.length - before;
};

test('a value bears its own marks and those of all below', () => {
  assert.equal(marks.of('a'), 1);
  assert.equal(marks.of({ x: { y: [{ z: 'a' }] } }), 3);
  assert.equal(marks.of({ x: { y: null, z: 1 } }), 0);
});

test('what holds much is looked at once, what holds little again', () => {
  const big = { list: Array.from({ length: 40 }, () => ({ z: 'a' })) };
  const small = { one: {}, two: 'a' };
  const whole = { big, small };
  assert.equal(looks(whole), 1 + 82 + 3);
  assert.equal(looks({ ...whole }), 1 + 1 + 3);
});

test('a value that stands in many places is looked at once for all of them', () => {
  let value: unknown = 'a';
  for (let level = 0; level < 30; level++) value = Array.from({ length: 10 }, () => value);
  assert.ok(looks(value) < 10_000);
});

test('looking in steps pauses between the parts and sees them all', () => {
  const part = () => Array.from({ length: 40 }, () => ({ z: 'a' }));
  const value = { one: part(), two: part(), three: 'b' };
  assert.equal([...marks.lookInSteps(value, 1)].length, 2);
  assert.equal(looks(value), 2);
});
