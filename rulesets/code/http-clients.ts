/** How the HTTP clients of Node are called: which call sends a request, where its options stand, what bounds its time. */
import { type CodeFile, importedModule, type Package, ts } from '../../server/core/typescript/code.ts';
import { constantText, valueOf } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { importsProject, isWithin } from '../../server/core/typescript/syntax.ts';

export interface HttpClient {
  /** The package, as a person knows it. */
  readonly name: string;
  /** Origins of the functions that send a request; the last name is the method. */
  readonly sends: RegExp;
  /** Origins of the functions that make a client with options of its own. */
  readonly makes?: RegExp;
  /** Options that bound the time of a request. */
  readonly bounds: readonly string[];
  /** What a fix writes into the options. */
  readonly deadline: string;
  /** Whether a 4xx or 5xx rejects. */
  readonly rejects: boolean;
}

const verbs = '(?:get|post|put|patch|delete|head|options)';

/** The table. Origins are those of the code model (`origin` in code.ts). */
const clients: readonly HttpClient[] = [
  {
    name: 'fetch',
    sends: /^(?:global:(?:globalThis\.|global\.)?fetch|undici:fetch|(?:cross-fetch|isomorphic-fetch):(?:fetch)?)$/,
    bounds: ['signal', 'dispatcher'],
    deadline: 'signal: AbortSignal.timeout(10_000)',
    rejects: false,
  },
  {
    name: 'node-fetch',
    sends: /^node-fetch:$/,
    bounds: ['signal', 'timeout'],
    deadline: 'signal: AbortSignal.timeout(10_000)',
    rejects: false,
  },
  {
    name: 'undici',
    sends: /^undici:(?:request|stream|pipeline)$/,
    bounds: ['signal', 'headersTimeout', 'bodyTimeout', 'dispatcher'],
    deadline: 'signal: AbortSignal.timeout(10_000)',
    rejects: false,
  },
  {
    name: 'axios',
    sends: new RegExp(
      `^(?:axios:(?:(?:axios\\.|(?:axios\\.)?create\\(\\)\\.|Axios(?:Instance|Static)?\\(\\)\\.)?(?:${verbs}|request)|axios|(?:(?:axios\\.)?create|AxiosInstance)\\(\\))?|@nestjs/axios:HttpService\\(\\)\\.(?:axiosRef\\.)?(?:${verbs}|request))$`,
    ),
    makes: /^(?:axios:(?:axios\.)?create|@nestjs\/axios:HttpModule\.register)$/,
    bounds: ['timeout', 'signal', 'cancelToken'],
    deadline: 'timeout: 10_000',
    rejects: true,
  },
  {
    name: 'got',
    sends: new RegExp(`^got:(?:(?:got\\.|Got\\(\\)\\.)?(?:extend\\(\\)\\.)?(?:${verbs}|stream)|got|(?:got\\.)?extend\\(\\))?$`),
    makes: /^got:(?:got\.)?extend$/,
    bounds: ['timeout', 'signal'],
    deadline: 'timeout: { request: 10_000 }',
    rejects: true,
  },
  {
    name: 'http',
    sends: /^https?:(?:request|get)$/,
    bounds: ['signal', 'timeout', 'agent'],
    deadline: 'signal: AbortSignal.timeout(10_000)',
    rejects: false,
  },
  {
    name: 'request',
    sends: new RegExp(`^request:(?:defaults\\(\\)\\.)?(?:${verbs}|del)?$`),
    makes: /^request:defaults$/,
    bounds: ['timeout'],
    deadline: 'timeout: 10_000',
    rejects: false,
  },
  {
    name: 'request-promise',
    sends: new RegExp(`^request-promise(?:-native)?:(?:defaults\\(\\)\\.)?(?:${verbs}|del)?$`),
    makes: /^request-promise(?:-native)?:defaults$/,
    bounds: ['timeout'],
    deadline: 'timeout: 10_000',
    rejects: true,
  },
  {
    name: 'superagent',
    sends: new RegExp(`^superagent:(?:agent\\(\\)\\.)?${verbs}$`),
    bounds: ['timeout'],
    deadline: 'timeout({ response: 5_000, deadline: 10_000 })',
    rejects: true,
  },
  // It gives up connecting after ten seconds, and waits for an answer for ever.
  {
    name: 'needle',
    sends: new RegExp(`^needle:${verbs}$`),
    bounds: ['response_timeout', 'read_timeout', 'timeout', 'open_timeout', 'signal'],
    deadline: 'response_timeout: 10_000',
    rejects: false,
  },
  // ky gives every request ten seconds unless told otherwise.
  {
    name: 'ky',
    sends: new RegExp(`^ky:(?:(?:extend|create|KyInstance)\\(\\)\\.)?${verbs}?$`),
    bounds: [],
    deadline: 'timeout: 10_000',
    rejects: true,
  },
];

