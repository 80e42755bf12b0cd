/** What comes from outside: the request objects of the server frameworks, and whether a value flows from one. */
import { type CodeFile, type Expression, ts, unwrap } from '../../server/core/typescript/code.ts';
import { writesTo } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { saysType } from '../../server/core/typescript/written-types.ts';
import { isAzureRequest } from './azure-functions.ts';

/** Origins of request objects, and of what a framework hands over that holds one. */
const requests = [
  /^express:(?:Router|default)?\(\)(?:\.route\(\))?(?:\.\w+\(\))*\.(?:use|all|get|post|put|patch|delete|head|options|param)=>0$/,
  /^(?:express|express-serve-static-core|@types\/express):(?:express\.)?Request\(\)$/,
  /^fastify:(?:fastify)?\(\)\.(?:route|all|get|post|put|patch|delete|head|options|addHook)=>(?:handler\.)?0$/,
  /^fastify:FastifyRequest\(\)$/,
  /^(?:koa|@koa\/router|koa-router):.*\.(?:use|all|get|post|put|patch|del|delete)=>0\.(?:request|query|params|headers?|cookies|req)$/,
  /^hono:Hono\(\)(?:\.\w+\(\))*\.(?:use|all|get|post|put|patch|delete|on)=>0\.req$/,
  /^https?:(?:createServer|Server)(?:=>0|\(\)\.on=>0)$/,
  /^https?:IncomingMessage\(\)$/,
  /^firebase-functions(?:\/[\w/]+)?:(?:\w+(?:\(\))?\.)*onRequest=>0$/,
  /^@azure\/functions:(?:HttpRequest\(\)|app\.\w+=>(?:handler\.)?0|Context\(\)\.req)$/,
  /^next:(?:NextApiRequest)\(\)$/,
  /^next\/server:NextRequest\(\)$/,
  /^@nestjs\/common:(?:Req|Request|RawBodyRequest)\(\)$/,
  /^(?:global:(?:Deno\.serve=>|Bun\.serve=>fetch\.)0|https:\/\/deno\.land\/std[^:]*\/http\/server\.ts:serve=>0)$/,
];

/** What a request carries that its sender chose. */
const carried = /^(?:query|params|body|headers?|cookies|signedCookies|url|nextUrl|originalUrl|hostname|path|rawBody)$/;

/** Does this expression name a request object: of a known framework, or, without types, as every handler of Express names it? */
export function isRequest(file: CodeFile, expression: Expression): boolean {
  const from = origin(file, expression);
  const declaration = ts.isIdentifier(expression) ? declarationOf(expression) : undefined;
  if (from !== undefined) return requests.some((request) => request.test(from));
  if (isOfContext(expression, declaration) || isOfKoa(file, expression) || isAzureRequest(file, expression)) return true;
  if (!declaration || !ts.isParameter(declaration)) return false;
  return saysType(declaration) ? isOfPlatform(declaration) : isBeforeResponse(declaration);
}

/** `ctx`, and `ctx.request`, of Koa. */
function isOfKoa(file: CodeFile, expression: Expression): boolean {
  const node = unwrap(expression);
  const context = ts.isPropertyAccessExpression(node) && node.name.text === 'request' ? unwrap(node.expression) : node;
  return isContextOfKoa(file, context);
}

/** By its origin, or, without one, a first parameter by the name that everybody gives it in a package that has Koa. */
export function isContextOfKoa(file: CodeFile, context: Expression): boolean {
  const from = origin(file, context);
  if (from !== undefined) return /^(?:koa|@koa\/router|koa-router):(?:.*=>0|(?:\w+\.)?\w*Context\(\))$/.test(from);
  if (!ts.isIdentifier(context) || !/^(?:ctx|context)$/.test(context.text) || !file.package?.installed.has('koa')) return false;
  const declaration = declarationOf(context);
  if (!declaration || !ts.isParameter(declaration) || declaration.parent.parameters[0] !== declaration) return false;
  return !declaration.type || /Context\b/.test(declaration.type.getText());
}

/** `(request: Request) => …` of a file that has no `Request` of its own: what the platform hands over. */
function isOfPlatform({ type, parent, name }: ts.ParameterDeclaration): boolean {
  return (
    type !== undefined &&
    ts.isTypeReferenceNode(type) &&
    ts.isIdentifier(type.typeName) &&
    type.typeName.text === 'Request' &&
    declarationOf(type.typeName) === undefined &&
    parent.parameters[0]?.name === name
  );
}

