import { type CodeProblem, defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf, methodOf } from '../../server/core/typescript/classes.ts';
import { type CodeFile, descendants, enclosingFunction, type FunctionNode, ts } from '../../server/core/typescript/code.ts';
import { constantText, sources, writesTo } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { isNothing } from '../../server/core/typescript/plain.ts';
import { callsOf } from '../../server/core/typescript/syntax.ts';
import { hmacText, mayMakeHmac } from './crypto-names.ts';
import { addArgument } from './edits.ts';
import page from './webhook-replay-window.md';
import { providers } from './webhook-providers.ts';
import { verificationIn, verifiesBySdk } from './webhook-verification.ts';

/** Headers that carry a timestamp which is signed, also by another name: `svix-timestamp`. */
const timestamps = new Map(
  providers.flatMap(({ name, timestamp, headers }) =>
    timestamp
      ? [timestamp.header, ...headers.filter((header) => header.endsWith('-timestamp'))].map((header) => [header, name] as const)
      : [],
  ),
);

/**
 * Evidence: the header that carries a provider's timestamp, or a timestamp out of any header that is signed along, read in a function
 * that compares an HMAC and asks for the time neither itself nor in what it calls or is called by; where the file calls a verifier of a
 * library, which looks at the timestamp itself, only where the function makes the HMAC. Or Stripe's `verifyHeader`, which does not unless it is told.
 */
