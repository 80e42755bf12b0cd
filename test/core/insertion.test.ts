/** A snippet put into files as people have them: each import once and on top, the body between statements. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import ts from 'ts6';
import { catalogue, type Snippet, snippetFile } from '../../scripts/snippets.ts';
import { applyEdits } from '../../server/core/create.ts';
import { placeImports, placeSnippet, type SnippetText } from '../../server/core/typescript/insertion.ts';

const uri = 'file:///p/a.ts';

/** The file after the insertion at `‸`, or at its end where it has none. */
function inserted(marked: string, snippet: SnippetText): string {
  const parts = marked.split('‸');
  const text = parts.join('');
  const start = parts[0]!.length;
  const at = parts.length > 1 ? { start, end: parts.length > 2 ? start + parts[1]!.length : start } : undefined;
  const edits = placeSnippet(uri, text, snippet, at);
  return applyEdits(
    text,
    edits.map((edit) => ({ uri, ...edit })),
  );
}

/** What becomes of a file's imports when these are added. */
function merged(file: string, imports: string): string {
  const [edits = []] = placeImports(uri, file, [imports]);
  return applyEdits(
    file,
    edits.map((edit) => ({ uri, ...edit })),
  );
}

describe('imports', () => {
  const cases: [what: string, file: string, imports: string, expected: string][] = [
    ['none there', 'go();\n', "import { a } from 'm';", "import { a } from 'm';\n\ngo();\n"],
    ['an empty file', '', "import { a } from 'm';", "import { a } from 'm';\n"],
    [
      'after the last one',
      "import x from 'x';\ngo();\n",
      "import { a } from 'm';",
      "import x from 'x';\nimport { a } from 'm';\ngo();\n",
    ],
    [
      'after the last one, which ends the file',
      "import x from 'x';",
      "import { a } from 'm';",
      "import x from 'x';\nimport { a } from 'm';\n",
    ],
    ['already there', "import { a, b } from 'm';\n", "import { a } from 'm';", "import { a, b } from 'm';\n"],
    [
      'already there under the other name of the module',
      "import { a } from 'crypto';\n",
      "import { a } from 'node:crypto';",
      "import { a } from 'crypto';\n",
    ],
    ['a name more', "import { a } from 'm';\n", "import { a, b } from 'm';", "import { a, b } from 'm';\n"],
    [
      'a name more, in lines',
      "import {\n  a,\n  // why\n  b,\n} from 'm';\n",
      "import { c } from 'm';",
      "import {\n  a,\n  // why\n  b,\n  c,\n} from 'm';\n",
    ],
    ['names beside a default import', "import pg from 'pg';\n", "import { Pool } from 'pg';", "import pg, { Pool } from 'pg';\n"],
    [
      'no names beside a namespace',
      "import * as m from 'm';\n",
      "import { a } from 'm';",
      "import * as m from 'm';\nimport { a } from 'm';\n",
    ],
    ['a default import more', "import { a } from 'm';\n", "import m from 'm';", "import { a } from 'm';\nimport m from 'm';\n"],
    ['an alias is another name', "import { a as x } from 'm';\n", "import { a } from 'm';", "import { a as x, a } from 'm';\n"],
    ['an alias that is there', "import { a as x } from 'm';\n", "import { a as x } from 'm';", "import { a as x } from 'm';\n"],
    ['a type among values', "import { a } from 'm';\n", "import type { T } from 'm';", "import { a, type T } from 'm';\n"],
    ['a type among types', "import type { S } from 'm';\n", "import { type T } from 'm';", "import type { S, T } from 'm';\n"],
    ['a type that is there as a value', "import { T } from 'm';\n", "import type { T } from 'm';", "import { T } from 'm';\n"],
    [
      'a value beside types',
      "import type { S } from 'm';\n",
      "import { a, type T } from 'm';",
      "import type { S, T } from 'm';\nimport { a } from 'm';\n",
    ],
    [
      'a value that is there as a type',
      "import { type C, a } from 'm';\n",
      "import { C } from 'm';",
      "import { C, a } from 'm';\n",
    ],
    ['a value among types', "import type { C, S } from 'm';\n", "import { C } from 'm';", "import { C, type S } from 'm';\n"],
    ['what runs only', "import 'm';\n", "import 'm';\nimport 'n';", "import 'm';\nimport 'n';\n"],
    ['no braces in what runs only', "import 'm';\n", "import { a } from 'm';", "import 'm';\nimport { a } from 'm';\n"],
    [
      'after a header and a line',
      '// Licence\n\n/** Goes. */\ngo();\n',
      "import 'm';",
      "// Licence\n\nimport 'm';\n\n/** Goes. */\ngo();\n",
    ],
    ['before what a comment belongs to', '/** Goes. */\ngo();\n', "import 'm';", "import 'm';\n\n/** Goes. */\ngo();\n"],
    [
      'after a shebang and directives',
      "#!/usr/bin/env node\n'use strict';\ngo();\n",
      "import 'm';",
      "#!/usr/bin/env node\n'use strict';\n\nimport 'm';\n\ngo();\n",
    ],
    [
      'not after an import further down',
      "import 'a';\ngo();\nimport 'b';\n",
      "import 'm';",
      "import 'a';\nimport 'm';\ngo();\nimport 'b';\n",
    ],
    [
      'an import that is equal sign and require',
      "import fs = require('fs');\n",
      "import 'm';",
      "import fs = require('fs');\nimport 'm';\n",
    ],
  ];
  for (const [what, file, imports, expected] of cases) {
    test(what, () => assert.equal(merged(file, imports), expected));
  }
});