/** Names under which files hand functions to SvelteKit, Remix, Astro and Cloudflare Pages. */
const entries = /^(?:GET|POST|PUT|PATCH|DELETE|ALL|action|loader|onRequest(?:Get|Post|Put|Patch|Delete)?)$/;

/** `export async function POST({ request })`, `export const onRequestPost = (context) => context.request`. */
function isOfContext(expression: Expression, declaration: ts.Node | undefined): boolean {
  const node = unwrap(expression);
  if (ts.isPropertyAccessExpression(node)) {
    const owner = ts.isIdentifier(node.expression) ? declarationOf(node.expression) : undefined;
    return node.name.text === 'request' && owner !== undefined && ts.isParameter(owner) && isEntry(owner);
  }
  if (!declaration || !ts.isBindingElement(declaration)) return false;
  const owner = declaration.parent.parent;
  return (
    (declaration.propertyName ?? declaration.name).getText() === 'request' &&
    ts.isObjectBindingPattern(declaration.parent) &&
    ts.isParameter(owner) &&
    isEntry(owner)
  );
}

/** The first parameter of a function that a file exports under one of those names. */
function isEntry(parameter: ts.ParameterDeclaration): boolean {
  const { parent } = parameter;
  if (parent.parameters[0] !== parameter) return false;
  if (ts.isFunctionDeclaration(parent)) return entries.test(parent.name?.text ?? '') && isExported(parent);
  let outer: ts.Node = parent.parent;
  while (ts.isParenthesizedExpression(outer) || ts.isSatisfiesExpression(outer) || ts.isAsExpression(outer)) outer = outer.parent;
  const statement = ts.isVariableDeclaration(outer) ? outer.parent.parent : undefined;
  return (
    statement !== undefined &&
    ts.isVariableDeclaration(outer) &&
    entries.test(outer.name.getText()) &&
    ts.isVariableStatement(statement) &&
    isExported(statement)
  );
}

/** What the event of API Gateway, of a load balancer or of a function's URL carries that the sender of the request chose. */
const carriedByEvent =
  /^(?:body|headers|multiValueHeaders|queryStringParameters|multiValueQueryStringParameters|pathParameters|rawPath|rawQueryString|path|cookies|authorizationToken)$/;
const gatewayEvent = /^(?:APIGateway\w*Event(?:V2)?\b|ALBEvent$|LambdaFunctionURLEvent$)/;

/** The event of a Lambda function: by its type, or the first parameter of the `handler` that a file exports. */
function isGatewayEvent(expression: Expression): boolean {
  const declaration = ts.isIdentifier(expression) ? declarationOf(expression) : undefined;
  if (!declaration || !ts.isParameter(declaration) || declaration.parent.parameters[0] !== declaration) return false;
  const { type, parent } = declaration;
  if (type && type.kind !== ts.SyntaxKind.AnyKeyword) return gatewayEvent.test(type.getText());
  if (ts.isFunctionDeclaration(parent)) return parent.name?.text === 'handler' && isExported(parent);
  const owner = parent.parent;
  if (ts.isVariableDeclaration(owner))
    return (
      owner.name.getText() === 'handler' &&
      ts.isVariableStatement(owner.parent.parent) &&
      isExported(owner.parent.parent) &&
      (!owner.type || /^Handler$/.test(owner.type.getText()))
    );
  return ts.isBinaryExpression(owner) && /^(?:module\.)?exports\.handler$/.test(owner.left.getText());
}

function isExported(node: ts.FunctionDeclaration | ts.VariableStatement): boolean {
  return node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
}

