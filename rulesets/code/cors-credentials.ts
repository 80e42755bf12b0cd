import { defineCodeRule } from '../../server/core/rule.ts';
import { ancestorsInFunction, type CodeFile, type Expression, origin, ts, valueOf } from '../../server/core/typescript/code.ts';
import { isWithin, optionValue } from '../../server/core/typescript/syntax.ts';
import page from './cors-credentials.md';

/** Origins of the functions that set CORS headers, and the argument that holds their options. */
const functions: readonly { readonly calls: RegExp; readonly options: number; readonly member?: string }[] = [
  { calls: /^(?:cors|@koa\/cors|koa2-cors):(?:cors)?$/, options: 0 },
  { calls: /^hono\/cors:cors$/, options: 0 },
  {
    calls:
      /^@nestjs\/(?:core:NestFactory\.create\(\)|common:INestApplication\(\)|platform-(?:express|fastify):Nest\w+Application\(\))\.enableCors$/,
    options: 0,
  },
  { calls: /^@nestjs\/core:NestFactory\.create$/, options: 1, member: 'cors' },
  { calls: /^@nestjs\/graphql:GraphQLModule\.forRoot$/, options: 0, member: 'cors' },
  { calls: /^fastify:(?:fastify)?\(\)(?:\.withTypeProvider\(\))?\.register$/, options: 1 },
];

/** Evidence: options of a known CORS function with `credentials: true` and an origin that anybody's page has. */
export default defineCodeRule({
  page,
  severity: 'error',
  *check(file) {
    if (!file.words.has(/^credentials$/m)) return;
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      const options = optionsOf(file, call);
      const credentials = optionValue(options, 'credentials');
      if (!options || !credentials || valueOf(credentials).kind !== ts.SyntaxKind.TrueKeyword) continue;
      const allowed = optionValue(options, 'origin');
      const openness = allowed && opennessOf(allowed);
      if (!allowed || !openness || isForDevelopment(call)) continue;
      yield {
        at: isLong(allowed) && ts.isPropertyAssignment(allowed.parent) ? allowed.parent.name : allowed,
        evidence: call,
        message:
          openness === 'star'
            ? `\`origin: '*'\` with \`credentials: true\` is refused by browsers, and where it is mirrored any page acts with the user's cookies; list the origins you serve.`
            : `${said(allowed)} with \`credentials: true\` lets any page on the web call this API with the user's cookies and read the answer; list the origins you serve.`,
      };
    }
  },
});

/** As it is written, if that is one line. */
function said(allowed: Expression): string {
  return isLong(allowed) ? 'An `origin` that answers yes to everybody' : `\`origin: ${allowed.getText()}\``;
}

function isLong(allowed: Expression): boolean {
  return allowed.getText().includes('\n');
}

/** In the branch that production does not take. */
function isForDevelopment(call: ts.CallExpression): boolean {
  return [...ancestorsInFunction(call)].some((node) => {
    if (!ts.isIfStatement(node)) return false;
    const condition = node.expression.getText();
    const isElse = node.elseStatement !== undefined && isWithin(call, node.elseStatement);
    const isProduction = /prod/i.test(condition) && !/!==?|!\w/.test(condition);
    const isOther = /\bdev|development|local\b/i.test(condition) || (/prod/i.test(condition) && /!==?|!\w/.test(condition));
    return isElse ? isProduction : isOther && !isProduction && isWithin(call, node.thenStatement);
  });
}

function optionsOf(file: CodeFile, call: ts.CallExpression): Expression | undefined {
  const from = origin(file, call.expression);
  const found = from === undefined ? undefined : functions.find(({ calls }) => calls.test(from));
  if (!found) return undefined;
  if (found.member !== undefined) return optionValue(call.arguments[found.options], found.member);
  if (found.options === 1) {
    const plugin = call.arguments[0] && origin(file, call.arguments[0]);
    if (plugin !== '@fastify/cors:' && plugin !== 'fastify-cors:') return undefined;
  }
  return call.arguments[found.options];
}

/** `star` for `'*'`, `mirror` for what hands back every origin; undefined for a list, a pattern, or what cannot be seen. */
function opennessOf(expression: Expression): 'star' | 'mirror' | undefined {
  const node = valueOf(expression);
  if (ts.isStringLiteralLike(node)) return node.text === '*' ? 'star' : undefined;
  if (node.kind === ts.SyntaxKind.TrueKeyword) return 'mirror';
  if (!ts.isArrowFunction(node) && !ts.isFunctionExpression(node)) return undefined;
  const [asked = '', done = ''] = node.parameters.map(({ name }) => name.getText());
  if (!ts.isBlock(node.body)) return isOpen(node.body, asked, done) ? 'mirror' : undefined;
  const statements = node.body.statements.filter((statement) => !/^console\.\w+\(/.test(statement.getText()));
  return statements.length > 0 && statements.every((statement) => isOpenStatement(statement, asked, done)) ? 'mirror' : undefined;
}

/** Lets everybody in, also in two steps: `if (!origin) return done(null, true); return done(null, true);`. */
function isOpenStatement(statement: ts.Statement, asked: string, done: string): boolean {
  if (ts.isBlock(statement)) return statement.statements.length === 1 && isOpenStatement(statement.statements[0]!, asked, done);
  if (ts.isIfStatement(statement)) {
    const { expression, thenStatement, elseStatement } = statement;
    const isAbsent = expression.getText() === `!${asked}` && isOpenStatement(thenStatement, asked, done);
    return isAbsent && (!elseStatement || isOpenStatement(elseStatement, asked, done));
  }
  const value = ts.isReturnStatement(statement) || ts.isExpressionStatement(statement) ? statement.expression : undefined;
  return value !== undefined && isOpen(value, asked, done);
}

function isOpen(value: ts.Node, asked: string, done: string): boolean {
  const text = value.getText().replace(/\s/g, '').replaceAll('"', "'");
  return (
    (asked !== '' && (text === asked || text === `${asked}||'*'`)) ||
    (done !== '' && (text === `${done}(null,true)` || text === `${done}(null,${asked})`))
  );
}
