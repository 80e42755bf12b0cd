/**
 * `npm run fuzz -- [--seed N] [--seconds S]`: monsters, every prefix of the small documents, then random mutations of the
 * repository's documents and the corpus, until the time is over. A failure or a text that takes more than a second is
 * written beside the regression corpus (test/fuzz), to be kept there when it is mended. Exit code 1 when anything failed.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { changed, corpus, randomChange, randomOf } from '../test/edits.ts';
import { examine, type Language, monsters } from '../test/fuzz.ts';

const root = dirname(import.meta.dirname);
/** No text below 5 MB may take longer, in milliseconds of the processor. */
const longest = 1000;
/** Without a sign of life for so long the text of the moment hangs. */
const patience = 60_000;

interface Case {
  readonly name: string;
  readonly text: string;
  readonly language: Language;
}

function* cases(seed: number): Iterable<Case> {
  yield* monsters();
  const own = globSync('{snippets,test/fuzz}/**/*.{yaml,json}', { cwd: root }).map((name) => ({
    name,
    text: readFileSync(join(root, name), 'utf8'),
  }));
  const documents = [...own, ...corpus('**/*.{yaml,yml,json}')].map((document) => ({
    ...document,
    language: document.name.endsWith('.json') ? ('json' as const) : ('yaml' as const),
  }));
  for (const { name, text, language } of documents) {
    if (text.length > 3_000) continue;
    for (let end = 0; end < text.length; end++) yield { name: `${name}, first ${end}`, text: text.slice(0, end), language };
  }
  const random = randomOf(seed);
  for (let round = 0; ; round++) {
    const document = documents[random(documents.length)] as Case;
    // Large documents take their time, so most rounds pass them by.
    if (document.text.length > 300_000 && random(20) > 0) continue;
    let { text } = document;
    for (let count = 1 + random(5); count > 0; count--) text = changed(text, randomChange(text, random));
    const other = documents[random(documents.length)] as Case;
    if (random(8) === 0) text = text.slice(0, random(text.length)) + other.text.slice(random(other.text.length), 300_000);
    yield { name: `${document.name}, round ${round}`, text, language: random(10) === 0 ? other.language : document.language };
  }
}

function work(seed: number, seconds: number): void {
  const end = performance.now() + seconds * 1000;
  let count = 0;
  for (const { name, text, language } of cases(seed)) {
    if (performance.now() > end) break;
    parentPort?.postMessage({ name });
    count++;
    try {
      let took = examine(text, language, randomOf(seed));
      // Other work on the machine makes a text slow once, its own badness every time.
      for (let again = 0; took > longest && again < 3; again++) took = Math.min(took, examine(text, language, randomOf(seed)));
      if (took > longest) keep(name, text, language, `took ${Math.round(took)} ms`);
    } catch (error) {
      keep(name, text, language, error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
  }
  parentPort?.postMessage({ count, memory: process.memoryUsage().rss });
}

function keep(name: string, text: string, language: Language, why: string): void {
  const file = join(root, 'test/fuzz', `found-${name.replace(/[^\w]+/g, '-').slice(0, 60)}.${language}`);
  writeFileSync(file, text);
  parentPort?.postMessage({ failure: `${name} (${language}): ${why}\n  kept in ${file}` });
}

if (isMainThread) {
  const { values } = parseArgs({ options: { seed: { type: 'string' }, seconds: { type: 'string' } } });
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const seconds = Number(values.seconds ?? 60);
  process.stdout.write(`seed ${seed}, ${seconds} s\n`);
  const worker = new Worker(new URL(import.meta.url), { workerData: { seed, seconds } });
  let failures = 0;
  let current = '';
  let timer: NodeJS.Timeout | undefined;
  worker.on('message', (message: { name?: string; failure?: string; count?: number; memory?: number }) => {
    clearTimeout(timer);
    if (message.count !== undefined) {
      process.stdout.write(`${message.count} texts, ${failures} failures, ${Math.round((message.memory ?? 0) / 2 ** 20)} MiB\n`);
      process.exitCode = failures > 0 ? 1 : 0;
      return;
    }
    if (message.failure) {
      failures++;
      process.stdout.write(`${message.failure}\n`);
    }
    current = message.name ?? current;
    timer = setTimeout(() => {
      process.stdout.write(`hangs: ${current}; run again with --seed ${seed}\n`);
      process.exit(1);
    }, patience);
  });
} else {
  const { seed, seconds } = workerData as { seed: number; seconds: number };
  work(seed, seconds);
}
