import type { CodeFix } from '../../server/core/rule.ts';
import { defineCodeRule } from '../../server/core/rule.ts';
import {
  type CodeFile,
  descendants,
  type Expression,
  enclosingFunction,
  indentAt,
  statementOf,
  ts,
} from '../../server/core/typescript/code.ts';
import { valueOf } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { isWithin } from '../../server/core/typescript/syntax.ts';
import { newline } from './edits.ts';
import page from './http-idempotency-key-stable.md';
import { retried, retries } from './retry-loops.ts';

interface Key {
  readonly value: Expression;
  /** What runs again for each attempt. */
  readonly repeated: ts.Node;
}

const keyName = /^(?:x-)?idempotency-?key$/i;
/** A new value each time. */
const fresh =
  /^(?:global:crypto\.randomUUID|crypto:random(?:UUID|Bytes)|uuid:\w*|nanoid:\w*|ulid:\w*|cuid:|@paralleldrive\/cuid2:\w+|global:Date\.now|global:Math\.random)$/;

/** Evidence: an option or header named for the idempotency key, made new within a retry loop or the callback of what retries: a library, or a function of the project. */
export default defineCodeRule<Key>({
  page,
  severity: 'error',
  *check(file) {
    if (!file.words.has(/idempotency/i)) return;
    const repeats = [...retries(file).map(({ evidence }) => evidence), ...retried(file)];
    for (const property of file.nodes(ts.SyntaxKind.PropertyAssignment)) {
      if (!keyName.test(property.name.getText().replace(/^['"]|['"]$/g, ''))) continue;
      const repeated = repeats.find((each) => isWithin(property, each));
      const value = property.initializer;
      if (!repeated || !isFresh(file, value, repeated)) continue;
      yield {
        at: value,
        evidence: repeated,
        message: `\`${value.getText()}\` makes another key for each attempt, so the server takes a repeated request for a new one and carries it out twice; make the key once, before the first attempt.`,
        data: { value, repeated },
      };
    }
  },
  fix({ data }, file) {
    return data && hoist(data, file);
  },
});

/** The value is made by a call within what is repeated, and of nothing that stays. */
function isFresh(file: CodeFile, value: Expression, repeated: ts.Node): boolean {
  const made = valueOf(value);
  if (!isWithin(made, repeated) || made.getSourceFile() !== file.ast) return false;
  return [made, ...descendants(made)].some(
    (node) => ts.isCallExpression(node) && fresh.test(origin(file, node.expression) ?? '') && isWithin(node, repeated),
  );
}

/** The key becomes a constant before the loop, or before the statement that starts the attempts. */
function hoist({ value, repeated }: Key, file: CodeFile): CodeFix | undefined {
  const home = statementOf(ts.isFunctionLike(repeated) ? repeated.parent : repeated);
  // A recursion has no place before its first attempt.
  const isRecursion = ts.isFunctionLike(repeated) && !ts.isCallExpression(repeated.parent);
  if (!home || isRecursion || !(ts.isBlock(home.parent) || ts.isSourceFile(home.parent))) return undefined;
  if (!ts.isCallExpression(value) || value.arguments.length > 0) return undefined;
  const name = 'idempotencyKey';
  const isTaken = [...descendants(enclosingFunction(home))].some(
    (node) => ts.isIdentifier(node) && node.text === name && declarationOf(node) !== undefined,
  );
  if (isTaken) return undefined;
  const at = home.getStart();
  const property = value.parent;
  const target = ts.isPropertyAssignment(property) && property.name.getText() === name ? property : value;
  return {
    title: 'Make the key before the first attempt',
    safety: 'suggestion',
    edits: [
      { start: at, end: at, newText: `const ${name} = ${value.getText()};${newline(file)}${indentAt(file, at)}` },
      { start: target.getStart(), end: target.getEnd(), newText: name },
    ],
  };
}