test('an untitled document is TypeScript', () => {
  const [edit] = placeSnippet(
    'untitled:Untitled-1',
    'const a = <string>b;\nfunction f() {}\n',
    { imports: '', body: 'go();' },
    { start: 28, end: 28 },
  );
  assert.equal(edit?.start, 36);
});

describe('the body', () => {
  const snippet = { imports: "import { a } from 'm';", body: 'export const b = a;' };
  const cases: [what: string, file: string, expected: string][] = [
    ['an empty file', '‸', "import { a } from 'm';\n\nexport const b = a;\n"],
    ['a file of empty lines', '\n‸\n', "import { a } from 'm';\n\nexport const b = a;\n"],
    [
      'at the end, without a place',
      "import { a } from 'm';\n\ngo();\n",
      "import { a } from 'm';\n\ngo();\n\nexport const b = a;\n",
    ],
    ['at the end, which has no line break', 'go();', "import { a } from 'm';\n\ngo();\n\nexport const b = a;\n"],
    [
      'on an empty line between statements',
      'one();\n\n‸\n\ntwo();\n',
      "import { a } from 'm';\n\none();\n\nexport const b = a;\n\ntwo();\n",
    ],
    ['on an indented empty line', 'one();\n  ‸\ntwo();\n', "import { a } from 'm';\n\none();\n\nexport const b = a;\n\ntwo();\n"],
    ['before a statement', 'one();\n‸two();\n', "import { a } from 'm';\n\none();\n\nexport const b = a;\n\ntwo();\n"],
    ['behind a statement', 'one();‸\ntwo();\n', "import { a } from 'm';\n\none();\n\nexport const b = a;\n\ntwo();\n"],
    [
      'within a function, after it',
      'function f() {\n  ‸\n} // f\ntwo();\n',
      "import { a } from 'm';\n\nfunction f() {\n  \n} // f\n\nexport const b = a;\n\ntwo();\n",
    ],
    [
      'within a comment behind a statement, after it',
      'one(); // wh‸y\r\ntwo();\r\n',
      "import { a } from 'm';\n\none(); // why\n\nexport const b = a;\n\r\ntwo();\r\n",
    ],
    [
      'within a comment, after what it belongs to',
      '/** ‸ */\none();\n',
      "import { a } from 'm';\n\n/**  */\none();\n\nexport const b = a;\n",
    ],
    [
      'among imports, after them',
      "‸import 'x';\nimport 'y';\ngo();\n",
      "import 'x';\nimport 'y';\nimport { a } from 'm';\n\nexport const b = a;\n\ngo();\n",
    ],
    ['right after the imports', "import { a } from 'm';\n‸\ngo();\n", "import { a } from 'm';\n\nexport const b = a;\n\ngo();\n"],
    [
      'in place of what is selected',
      'one();\n‸two();‸\nthree();\n',
      "import { a } from 'm';\n\none();\n\nexport const b = a;\n\nthree();\n",
    ],
    ['not in place of a part of a statement', 'one(‸1‸);\n', "import { a } from 'm';\n\none(1);\n\nexport const b = a;\n"],
    ['before everything', '‸go();\n', "import { a } from 'm';\n\nexport const b = a;\n\ngo();\n"],
    ['after a header', '// Licence\n\n‸\ngo();\n', "// Licence\n\nimport { a } from 'm';\n\nexport const b = a;\n\ngo();\n"],
  ];
  for (const [what, file, expected] of cases) test(what, () => assert.equal(inserted(file, snippet), expected));

  test('without imports it comes alone', () => {
    assert.equal(inserted("import 'x';\n\n‸\n", { imports: '', body: 'b();' }), "import 'x';\n\nb();\n");
  });

  test('tab stops stay, of imports too where a whole declaration is new', () => {
    const text = "import { c } from 'n';\n";
    const edits = placeSnippet(uri, text, {
      imports: "import { a } from '${1:./m.ts}';\nimport { d } from '${2:n}';",
      body: 'const price = `\\${a} ${3:\\}}`;',
    });
    assert.deepEqual(
      edits.map(({ snippet }) => snippet),
      [', d', "import { a } from '${1:./m.ts}';\n\nconst price = `\\${a} ${3:\\}}`;\n"],
    );
    assert.equal(edits[1]!.newText, "import { a } from './m.ts';\n\nconst price = `${a} }`;\n");
  });
});

describe('every snippet, into a file that has all of its imports', () => {
  const snippets = JSON.parse(snippetFile('typescript')) as Record<string, Snippet>;
  for (const path of catalogue('ts')) {
    const snippet = snippets[`Lintel: ${path.replace(/^.*\/|\.ts$/g, '')}`]!;
    const text = { imports: (snippet.imports ?? []).join('\n'), body: snippet.body.join('\n') };
    test(path, () => {
      const once = inserted('', text);
      const again = inserted(once, { ...text, body: 'go();' });
      assert.equal(again, `${once}\ngo();\n`);
      assert.deepEqual(ts.transpileModule(once, { reportDiagnostics: true }).diagnostics, []);
      assert.doesNotMatch(text.body, /^import /m);
    });

    test(`${path}, between statements, leaves the file formatted`, async () => {
      const file = inserted(
        "import { randomUUID } from 'node:crypto';\nimport type { Pool } from 'pg';\n\nrandomUUID();\n‸\nexport type A = Pool;\n",
        text,
      );
      const style = await resolveConfig(fileURLToPath(import.meta.url));
      assert.equal(await format(file, { ...style, filepath: 'a.ts' }), file);
    });
  }
});