const clientModule =
  /^(?:axios|@nestjs\/axios|got|ky|undici|superagent|request|request-promise(?:-native)?|needle|https?|node-fetch|cross-fetch|isomorphic-fetch)$/;

/** A call that sends a request, or makes a client that will. */
export interface HttpCall {
  readonly client: HttpClient;
  readonly call: ts.CallExpression;
  readonly kind: 'send' | 'make';
  /** Sent by a client the program made with options of its own. */
  readonly made: boolean;
  /** In capitals; undefined where it cannot be seen. */
  readonly method: string | undefined;
  /** Where the options stand among the arguments; the argument may be missing. */
  readonly optionsAt: number;
}

const callsByFile = new WeakMap<CodeFile, readonly HttpCall[]>();

/** Every call of the file that sends an HTTP request or makes a client. */
export function httpCalls(file: CodeFile): readonly HttpCall[] {
  const known = callsByFile.get(file);
  if (known) return known;
  const mayCall =
    file.text.includes('fetch') || file.text.includes('axios') || [...file.modules].some((name) => clientModule.test(name));
  // A client that another file of the project makes is of a package the project depends on.
  const mayImport = hasClient(file) && importsProject(file);
  const inPages = functionsOfPages(file);
  const found =
    mayCall || mayImport
      ? file.calls.flatMap((call) =>
          ts.isCallExpression(call) && !inPages.some((each) => isWithin(call, each)) ? (httpCall(file, call) ?? []) : [],
        )
      : [];
  callsByFile.set(file, found);
  return found;
}

/** What Puppeteer and Playwright run in a page: `page.evaluate(async () => fetch('/x'))`. */
function functionsOfPages(file: CodeFile): readonly ts.Node[] {
  if (!file.words.has(/^(?:evaluate(?:Handle|All)?|evaluateOnNewDocument|addInitScript|\$\$?eval)$/m)) return [];
  return file
    .nodes(ts.SyntaxKind.CallExpression)
    .filter(({ expression }) => /\.(?:evaluate\w*|addInitScript|\$\$?eval)$/.test(expression.getText()))
    .flatMap((call) => call.arguments.filter((argument) => ts.isFunctionLike(argument)));
}

const withClient = new WeakMap<Package, boolean>();

function hasClient({ package: found }: CodeFile): boolean {
  let has = found ? withClient.get(found) : true;
  if (found && has === undefined)
    withClient.set(found, (has = [...found.installed.keys()].some((name) => clientModule.test(name))));
  return has === true;
}

/** Members under which clients are called; asking where everything else comes from is dear. */
const members = new RegExp(
  `^(?:${verbs}|stream|pipeline|create|extend|register)$|fetch|axios|http|request|got|ky|client|api`,
  'i',
);

/** Where this comes from may matter: a member clients are called under, or a name; of what the project has elsewhere the names tell, too. */
function mayBeClient(callee: ts.Expression): boolean {
  if (ts.isPropertyAccessExpression(callee)) return members.test(callee.name.text);
  const imported = ts.isIdentifier(callee) ? declarationOf(callee) : undefined;
  const declaration = imported && ts.isImportSpecifier(imported) ? imported.parent.parent.parent : imported?.parent;
  if (!imported || !declaration || !ts.isImportDeclaration(declaration)) return true;
  return members.test(imported.getText()) || members.test(importedModule(declaration) ?? '');
}

function httpCall(file: CodeFile, call: ts.CallExpression): HttpCall | undefined {
  if (!mayBeClient(call.expression)) return undefined;
  const from = origin(file, call.expression) ?? ofEitherProtocol(file, call.expression);
  if (from === undefined) return undefined;
  for (const client of clients) {
    if (client.makes?.test(from)) return { client, call, kind: 'make', made: false, method: undefined, optionsAt: 0 };
    if (!client.sends.test(from)) continue;
    const name = /[:.](\w+)$/.exec(from)?.[1] ?? '';
    const optionsAt = optionsIndex(client, name, call);
    const made = from.includes('()');
    const request = call.arguments.length === 1 ? madeRequest(file, call) : undefined;
    const method = request ? methodAmong(request.arguments?.[1]) : methodOf(client, name, call, optionsAt);
    return { client, call, kind: 'send', made, method, optionsAt };
  }
  return undefined;
}

