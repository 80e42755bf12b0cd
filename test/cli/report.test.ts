import assert from 'node:assert/strict';
import { test } from 'node:test';
import manifest from '../../package.json' with { type: 'json' };
import type { Finding } from '../../server/core/finding.ts';
import type { Rule } from '../../server/core/rule.ts';
import { github } from '../../server/report/github.ts';
import { json } from '../../server/report/json.ts';
import { junit } from '../../server/report/junit.ts';
import { locator, type Sources } from '../../server/report/position.ts';
import { sarif } from '../../server/report/sarif.ts';
import { text } from '../../server/report/text.ts';

const rule: Rule = {
  on: 'code',
  id: 'http-timeout',
  summary: 'A call has a timeout.',
  page: '# http-timeout\n\nA call has a timeout.\n',
  severity: 'warn',
  check: () => [],
};

const texts: Readonly<Record<string, string>> = {
  'file:///w/api a.yaml': 'openapi: 3.1.0\r\npaths:\r\n  /é: {}\r\n',
  'file:///w/src/b.ts': "fetch('x');\n",
};

const sources: Sources = {
  text: (uri) => texts[uri],
  name: (uri) => (uri.startsWith('file:///w/') ? uri.slice('file:///w/'.length) : `../${uri.slice('file:///'.length)}`),
  rules: new Map([[rule.id, rule]]),
};

const findings: readonly Finding[] = [
  {
    uri: 'file:///w/api a.yaml',
    start: 26,
    end: 28,
    rule: 'path-plain',
    severity: 'error',
    message: '`/é` is <odd>, 100% & "so".\nRename it.',
    path: ['paths', '/é'],
    href: 'https://example.com/path-plain',
    related: [{ uri: 'file:///gone.yaml', start: 5, end: 6, message: 'Used here.' }],
  },
  { uri: 'file:///w/api a.yaml', start: 0, end: 22, rule: 'x:y,z', severity: 'hint', message: 'Two lines.' },
  {
    uri: 'file:///w/src/b.ts',
    start: 0,
    end: 5,
    rule: 'http-timeout',
    severity: 'warn',
    message: 'No timeout.',
    fix: { title: 'Add a timeout', safety: 'safe', edits: () => assert.fail('a report needs no edits') },
  },
];

const positions: readonly [name: string, content: string | undefined, offset: number, place: string][] = [
  ['start', 'a\nb', 0, '1:1'],
  ['before a line feed', 'a\nb', 1, '1:2'],
  ['after a line feed', 'a\nb', 2, '2:1'],
  ['after CRLF', 'a\r\nb', 3, '2:1'],
  ['after a lone CR', 'a\rb', 2, '2:1'],
  ['UTF-16 units', '😀b', 2, '1:3'],
  ['behind a byte order mark', '\uFEFFab', 2, '1:2'],
  ['on a byte order mark', '\uFEFFab', 0, '1:1'],
  ['end of file behind a line feed', 'a\n', 2, '2:1'],
  ['unknown file', undefined, 7, '1:1'],
];
for (const [name, content, offset, place] of positions) {
  test(`position: ${name}`, () => {
    const { start } = locator({ ...sources, text: () => content })('file:///x', { start: offset, end: offset });
    assert.equal(`${start.line}:${start.column}`, place);
  });
}

test('text', () => {
  assert.equal(
    text(findings, sources),
    [
      'api a.yaml',
      '  3:3  error  `/é` is <odd>, 100% & "so". Rename it.  path-plain',
      '  1:1  hint   Two lines.  x:y,z',
      '',
      'src/b.ts',
      '  1:1  warn   No timeout.  http-timeout',
      '',
      '1 error, 1 warning, 1 hint. Can be mended: 1 with --fix.',
      '',
    ].join('\n'),
  );
  const unsafe = findings.map((finding) =>
    finding.fix ? { ...finding, fix: { ...finding.fix, safety: 'suggestion' as const } } : finding,
  );
  assert.match(text([...findings, ...unsafe], sources), / Can be mended: 1 with --fix, 1 with --fix --unsafe\.\n$/);
  assert.equal(text([], sources), 'No findings.\n');
});

