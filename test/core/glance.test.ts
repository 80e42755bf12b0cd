/** What is said at once of a large document that is being edited, and what comes with the next check. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rules } from '../../rulesets/index.ts';
import { defaultConfig } from '../../server/core/config.ts';
import { createLintel } from '../../server/core/create.ts';
import type { Finding } from '../../server/core/finding.ts';
import { memoryHost } from '../../server/core/host.ts';
import type { Api } from '../../server/core/model/api.ts';
import type { ApiRule, CodeRule, Rule } from '../../server/core/rule.ts';

const uri = 'file:///p/api.yaml';

/** `size` paths, each with an operation that has neither description nor tags: Spectral's own rules say so. */
function large(size: number): string {
  const paths = Array.from(
    { length: size },
    (_, index) =>
      `  /things${index}/{id}:\n    get:\n      operationId: get${index}\n      responses: { '200': { description: A thing. } }\n`,
  );
  return `openapi: 3.1.0\ninfo: { title: Things, version: 1.0.0 }\npaths:\n${paths.join('')}`;
}

async function opened(text: string, known: readonly Rule[] = rules) {
  const lintel = createLintel(memoryHost({ 'file:///p/.spectral.yaml': 'extends: ["spectral:oas", "lintel:openapi"]\n' }), known);
  lintel.open(uri, text, 1, 'yaml');
  await lintel.check(uri, defaultConfig);
  const type = (before: string, after: string) => {
    const start = lintel.content(uri)?.toString().indexOf(before) ?? -1;
    lintel.change(uri, [{ start, end: start + before.length, newText: after }], 2);
  };
  const glance = async () => {
    const { findings, isWhole } = await lintel.glance(uri, defaultConfig);
    return { isWhole, of: (rule: string) => findings.filter((finding) => finding.rule === rule) };
  };
  return { lintel, type, glance };
}

test("at once come Lintel's findings as they are now and those of other rules where what they speak of stands", async () => {
  const { lintel, type, glance } = await opened(large(600));
  type('get:\n      operationId: get7\n', 'post:\n      operationId: get7\n');
  const { isWhole, of } = await glance();
  assert.equal(isWhole, false);
  assert.equal(of('path-params').length, 600);
  assert.equal(of('operation-description').length, 599, 'the one that moved is not known yet');
  const all = await lintel.check(uri, defaultConfig);
  assert.equal(all.filter(({ rule }) => rule === 'operation-description').length, 600);
  assert.equal((await glance()).isWhole, true);
});

test('places at once are those of the text as it is now', async () => {
  const { lintel, type, glance } = await opened(large(600));
  type('title: Things', 'title: Some things');
  const { of } = await glance();
  const text = lintel.text(uri) ?? '';
  assert.ok(of('operation-description').every(({ start, end }) => text.slice(start, end).startsWith('get')));
});

test('a text that a rule spoke of and that is another now is not spoken of at once', async () => {
  const { type, glance } = await opened(`${large(600)}servers: [{ url: "https://example.com/" }]\n`);
  assert.equal((await glance()).of('oas3-server-trailing-slash').length, 1);
  type('https://example.com/', 'https://example.com');
  assert.equal((await glance()).of('oas3-server-trailing-slash').length, 0);
});

test('a rule that takes long is asked when the typing pauses, and what it said stands until then', async () => {
  const slow = rules.map((rule) => (rule.id === 'path-params' && rule.on === 'api' ? slowed(rule) : rule));
  const { lintel, type, glance } = await opened(large(600), slow);
  const told = (findings: readonly Finding[]) => [findings.length, findings.filter(({ message }) => /part/.test(message)).length];
  type('/things7/{id}', '/things7/{id}/{part}');
  assert.deepEqual(told((await glance()).of('path-params')), [600, 1], 'nobody knows yet how long it takes');
  type('/things8/{id}', '/things8/{id}/{part}');
  assert.deepEqual(told((await glance()).of('path-params')), [599, 1], 'what it said of the path that was there is gone');
  const all = await lintel.check(uri, defaultConfig);
  assert.deepEqual(told(all.filter(({ rule }) => rule === 'path-params')), [600, 2]);
});

/** The rule, taking longer than a key may. */
function slowed(rule: ApiRule): ApiRule {
  return {
    ...rule,
    *check(api, options) {
      const end = performance.now() + 30;
      while (performance.now() < end);
      yield* rule.check(api, options);
    },
  };
}