export default defineCodeRule<ts.CallExpression>({
  page,
  severity: 'warn',
  *check(file) {
    yield* withoutTolerance(file);
    if (!mayMakeHmac(file)) return;
    const isBySdk = verifiesBySdk(file);
    const told = new Set<ts.Node>();
    const reads = readsOfTimestamps(file);
    for (const { literal, provider, scope, isDirect } of reads) {
      // Who hands the header to a function that reads it too has the same cause, and so has who reads it twice.
      const same = reads.filter((each) => each.provider === provider && (each.scope === scope || each.isDirect));
      if (same[0]?.scope === scope && same[0].literal !== literal) continue;
      if (isBySdk && !makesHmac(file, scope)) continue;
      if ((!isDirect && same.some((each) => each.isDirect)) || asksForTime(file, scope)) continue;
      told.add(scope);
      // Where the header holds more than the timestamp, it is read where it is taken out.
      const taken = /timestamp$/i.test(literal.text) ? undefined : takenOut(file, scope);
      if (taken) told.add(enclosingFunction(taken));
      yield {
        at: taken ?? literal,
        evidence: scope,
        message: `The timestamp of \`${literal.text}\` is signed but never compared with the clock, so a recorded ${provider} webhook can be sent again for ever; refuse it when it is more than five minutes old.`,
      };
    }
    for (const name of isBySdk ? [] : signedTimestamps(file)) {
      const scope = enclosingFunction(name);
      if (told.has(scope) || !verificationIn(file, scope) || asksForTime(file, scope)) continue;
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

const time = /\b(?:Date\.now|new Date\b|Date\(|performance\.now|dayjs|moment|Temporal|differenceIn\w+|isBefore|isAfter)/;
/** What only makes another form of a timestamp, or tells of it. */
const harmless =
  /^(?:Number|String|BigInt|parseInt|parseFloat|isNaN)$|\.(?:update|from|concat|get|header|log|debug|info|warn|error|toString|trim|split|slice|replace|join|push|isInteger|isNaN|isFinite|parseInt|encode)$/;

/**
 * Does a function ask for the time, or what it calls, or who calls it, or what those call about a timestamp; or is the timestamp handed to
 * what cannot be seen?
 */
function asksForTime(file: CodeFile, scope: ts.Node): boolean {
  const callers = ts.isFunctionLike(scope) ? callsOf(file, scope as FunctionNode).map((call) => enclosingFunction(call)) : [];
  const around = callers.filter((each) => !ts.isSourceFile(each));
  if ([scope, ...around].some((each) => time.test(each.getText()))) return true;
  const isAskedBeside = around.some((each) =>
    calledIn(file, each).some((text) => time.test(text) && /timestamp|tolerance|stale|expired|too old/i.test(text)),
  );
  if (isAskedBeside) return true;
  return descendants(scope).some((call) => {
    if (!ts.isCallExpression(call)) return false;
    const callee = calleeOf(file, call) ?? methodOf(file, call);
    if (callee) return time.test(callee.node.getText());
    const isGiven = call.arguments.some((each) => /(?:timestamp|\bts)$/i.test(each.getText()));
    return isGiven && !harmless.test(call.expression.getText());
  });
}

/** The texts of the functions of the project that are called within a node. */
function calledIn(file: CodeFile, node: ts.Node): string[] {
  return descendants(node).flatMap((call) => {
    const callee = ts.isCallExpression(call) ? (calleeOf(file, call) ?? methodOf(file, call)) : undefined;
    return callee ? [callee.node.getText()] : [];
  });
}

/** Also in a function of the file that is called there: beside a library, for where it is not configured. */
function makesHmac(file: CodeFile, scope: ts.Node, hops = 1): boolean {
  return descendants(scope).some((node) => {
    if (!ts.isCallExpression(node)) return false;
    if (hmacText(file, node) !== undefined) return true;
    const called = hops > 0 ? calleeOf(file, node) : undefined;
    return called?.file === file && makesHmac(file, called.node, hops - 1);
  });
}

interface TimestampRead {
  readonly literal: ts.StringLiteral;
  readonly provider: string;
  readonly scope: ts.Node;
  /** The function that reads it compares the signature itself. */
  readonly isDirect: boolean;
}

/** Where the headers that carry a provider's timestamp are read, in functions that check a signature. */
function readsOfTimestamps(file: CodeFile): readonly TimestampRead[] {
  return file.nodes(ts.SyntaxKind.StringLiteral).flatMap((literal) => {
    const provider = timestamps.get(literal.text.toLowerCase());
    if (!provider || ts.isImportDeclaration(literal.parent)) return [];
    const scope = enclosingFunction(literal);
    if (ts.isSourceFile(scope) || !verificationIn(file, scope)) return [];
    return [{ literal, provider, scope, isDirect: verificationIn(file, scope, 0) !== undefined }];
  });
}

/** Variables that hold a timestamp out of a header and go into the text of an HMAC in their own function. */
function* signedTimestamps(file: CodeFile): Iterable<ts.Identifier> {
  for (const made of signedVariables(file)) if (isOutOfHeader(made)) yield made.name;
}

interface Named extends ts.VariableDeclaration {
  readonly name: ts.Identifier;
}

/** Variables that are called a timestamp and go into the text of an HMAC in their own function. */
function* signedVariables(file: CodeFile): Iterable<Named> {
  if (!file.words.has(/timestamp|\bts\b/i)) return;
  for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
    const text = hmacText(file, call);
    if (!text) continue;
    for (const node of new Set([...sources(text)].flatMap((part) => [part, ...descendants(part)]))) {
      const made = ts.isIdentifier(node) && /timestamp|^ts$/i.test(node.text) ? variableOf(node) : undefined;
      if (made && isNamed(made) && enclosingFunction(made) === enclosingFunction(call)) yield made;
    }
  }
}

function isNamed(made: ts.VariableDeclaration): made is Named {
  return ts.isIdentifier(made.name);
}

/** The variable in a function, or in one of the file that it calls, which holds the timestamp that was in a header with the signature. */
function takenOut(file: CodeFile, scope: ts.Node): ts.Identifier | undefined {
  const called = descendants(scope).flatMap((node) => {
    const callee = ts.isCallExpression(node) ? (calleeOf(file, node) ?? methodOf(file, node)) : undefined;
    return callee?.file === file ? [callee.node as ts.Node] : [];
  });
  const made = [...signedVariables(file)].find((each) => [scope, ...called].includes(enclosingFunction(each)));
  // `let timestamp; … timestamp = part.slice(2)`: where it is given its value.
  const isEmpty = !made?.initializer || isNothing(made.initializer) || constantText(made.initializer) === '';
  const write = made && isEmpty ? writesTo(made)[0]?.parent : undefined;
  return write && ts.isBinaryExpression(write) && ts.isIdentifier(write.left) ? write.left : made?.name;
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