test('json', () => {
  assert.deepEqual(JSON.parse(json(findings, sources)), [
    {
      rule: 'path-plain',
      severity: 'error',
      message: '`/é` is <odd>, 100% & "so".\nRename it.',
      file: 'api a.yaml',
      range: { start: { line: 3, column: 3 }, end: { line: 3, column: 5 } },
      path: ['paths', '/é'],
    },
    {
      rule: 'x:y,z',
      severity: 'hint',
      message: 'Two lines.',
      file: 'api a.yaml',
      range: { start: { line: 1, column: 1 }, end: { line: 2, column: 7 } },
    },
    {
      rule: 'http-timeout',
      severity: 'warn',
      message: 'No timeout.',
      file: 'src/b.ts',
      range: { start: { line: 1, column: 1 }, end: { line: 1, column: 6 } },
      fix: { title: 'Add a timeout', safety: 'safe' },
    },
  ]);
  assert.equal(json([], sources), '[]\n');
});

test('github', () => {
  assert.equal(
    github(findings, sources),
    [
      '::error file=api a.yaml,line=3,endLine=3,col=3,endColumn=5,title=path-plain::`/é` is <odd>, 100%25 & "so".%0ARename it.',
      '::notice file=api a.yaml,line=1,endLine=2,title=x%3Ay%2Cz::Two lines.',
      '::warning file=src/b.ts,line=1,endLine=1,col=1,endColumn=6,title=http-timeout::No timeout.',
      '',
    ].join('\n'),
  );
  assert.equal(github([], sources), '');
});

test('junit', () => {
  const message = '`/é` is &lt;odd&gt;, 100% &amp; &quot;so&quot;.&#10;Rename it.';
  assert.equal(
    junit(findings, sources),
    `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="lintel" tests="3" failures="3" errors="0">
  <testsuite name="api a.yaml" tests="2" failures="2" errors="0">
    <testcase name="path-plain at 3:3" classname="api a.yaml">
      <failure message="${message}" type="error">api a.yaml:3:3</failure>
    </testcase>
    <testcase name="x:y,z at 1:1" classname="api a.yaml">
      <failure message="Two lines." type="hint">api a.yaml:1:1</failure>
    </testcase>
  </testsuite>
  <testsuite name="src/b.ts" tests="1" failures="1" errors="0">
    <testcase name="http-timeout at 1:1" classname="src/b.ts">
      <failure message="No timeout." type="warn">src/b.ts:1:1</failure>
    </testcase>
  </testsuite>
</testsuites>
`,
  );
  assert.equal(
    junit([], sources),
    `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="lintel" tests="1" failures="0" errors="0">
  <testsuite name="lintel" tests="1" failures="0" errors="0">
    <testcase name="no findings" classname="lintel"/>
  </testsuite>
</testsuites>
`,
  );
});

test('junit: characters that XML cannot hold', () => {
  const [finding] = findings as readonly [Finding];
  const report = junit([{ ...finding, message: 'a\u0000b\uD800c😀' }], sources);
  assert.match(report, /message="a\uFFFDb\uFFFDc😀"/u);
});

test('sarif', () => {
  const region = (startLine: number, startColumn: number, endLine: number, endColumn: number) => ({
    startLine,
    startColumn,
    endLine,
    endColumn,
  });
  const at = (uri: string, place: object) => ({ physicalLocation: { artifactLocation: { uri }, region: place } });
  assert.deepEqual(JSON.parse(sarif(findings, sources)), {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Lintel',
            version: manifest.version,
            rules: [
              {
                id: 'http-timeout',
                shortDescription: { text: rule.summary },
                help: { text: rule.summary, markdown: rule.page },
                defaultConfiguration: { level: 'warning' },
              },
              { id: 'path-plain', helpUri: 'https://example.com/path-plain' },
              { id: 'x:y,z' },
            ],
          },
        },
        columnKind: 'utf16CodeUnits',
        results: [
          {
            ruleId: 'path-plain',
            ruleIndex: 1,
            level: 'error',
            message: { text: findings[0]?.message },
            locations: [at('api%20a.yaml', region(3, 3, 3, 5))],
            relatedLocations: [{ id: 0, ...at('file:///gone.yaml', region(1, 1, 1, 1)), message: { text: 'Used here.' } }],
          },
          {
            ruleId: 'x:y,z',
            ruleIndex: 2,
            level: 'note',
            message: { text: 'Two lines.' },
            locations: [at('api%20a.yaml', region(1, 1, 2, 7))],
          },
          {
            ruleId: 'http-timeout',
            ruleIndex: 0,
            level: 'warning',
            message: { text: 'No timeout.' },
            locations: [at('src/b.ts', region(1, 1, 1, 6))],
          },
        ],
      },
    ],
  });
});