/** h3 reads a request by functions, which Nitro and Nuxt let a file use without an import. */
const readsOfH3 =
  /^(?:h3|global|#imports):(?:getQuery|readBody|readRawBody|readFormData|getRouterParams?|getHeaders?|getRequestHeaders?|getCookie|parseCookies)$/;

function isReadOfH3(file: CodeFile, call: ts.CallExpression): boolean {
  if (!ts.isIdentifier(call.expression) || call.arguments.length === 0) return false;
  const from = origin(file, call.expression);
  if (from === undefined || !readsOfH3.test(from)) return false;
  return !from.startsWith('global:') || ['nitropack', 'nitro', 'nuxt'].some((name) => file.package?.installed.has(name));
}

/** `(req, res) => …`. */
function isBeforeResponse(parameter: ts.ParameterDeclaration): boolean {
  const { parameters } = parameter.parent;
  const next = parameters[parameters.indexOf(parameter) + 1];
  return /^_?req(?:uest)?$/.test(parameter.name.getText()) && /^_?res(?:ponse)?$/.test(next?.name.getText() ?? '');
}

/** Nest's parameter decorators that hand over a part of the request. */
const requestDecorators = /^(?:Query|Param|Body|Headers|Req|Request|RawBody)$/;

/** Does a value, or a part of it, come from a request? Followed back through variables, calls, templates and sums. */
export function flowsFromRequest(file: CodeFile, expression: Expression): boolean {
  const seen = new Set<ts.Node>();
  const todo: ts.Node[] = [expression];
  for (let node = todo.pop(); node && seen.size < 200; node = todo.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (ts.isExpression(node)) node = unwrap(node);
    if (ts.isPropertyAccessExpression(node) && carried.test(node.name.text) && isRequest(file, node.expression)) return true;
    if (ts.isPropertyAccessExpression(node) && carriedByEvent.test(node.name.text) && isGatewayEvent(node.expression))
      return true;
    if (isMemberOfBag(file, node) || isBag(file, node)) return true;
    if (
      ts.isCallExpression(node) &&
      ts.isPropertyAccessExpression(node.expression) &&
      isRequest(file, node.expression.expression)
    )
      return true;
    if (ts.isCallExpression(node) && isReadOfH3(file, node)) return true;
    if (ts.isIdentifier(node)) todo.push(...makers(node));
    else if (ts.isParameter(node)) {
      if (isFromDecorator(node)) return true;
    } else if (ts.isBindingElement(node)) {
      const owner = bindingOwner(node);
      const key = node.propertyName ?? node.name;
      if (ts.isParameter(owner) && isFromDecorator(owner)) return true;
      if (owner.initializer) {
        if (isRequest(file, owner.initializer) && ts.isIdentifier(key) && carried.test(key.text)) return true;
        if (ts.isIdentifier(key) && carriedByEvent.test(key.text) && isGatewayEvent(owner.initializer)) return true;
        todo.push(owner.initializer);
      }
    } else if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) todo.push(node.expression);
    else if (!ts.isFunctionLike(node)) {
      const children: ts.Node[] = [];
      ts.forEachChild(node, (child) => {
        children.push(child);
      });
      todo.push(...children);
    }
  }
  return false;
}

/** `ctx.query.limit`: of Koa's context, where the parts of the request stand without it. */
function isMemberOfBag(file: CodeFile, node: ts.Node): boolean {
  if (!ts.isPropertyAccessExpression(node) && !ts.isElementAccessExpression(node)) return false;
  return isBag(file, unwrap(node.expression));
}

function isBag(file: CodeFile, node: ts.Node): boolean {
  return ts.isPropertyAccessExpression(node) && /^(?:query|params|headers?)$/.test(node.name.text) && isRequest(file, node);
}

/** What a name gets its value from: the initialiser and every assignment. */
function makers(name: ts.Identifier): ts.Node[] {
  const declaration = declarationOf(name);
  if (!declaration) return [];
  if (ts.isVariableDeclaration(declaration))
    return [...(declaration.initializer ? [declaration.initializer] : []), ...writesTo(declaration)];
  return ts.isBindingElement(declaration) || ts.isParameter(declaration) ? [declaration] : [];
}

function bindingOwner(element: ts.BindingElement): ts.VariableDeclaration | ts.ParameterDeclaration {
  let owner: ts.Node = element.parent.parent;
  while (ts.isBindingElement(owner)) owner = owner.parent.parent;
  return owner as ts.VariableDeclaration | ts.ParameterDeclaration;
}

function isFromDecorator(parameter: ts.ParameterDeclaration): boolean {
  return (ts.getDecorators(parameter) ?? []).some(({ expression }) => {
    const callee = ts.isCallExpression(expression) ? expression.expression : expression;
    return ts.isIdentifier(callee) && requestDecorators.test(callee.text);
  });
}

/** Packages that look at what comes in, also in middleware of other files. */
const validators =
  /^(?:zod|joi|@hapi\/joi|ajv|yup|valibot|superstruct|arktype|typebox|@sinclair\/typebox|celebrate|express-validat\w+|express-joi-validation|express-openapi-validator|express-zod-api|class-validator|validator|io-ts|runtypes|tsoa|validate\.js|fastest-validator|jsonschema|joi-\w+|@nestjs\/.*)$/;

/** Has the package nothing by which a middleware that cannot be seen would look at a body? Unknown without a package. */
export function hasNoValidator({ package: found }: CodeFile): boolean {
  return found !== undefined && ![...found.installed.keys()].some((name) => validators.test(name));
}