/** `(url.protocol === 'https:' ? https : http).request`, also by a name. */
function ofEitherProtocol(file: CodeFile, callee: ts.Expression): string | undefined {
  if (!ts.isPropertyAccessExpression(callee) || !/^(?:request|get)$/.test(callee.name.text)) return undefined;
  const choice = valueOf(callee.expression);
  const isEither =
    ts.isConditionalExpression(choice) &&
    [choice.whenTrue, choice.whenFalse].every((each) => /^https?:$/.test(origin(file, each) ?? ''));
  return isEither ? `https:${callee.name.text}` : undefined;
}

/** axios takes `(url, data, options)`, `(url, options)` or `(options)`; every other client `(url, options)`. */
function optionsIndex(client: HttpClient, name: string, call: ts.CallExpression): number {
  if (client.name === 'http') {
    const at = call.arguments.findIndex((argument) => ts.isObjectLiteralExpression(valueOf(argument)));
    return at >= 0 ? at : 1;
  }
  if (client.name.startsWith('request')) {
    const first = call.arguments[0] && valueOf(call.arguments[0]);
    return first && ts.isObjectLiteralExpression(first) ? 0 : 1;
  }
  if (client.name === 'needle') return /^(?:post|put|patch|delete)$/.test(name) ? 2 : 1;
  if (client.name !== 'axios') return 1;
  if (/^(?:post|put|patch)$/.test(name)) return 2;
  if (name === 'request') return 0;
  const [first] = call.arguments;
  const isVerb = new RegExp(`^${verbs}$`).test(name);
  const isOptions = first && (ts.isObjectLiteralExpression(valueOf(first)) || !(isVerb || isUrl(first)));
  return call.arguments.length > 1 || !isOptions ? 1 : 0;
}

/** By its name, its type or what it is made of. */
export function isUrl(node: ts.Expression): boolean {
  const value = valueOf(node);
  if ([node, value].some((each) => ts.isIdentifier(each) && /^(?:\w*(?:[uU]r[il]|UR[IL])|href)$/.test(each.text))) return true;
  if (ts.isBinaryExpression(value)) return isUrl(value.left) || isUrl(value.right);
  const declaration = ts.isIdentifier(value) ? declarationOf(value) : undefined;
  if (declaration && ts.isParameter(declaration) && declaration.type?.kind === ts.SyntaxKind.StringKeyword) return true;
  return ts.isStringLiteralLike(value) || ts.isTemplateExpression(value) || ts.isNewExpression(value);
}

function methodOf(client: HttpClient, name: string, call: ts.CallExpression, optionsAt: number): string | undefined {
  if (new RegExp(`^${verbs}$`).test(name) && !(client.name === 'http')) return name.toUpperCase();
  return methodAmong(call.arguments[optionsAt]);
}

function methodAmong(options: ts.Expression | undefined): string | undefined {
  if (!options) return 'GET';
  const literal = valueOf(options);
  if (!ts.isObjectLiteralExpression(literal)) return undefined;
  for (const property of literal.properties) {
    if (ts.isSpreadAssignment(property)) return undefined;
    if (property.name?.getText() !== 'method') continue;
    return ts.isPropertyAssignment(property) ? constantText(property.initializer)?.toUpperCase() : undefined;
  }
  return 'GET';
}

/** `fetch(new Request(url, options))`, also by a name: the request that is made of an address and options. */
export function madeRequest(file: CodeFile, { arguments: [first] }: ts.CallExpression): ts.NewExpression | undefined {
  const made = first && valueOf(first);
  if (!made || !ts.isNewExpression(made) || !made.arguments?.[0]) return undefined;
  const [address] = made.arguments;
  if (!isUrl(address) && !origin(file, address)?.startsWith('global:process.env.')) return undefined;
  return origin(file, made.expression) === 'global:Request' ? made : undefined;
}

/** `fetch(new URL('./font.ttf', import.meta.url))`: bundled with the program. */
export function readsOwnFile(call: ts.CallExpression): boolean {
  const [url] = call.arguments;
  const value = url && valueOf(url);
  return value !== undefined && ts.isNewExpression(value) && value.arguments?.[1]?.getText() === 'import.meta.url';
}

/** `fetch('/api/orders')`: a path without a host is for a page, wherever it is written. */
export function hasNoHost({ arguments: [url] = [] as never }: ts.CallExpression | ts.NewExpression): boolean {
  if (!url) return false;
  const value = valueOf(url);
  return (ts.isTemplateExpression(value) ? value.head.text : constantText(value))?.startsWith('/') === true;
}
