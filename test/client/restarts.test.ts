import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restarts } from '../../client/restarts.ts';

function world() {
  const seen = { time: 0, waits: [] as number[], said: [] as string[] };
  const ended = restarts({
    now: () => seen.time,
    wait: async (milliseconds) => {
      seen.waits.push(milliseconds);
      seen.time += milliseconds;
    },
    say: (message) => void seen.said.push(message),
    log: () => {},
  });
  return { seen, ended };
}

test('a server that ends is started again, later each time, and the person is told once', async () => {
  const { seen, ended } = world();
  for (let time = 0; time < 9; time++) await ended();
  assert.deepEqual(seen.waits, [0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  assert.equal(seen.said.length, 1);
});

test('after a long life it begins anew', async () => {
  const { seen, ended } = world();
  await ended();
  await ended();
  seen.time += 600_000;
  await ended();
  assert.deepEqual(seen.waits, [0, 1_000, 0]);
  assert.equal(seen.said.length, 2);
});
