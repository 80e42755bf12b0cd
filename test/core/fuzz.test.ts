/** Texts that broke a parser once, or are made to. How long they take is told by `npm run fuzz`. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { randomOf } from '../edits.ts';
import { examine, monsters } from '../fuzz.ts';

const folder = join(dirname(import.meta.dirname), 'fuzz');

for (const file of globSync('*', { cwd: folder })) {
  test(`regression: ${file}`, () => {
    examine(readFileSync(join(folder, file), 'utf8'), file.endsWith('.json') ? 'json' : 'yaml', randomOf(1));
  });
}

for (const { name, text, language } of monsters()) {
  if (text.length < 50_000) test(`${language}: ${name}`, () => void examine(text, language, randomOf(1)));
}
