import { type CodeProblem, defineCodeRule } from '../../server/core/rule.ts';
import {
  type CodeFile,
  declarationOf,
  descendants,
  enclosingFunction,
  origin,
  sources,
  ts,
} from '../../server/core/typescript/code.ts';
import { hmacText, mayMakeHmac } from './crypto-names.ts';
import { addArgument } from './edits.ts';
import page from './webhook-replay-window.md';
import { providers } from './webhook-providers.ts';
import { verificationIn, verifiesBySdk } from './webhook-verification.ts';

const timestamps = new Map(providers.flatMap(({ name, timestamp }) => (timestamp ? [[timestamp.header, name] as const] : [])));

/**
 * Evidence: the header that carries a provider's timestamp, or a timestamp out of any header that is signed along, read in a function
 * that compares an HMAC, in a file that asks for the time nowhere and calls no verifier of a library (those look at the timestamp
 * themselves). Or Stripe's `verifyHeader`, which does not unless it is told.
 */
export default defineCodeRule<ts.CallExpression>({
  page,
  severity: 'warn',
  *check(file) {
    yield* withoutTolerance(file);
    if (!mayMakeHmac(file) || /\b(?:Date\.now|new Date\b|Date\(|performance\.now|dayjs|moment|Temporal)/.test(file.text)) return;
    if (verifiesBySdk(file)) return;
    const told = new Set<ts.Node>();
    for (const literal of file.nodes(ts.SyntaxKind.StringLiteral)) {
      const provider = timestamps.get(literal.text.toLowerCase());
      if (!provider || ts.isImportDeclaration(literal.parent)) continue;
      const scope = enclosingFunction(literal);
      if (ts.isSourceFile(scope) || !verificationIn(file, scope)) continue;
      told.add(scope);
      yield {
        at: literal,
        evidence: scope,
        message: `The timestamp of \`${literal.text}\` is signed but never compared with the clock, so a recorded ${provider} webhook can be sent again for ever; refuse it when it is more than five minutes old.`,
      };
    }
    for (const name of signedTimestamps(file)) {
      const scope = enclosingFunction(name);
      if (told.has(scope) || !verificationIn(file, scope)) continue;
      told.add(scope);
      yield {
        at: name,
        evidence: scope,
        message: `\`${name.getText()}\` is signed but never compared with the clock, so a recorded webhook can be sent again for ever; refuse it when it is more than five minutes old.`,
      };
    }
  },
  fix({ data }) {
    return data && { title: 'Allow five minutes', safety: 'suggestion', edits: [addArgument(data, '300')] };
  },
});

/** Variables that hold a timestamp out of a header and go into the text of an HMAC in their own function. */
function* signedTimestamps(file: CodeFile): Iterable<ts.Identifier> {
  if (!file.words.has(/timestamp|\bts\b/i)) return;
  for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
    const text = hmacText(file, call);
    if (!text) continue;
    for (const node of new Set([...sources(text)].flatMap((part) => [part, ...descendants(part)]))) {
      const made = ts.isIdentifier(node) && /timestamp|^ts$/i.test(node.text) ? variableOf(node) : undefined;
      if (!made || !ts.isIdentifier(made.name) || enclosingFunction(made) !== enclosingFunction(call)) continue;
      if (isOutOfHeader(made)) yield made.name;
    }
  }
}

/** The variable that holds a value, or that it is taken out of: `const [time, signature] = header.split(',')`. */
function variableOf(name: ts.Identifier): ts.VariableDeclaration | undefined {
  let declaration = declarationOf(name);
  while (declaration && ts.isBindingElement(declaration)) declaration = declaration.parent.parent;
  return declaration && ts.isVariableDeclaration(declaration) ? declaration : undefined;
}

/** `headers['x-timestamp']`, or a part of what such a header holds. */
function isOutOfHeader({ initializer }: ts.VariableDeclaration, steps = 3): boolean {
  if (!initializer) return false;
  if (/\bheaders?\b/.test(initializer.getText())) return true;
  const names = [initializer, ...descendants(initializer)].filter(ts.isIdentifier);
  return (
    steps > 0 &&
    names.some((name) => {
      const made = variableOf(name);
      return made !== undefined && isOutOfHeader(made, steps - 1);
    })
  );
}

/** Stripe's `verifyHeader` looks at the time only when it is told how old a webhook may be; `constructEvent` does by itself. */
function* withoutTolerance(file: CodeFile): Iterable<CodeProblem<ts.CallExpression>> {
  if (!file.text.includes('verifyHeader')) return;
  for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
    const from = origin(file, call.expression);
    if (from === undefined || !/^stripe:.*\.signature\.verifyHeader(?:Async)?$/.test(from)) continue;
    if (call.arguments.length !== 3 || call.arguments.some(ts.isSpreadElement)) continue;
    yield {
      at: call.expression,
      evidence: call,
      message: `\`${call.expression.getText()}\` takes a Stripe webhook of any age unless it is told how many seconds it may be old, so a recorded one can be sent again for ever; pass \`300\`, or call \`constructEvent\`, which does.`,
      data: call,
    };
  }
}