test('of a small document everything is said at once', async () => {
  const { type, glance } = await opened(large(3));
  type('get:', 'post:');
  const { isWhole, of } = await glance();
  assert.equal(isWhole, true);
  assert.equal(of('operation-description').length, 3);
});

test("before Spectral's rules are loaded, Lintel's own are heard as they are with them", async () => {
  const lintel = createLintel(memoryHost(), rules);
  lintel.open(uri, `${large(3)}# lintel-ignore operation-tags: none\nsecurity: []\n`, 1, 'yaml');
  const first = await lintel.glance(uri, defaultConfig);
  const all = await lintel.check(uri, defaultConfig);
  const shown = (findings: readonly Finding[]) =>
    findings.map(({ start, rule, severity, message }) => ({ start, rule, severity, message }));
  assert.equal(first.isWhole, false);
  assert.deepEqual(shown(first.findings), shown(all.filter(({ rule }) => lintel.rules.has(rule) && rule !== 'ignore-unused')));
  assert.ok(all.length > first.findings.length);
});

test('the first answer about a long document holds nothing that the check after it does not', async () => {
  const lintel = createLintel(memoryHost(), rules);
  lintel.open(uri, large(3000), 1, 'yaml');
  const { findings, isWhole } = await lintel.glance(uri, defaultConfig);
  assert.equal(isWhole, false);
  const all = await lintel.check(uri, defaultConfig);
  const keyOf = ({ rule, start, message }: Finding) => `${rule} ${start} ${message}`;
  const known = new Set(all.map(keyOf));
  assert.deepEqual(
    findings.map(keyOf).filter((key) => !known.has(key)),
    [],
  );
  const fresh = createLintel(memoryHost(), rules);
  fresh.open(uri, large(3000), 1, 'yaml');
  assert.deepEqual((await fresh.check(uri, defaultConfig)).map(keyOf), all.map(keyOf));
});

test('a first look gives others their turn where a rule has done a part, and ends when it is no longer wanted', async () => {
  const own = rules.find(({ id }) => id === 'path-params') as ApiRule;
  const parts = 100;
  let done = 0;
  const slow: ApiRule = {
    ...own,
    *check(api) {
      for (let part = 0; part < parts; part++) {
        done++;
        for (const end = performance.now() + 3; performance.now() < end;);
        if (part % 50 === 0) yield { at: api.get('info'), message: `Part ${part}.` };
        yield undefined;
      }
    },
  };
  const host = memoryHost({ 'file:///p/.spectral.yaml': 'extends: lintel:openapi\n' });
  const lintel = createLintel(host, [slow]);
  lintel.open(uri, large(2), 1, 'yaml');
  const ended = new AbortController();
  const first = lintel.check(uri, defaultConfig, ended.signal);
  const turn = (left: number) => {
    if (done > 0 || left === 0) ended.abort();
    else setTimeout(turn, 1, left - 1);
  };
  turn(5000);
  await assert.rejects(first);
  assert.ok(done > 0 && done < parts, `${done} parts were done`);
  const found = await lintel.check(uri, defaultConfig);
  assert.deepEqual(
    found.filter(({ rule }) => rule === own.id).map(({ message }) => message),
    ['Part 0.', 'Part 50.'],
  );
});

test('what takes long again after an edit gives others their turn, and tells what is there when it ends', async () => {
  const own = rules.find(({ id }) => id === 'path-params') as ApiRule;
  const parts = 40;
  const slow: ApiRule = {
    ...own,
    *check(api) {
      const titles = api.derivedInSteps(titlesOf, titlesInSteps);
      yield { at: api.get('info'), message: (yield* titles).join(' ') };
    },
  };
  function titlesOf(api: Api): string[] {
    const steps = titlesInSteps(api);
    for (;;) {
      const { done, value } = steps.next();
      if (done) return value;
    }
  }
  function* titlesInSteps(api: Api): Generator<undefined, string[]> {
    const found: string[] = [];
    for (let part = 0; part < parts; part++) {
      for (const end = performance.now() + 2; performance.now() < end;);
      if (part % 10 === 0) found.push(String(api.get('info', part < 20 ? 'title' : 'version').value));
      yield undefined;
    }
    return found;
  }
  const lintel = createLintel(memoryHost({ 'file:///p/.spectral.yaml': 'extends: lintel:openapi\n' }), [slow]);
  lintel.open(uri, large(2), 1, 'yaml');
  const { signal } = new AbortController();
  const said = async () => (await lintel.check(uri, defaultConfig, signal)).map(({ message }) => message);
  const type = (before: string, after: string) => {
    const start = (lintel.text(uri) as string).indexOf(before);
    lintel.change(uri, [{ start, end: start + before.length, newText: after }], 2);
  };
  assert.deepEqual(await said(), ['Things Things 1.0.0 1.0.0']);
  type('Things', 'Pets');
  assert.deepEqual(await said(), ['Pets Pets 1.0.0 1.0.0'], 'how long it takes is known now');
  type('Pets', 'Cats');
  let turns = 0;
  let isOver = false;
  const turn = () => {
    turns++;
    if (!isOver && turns < 10_000) setImmediate(turn);
  };
  setImmediate(turn);
  assert.deepEqual(await said(), ['Cats Cats 1.0.0 1.0.0']);
  assert.ok(turns > 20, `${turns} turns`);
  // Edits while it looks, of what it has read already and of what it has not, and a second look beside the first.
  for (const [before, after] of [
    ['Cats', 'Dogs'],
    ['1.0.0', '2.0.0'],
    ['2.0.0', '3.0.0'],
    ['Dogs', 'Birds'],
  ] as const) {
    const first = said();
    await new Promise((resolve) => setTimeout(resolve, 30));
    type(before, after);
    const [title, version] = [/title: (\w+)/, /version: ([\d.]+)/].map((part) => part.exec(lintel.text(uri) as string)?.[1]);
    assert.deepEqual(await said(), [`${title} ${title} ${version} ${version}`]);
    await first;
    assert.deepEqual(await said(), [`${title} ${title} ${version} ${version}`]);
  }
  isOver = true;
});

test('the rules of code give others their turn, and end when they are no longer wanted', async () => {
  const own = rules.find(({ on }) => on === 'code') as CodeRule;
  let done = 0;
  const slow: CodeRule = {
    ...own,
    roles: undefined,
    *check() {
      done++;
      for (const end = performance.now() + 3; performance.now() < end;);
    },
  };
  const many = Array.from({ length: 100 }, (_, index): CodeRule => ({ ...slow, id: `slow-${index}` }));
  const lintel = createLintel(memoryHost(), many);
  const code = 'file:///p/server.ts';
  lintel.open(code, "import express from 'express';\nexpress().listen(80);\n", 1, 'typescript');
  const ended = new AbortController();
  const check = lintel.check(code, defaultConfig, ended.signal);
  const turn = (left: number) => {
    if (done > 0 || left === 0) ended.abort();
    else setTimeout(turn, 1, left - 1);
  };
  turn(5000);
  await assert.rejects(check);
  assert.ok(done > 0 && done < many.length, `${done} rules were asked`);
});

/** What a Lintel says that has never seen another text. */
async function fresh(text: string) {
  const lintel = createLintel(memoryHost({ 'file:///p/.spectral.yaml': 'extends: ["spectral:oas", "lintel:openapi"]\n' }), rules);
  lintel.open(uri, text, 1, 'yaml');
  return said(await lintel.check(uri, defaultConfig));
}

const said = (findings: readonly Finding[]) =>
  findings.map(({ rule, start, end, severity, message }) => ({ rule, start, end, severity, message }));

test('an edit with which much comes and goes is looked at as if the text were new', async () => {
  const { lintel, type } = await opened(large(1500));
  type('  /things700/{id}:\n', 'note:\n  /things700/{id}:\n');
  assert.deepEqual(said(await lintel.check(uri, defaultConfig)), await fresh(lintel.text(uri) ?? ''));
  // Thousands of places are wrong now: the next key too is a first look.
  type('note:\n', 'notes:\n');
  assert.deepEqual(said(await lintel.check(uri, defaultConfig)), await fresh(lintel.text(uri) ?? ''));
  type('notes:\n', '');
  assert.deepEqual(said(await lintel.check(uri, defaultConfig)), await fresh(large(1500)));
});

test('what needs most of a very long text to be read again waits for the next check', async () => {
  const { lintel, type } = await opened(`${large(600)}${`# ${'long '.repeat(20)}\n`.repeat(10_000)}`);
  type('  /things300/{id}:\n', 'note:\n  /things300/{id}:\n');
  const late = await lintel.glance(uri, defaultConfig);
  assert.deepEqual([late.isLate, late.isWhole, late.findings], [true, false, []]);
  await lintel.check(uri, defaultConfig);
  const soon = await lintel.glance(uri, defaultConfig);
  assert.deepEqual([soon.isLate, soon.findings.length > 0], [undefined, true]);
});
