/**
 * Reads APIs that AWS puts before functions: routes that `serverless.yml` (or `serverless.ts`) and templates of SAM declare, each with
 * the function that answers it, and what that shows of its event and its results.
 */
import ts from 'ts6';
import { Description } from '../generate/described.ts';
import type { Facts, Note, OperationFact, ParameterFact, SecurityFact } from '../generate/facts.ts';
import { isRecord } from '../model/api.ts';
import type { Steps } from '../steps.ts';
import { resolveUri, uriIn } from '../uri.ts';
import { handlerIn } from './contract-first.ts';
import { addOnce, callsIn } from './controllers.ts';
import { dataOf, documentIn, fileNamed } from './data.ts';
import { evidenceAt, noteAt } from './evidence.ts';
import { filesOf } from './files.ts';
import { type Dialect, type Project, Reading } from './handler.ts';
import { packageOf, placeOf } from './loader.ts';
import { defaultExportIn, initializerOf, writtenAsJson } from './plain.ts';
import { joinPaths } from './routers.ts';
import { nameText, propertyIn, strip, type Value, type Values } from './values.ts';

type Json = Readonly<Record<string, unknown>>;

/** A route that a manifest declares, and the function that answers it. */
interface Route {
  readonly method: string;
  readonly path: string;
  /** `src/orders.list`: a module and what it exports, from the folder of the function's code. */
  readonly handler: string;
  /** Of the function's code. */
  readonly folder: string;
  /** Where the manifest was read. */
  readonly manifest: string;
  readonly security: readonly Pick<SecurityFact, 'name' | 'scheme'>[];
  /** What API Gateway checks before, as OpenAPI says it. */
  readonly checked?: Json;
}

/** The manifests that entries are, or that lie in them: a file of Serverless Framework, a template of SAM. */
export function manifestsOf(entries: readonly string[], { values }: Project): string[] {
  return entries.flatMap((entry) => {
    if (isManifest.test(entry)) return values.host.isFile(entry) ? [entry] : [];
    return values.host.isDirectory(entry) ? manifestsIn(entry, values.host.list(entry)) : [];
  });
}

const isManifest = /\/(?:serverless\.(?:ya?ml|json|[cm]?[jt]s)|(?:sam-)?template\.(?:ya?ml|json))$/;

/** The manifests among the names of a folder. */
export function manifestsIn(folder: string, names: readonly string[]): string[] {
  return names
    .map((name) => uriIn(folder, name))
    .filter((uri) => isManifest.test(uri))
    .sort();
}

/** The files of functions that manifests name: where an application of another framework may begin. */
export function functionsIn(manifests: readonly string[], project: Project): string[] {
  const files = manifests.flatMap((uri) => routesIn(uri, project, [])).flatMap((route) => fileOf(route, project) ?? []);
  return [...new Set(files)];
}

/** The facts of routes that code of AWS CDK declares: `orders.addMethod('GET', new LambdaIntegration(list))`, `api.addRoutes({ … })`. */
export function* readCdk(entries: readonly string[], project: Project): Steps<Facts> {
  const { values } = project;
  const notes: Note[] = [];
  const operations = new Map<string, OperationFact>();
  for (const file of filesOf(values, entries)) {
    yield file.fileName;
    for (const call of /\.add(?:Method|Routes)\(/.test(file.text) ? callsIn(file) : []) {
      const declared = declaredBy(call, project);
      if (!declared) continue;
      const { path, methods, integration } = declared;
      if (path === undefined || methods.length === 0) {
        notes.push(noteAt(call, 'The path or the method is computed at run time, so its route is missing.'));
        continue;
      }
      const place = integration && placeOfFunction(integration, project);
      for (const method of methods) {
        const is = `${method.toUpperCase()} ${path}`;
        const route = { method, path, handler: '', folder: '', manifest: file.fileName, security: [], ...place };
        if (isOpen(route)) notes.push(noteAt(call, `${is} stands for more than OpenAPI can express, so it is not written.`));
        else if (!place) notes.push(noteAt(call, `The function of ${is} is not found, so the route is not written.`));
        else readRoute(route, fileOf(route, project), operations, notes, project);
      }
    }
  }
  return { operations: [...operations.values()], types: project.shapes.named, notes };
}

interface Declared {
  readonly path: string | undefined;
  readonly methods: readonly string[];
  readonly integration: ts.Expression | undefined;
}

/** What a call declares on an API of API Gateway. */
function declaredBy({ expression, arguments: [first, second] }: ts.CallExpression, project: Project): Declared | undefined {
  const { values } = project;
  const callee = strip(expression);
  if (!first || !ts.isPropertyAccessExpression(callee)) return undefined;
  if (callee.name.text === 'addMethod') {
    const method = values.text(first, values.root);
    return {
      path: pathOfResource(callee.expression, project),
      methods: method ? [method.toLowerCase()] : [],
      integration: second,
    };
  }
  if (callee.name.text !== 'addRoutes') return undefined;
  const [path, methods] = [propertyIn(first, 'path'), propertyIn(first, 'methods')];
  // `HttpMethod.GET`
  const all =
    methods && ts.isArrayLiteralExpression(methods) ? methods.elements.map((one) => one.getText().split('.').at(-1)) : ['ANY'];
  const text = path && values.text(path, values.root);
  return {
    path: text && (joinPaths('', text) || '/'),
    methods: all.flatMap((one) => (one && /^[A-Z]+$/.test(one) ? [one.toLowerCase()] : [])),
    integration: propertyIn(first, 'integration'),
  };
}

/** The path of a resource: `api.root.addResource('orders').addResource('{id}')`, by whichever names. */
function pathOfResource(node: ts.Expression, project: Project, depth = 0): string | undefined {
  const { values } = project;
  const bare = strip(node);
  if (depth > maxNames) return undefined;
  if (ts.isPropertyAccessExpression(bare) && bare.name.text === 'root') return '/';
  const callee = ts.isCallExpression(bare) ? strip(bare.expression) : undefined;
  if (ts.isCallExpression(bare) && callee && ts.isPropertyAccessExpression(callee)) {
    const [first] = bare.arguments;
    const name = callee.name.text === 'addProxy' ? '{proxy+}' : first && values.text(first, values.root);
    if (name === undefined || !/^(?:add(?:Resource|Proxy)|getResource|resourceForPath)$/.test(callee.name.text)) return undefined;
    const above = pathOfResource(callee.expression, project, depth + 1);
    return above === undefined ? undefined : joinPaths(above.replace(/\/$/, ''), name);
  }
  const held = heldBy(bare, project);
  return held && pathOfResource(held, project, depth + 1);
}

/** What a name, or a field of an instance of the project, is given where it is declared. */
function heldBy(node: ts.Expression, { values }: Project): ts.Expression | undefined {
  const declared = ts.isIdentifier(node) ? values.declarationOf(node) : undefined;
  if (declared && ts.isVariableDeclaration(declared)) return declared.initializer;
  if (declared && ts.isBindingElement(declared)) {
    // `const { listFunction } = new Functions(this, 'functions')`
    const from = declared.parent.parent;
    const whole = ts.isVariableDeclaration(from) ? from.initializer : undefined;
    return whole && fieldOf(whole, (declared.propertyName ?? declared.name).getText(), values);
  }
  return ts.isPropertyAccessExpression(node) ? fieldOf(node.expression, node.name.text, values) : undefined;
}

/** What a class gives a field, in its declaration or by `this.name = …`. */
function fieldOf(owner: ts.Expression, name: string, values: Values): ts.Expression | undefined {
  const bare = strip(owner);
  const declared = ts.isIdentifier(bare) ? values.declarationOf(bare) : undefined;
  const made = declared && ts.isVariableDeclaration(declared) && declared.initializer ? strip(declared.initializer) : bare;
  const value = ts.isNewExpression(made) ? values.of(made.expression, values.root) : undefined;
  const type =
    bare.kind === ts.SyntaxKind.ThisKeyword
      ? ts.findAncestor(bare, ts.isClassLike)
      : value?.kind === 'class'
        ? value.node
        : undefined;
  let found: ts.Expression | undefined;
  const visit = (node: ts.Node): void => {
    const isSet = ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken;
    if (isSet && node.left.getText() === `this.${name}`) found ??= node.right;
    if (ts.isPropertyDeclaration(node) && node.name.getText() === name) found ??= node.initializer;
    ts.forEachChild(node, visit);
  };
  if (type) visit(type);
  return found;
}

/** The code of the function behind an integration: `new NodejsFunction(this, 'list', { entry: 'src/list.ts', handler: 'main' })`. */
function placeOfFunction(node: ts.Expression, project: Project, depth = 0): Pick<Route, 'handler' | 'folder'> | undefined {
  const { values } = project;
  const bare = strip(node);
  if (depth > maxNames) return undefined;
  const text = (name: string, from: ts.Expression | undefined) => {
    const stated = propertyIn(from, name);
    return stated && values.text(stated, values.root);
  };
  if (ts.isNewExpression(bare)) {
    const name = bare.expression.getText().split('.').at(-1) ?? '';
    const options = bare.arguments?.[2];
    if (name === 'NodejsFunction') {
      const entry = propertyIn(options, 'entry');
      const uri = entry && fileNamed(entry, values.root, project);
      const [, folder = '', module = ''] = /^(.*)\/([^/]+?)\.[cm]?[jt]sx?$/.exec(uri ?? '') ?? [];
      return uri === undefined ? undefined : { folder, handler: `${module}.${text('handler', options) ?? 'handler'}` };
    }
    if (name === 'Function') {
      const code = propertyIn(options, 'code');
      const [asset] = code && ts.isCallExpression(code) && /\.fromAsset$/.test(code.expression.getText()) ? code.arguments : [];
      const [path, handler] = [asset && values.text(asset, values.root), text('handler', options)];
      const folder =
        asset &&
        (placeOf(asset, values, values.root) ??
          (path && resolveUri(path, `${packageOf(asset.getSourceFile().fileName, values)}/`)));
      return folder && handler ? { folder: folder.replace(/\/$/, ''), handler } : undefined;
    }
    // An integration, or an alias, of a function.
    const version = propertyIn(options, 'version');
    const given = version ? [version] : /Integration$/.test(name) ? [...(bare.arguments ?? [])] : [];
    return given.map((one) => placeOfFunction(one, project, depth + 1)).find((one) => one !== undefined);
  }
  if (ts.isPropertyAccessExpression(bare) && /^(?:currentVersion|latestVersion)$/.test(bare.name.text))
    return placeOfFunction(bare.expression, project, depth + 1);
  const held = heldBy(bare, project);
  return held && placeOfFunction(held, project, depth + 1);
}

/** How many names a resource or a function may go by. */
const maxNames = 12;

/** Does a manifest declare a route of its own, and not only what a framework within the function routes? */
export function hasRoutes(manifest: string, project: Project): boolean {
  return routesIn(manifest, project, []).some((route) => !isOpen(route) && fileOf(route, project) !== undefined);
}

/** The facts of what these manifests declare; `usesFramework` tells the text of a function that routes by itself. */
export function* readLambda(
  manifests: readonly string[],
  project: Project,
  usesFramework: (text: string) => boolean,
): Steps<Facts> {
  const notes: Note[] = [];
  const operations = new Map<string, OperationFact>();
  for (const manifest of manifests) {
    yield manifest;
    for (const route of routesIn(manifest, project, notes)) {
      const file = fileOf(route, project);
      const isServed = () => file !== undefined && [...filesOf(project.values, [file])].some(({ text }) => usesFramework(text));
      if (!isOpen(route)) readRoute(route, file, operations, notes, project);
      else if (!isServed()) {
        const is = nameOf(route);
        notes.push(noteIn(manifest, is, `${is} stands for more than OpenAPI can express, so it is not written.`, project));
      }
    }
  }
  return { operations: [...operations.values()], types: project.shapes.named, notes };
}

/** Does a route stand for many? */
function isOpen({ method, path }: Route): boolean {
  return method === 'any' || path.includes('+}');
}

function nameOf({ method, path }: Route): string {
  return `${method.toUpperCase()} ${path}`;
}

function readRoute(
  route: Route,
  file: string | undefined,
  operations: Map<string, OperationFact>,
  notes: Note[],
  project: Project,
): void {
  const [, name = 'handler'] = /\.([^.]+)$/.exec(route.handler) ?? [];
  const handler = file === undefined ? undefined : handlerIn(file, name, project);
  if (!handler) {
    const is = nameOf(route);
    const message = `The function “${route.handler}” of ${is} is not found, so the route is not written.`;
    return void notes.push(noteIn(route.manifest, is, message, project));
  }
  const evidence = evidenceAt(handler.at, 'declared');
  const reading = new Reading(project, dialect);
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, one]) => one as string);
  reading.pathNames = new Set(names);
  const said = new Description({}).operation(route.checked ?? {}, {}, evidence);
  for (const one of said.parameters) reading.parameter(one.in, one.name, one.shape, one.required, one.evidence);
  for (const one of said.bodies) reading.body(one.shape, one.evidence, one.mediaType);
  const { functions } = handler;
  const last = functions.at(-1);
  if (last) reading.handler(last.node, last.env);
  else notes.push(noteAt(handler.at, 'The function is made at run time, so what it asks and answers is not seen.'));
  if (last && reading.responses.length === 0)
    notes.push(noteAt(handler.at, 'What this function answers is not seen, so its responses are missing.'));
  notes.push(...reading.gaps);
  for (const one of route.security) reading.secure({ ...one, evidence });
  const { parameters, ...read } = reading.operation;
  const own = names.map((one): ParameterFact => ({ name: one, in: 'path', shape: { type: 'string' }, required: true, evidence }));
  const known = parameters.filter((one) => one.in !== 'path' || names.includes(one.name));
  const missing = own.filter((one) => !known.some((other) => other.in === 'path' && other.name === one.name));
  addOnce(operations, {
    ...read,
    parameters: [...missing, ...known],
    method: route.method,
    path: route.path,
    source: evidence,
  });
}

/** Where a manifest names a path, or at its start. */
function noteIn(uri: string, route: string, message: string, { values }: Project): Note {
  const path = route.replace(/^\w+ \/?/, '');
  const start = Math.max(0, values.written(uri)?.indexOf(path) ?? 0);
  return { uri, start, end: start + (start > 0 ? path.length : 0), message };
}

const endings = ['.ts', '.js', '.mts', '.mjs', '.cts', '.cjs', '.tsx', '/index.ts', '/index.js'];

/** The source of a function; where what is deployed is compiled, what it is compiled from. */
function fileOf({ handler, folder }: Route, { values }: Project): string | undefined {
  const module = handler.replace(/\.[^.]+$/, '').replace(/^\.?\//, '');
  const whole = resolveUri(module, `${folder}/`);
  const places = [
    whole,
    whole.replace(/\/(?:dist|build|out|lib|\.build|\.esbuild)\//, '/src/'),
    resolveUri(`src/${module}`, `${folder}/`),
  ];
  return places.flatMap((place) => endings.map((ending) => place + ending)).find((uri) => values.host.isFile(uri));
}

function routesIn(uri: string, project: Project, notes: Note[]): Route[] {
  const isCode = /\.[cm]?[jt]s$/.test(uri);
  const data = isCode ? configurationOf(uri, project) : documentIn(uri, project)?.data;
  if (!isRecord(data)) return [];
  return isRecord(data.Resources) ? routesOfSam(data, uri) : routesOfServerless(data, uri, project, notes);
}

/** What `serverless.ts` exports. */
function configurationOf(uri: string, project: Project): unknown {
  const { values } = project;
  for (const statement of values.file(uri)?.statements ?? []) {
    const given = defaultExportIn(statement);
    const data = given && dataOf(given, values.root, project);
    if (given && isRecord(data)) {
      const whole = values.of(given, values.root);
      const member = whole?.kind === 'object' ? propertyIn(whole.node, 'functions') : undefined;
      return { ...data, functions: functionsOf(member && values.of(member, values.root), project) };
    }
  }
  return undefined;
}

/** The functions that `serverless.ts` has by name: those of objects, and those that a module exports. */
function functionsOf(held: Value | undefined, project: Project): Json {
  const { values } = project;
  const found: Record<string, unknown> = {};
  const add = (name: string, one: Value | undefined): void => {
    if (one?.kind !== 'object') return;
    const data = dataOf(one.node, one.env, project);
    const handler = propertyIn(one.node, 'handler');
    if (isRecord(data)) found[name] = { ...data, ...(handler && besideFile(handler)) };
  };
  if (held?.kind === 'module') for (const name of values.exportsOf(held.uri)) add(name, values.exported(held.uri, name));
  for (const property of held?.kind === 'object' ? held.node.properties : []) {
    const env = held?.kind === 'object' ? held.env : values.root;
    const name = nameText(property.name);
    const given = ts.isShorthandPropertyAssignment(property) ? property.name : initializerOf(property);
    if (ts.isSpreadAssignment(property)) Object.assign(found, functionsOf(values.of(property.expression, env), project));
    else if (name !== undefined && given) add(name, values.of(given, env));
  }
  return found;
}

/** A handler whose path a function makes of where its file lies. */
function besideFile(node: ts.Expression): { handler: string; folder: string } | undefined {
  const bare = strip(node);
  const span = ts.isTemplateExpression(bare) && bare.head.text === '' ? bare.templateSpans[0] : undefined;
  if (!span || !/\b(?:__dirname|import\.meta\.(?:dirname|url))\b/.test(span.expression.getText())) return undefined;
  return { handler: span.literal.text.replace(/^\//, ''), folder: bare.getSourceFile().fileName.replace(/\/[^/]*$/, '') };
}

/** `events: [{ http: { path, method } }, { httpApi: 'GET /orders' }]` */
function routesOfServerless(data: Json, uri: string, project: Project, notes: Note[]): Route[] {
  const folder = uri.replace(/\/[^/]*$/, '');
  const groups = (Array.isArray(data.functions) ? data.functions : [data.functions]).map((one) => included(one, uri, project));
  const routes: Route[] = [];
  for (const [name, one] of groups.flatMap((group) => (isRecord(group) ? Object.entries(group) : []))) {
    const stated = included(one, uri, project);
    if (!isRecord(stated)) {
      notes.push(noteIn(uri, ` ${name}`, `What the function “${name}” is, is not found, so its routes are missing.`, project));
      continue;
    }
    const events = included(stated.events, uri, project);
    for (const event of Array.isArray(events) ? events : []) {
      const given = isRecord(event) ? (event.http ?? event.httpApi) : undefined;
      const [first = '', second = ''] = typeof given === 'string' ? given.trim().split(/\s+/) : [];
      const route = isRecord(given) ? given : { method: second ? first : 'any', path: second || first };
      if ((typeof given !== 'string' && !isRecord(given)) || typeof stated.handler !== 'string' || typeof route.path !== 'string')
        continue;
      const method = typeof route.method === 'string' ? route.method.toLowerCase() : 'any';
      routes.push({
        method: method === '*' ? 'any' : method,
        path: joinPaths('', route.path === '*' ? '/{proxy+}' : route.path) || '/',
        handler: stated.handler,
        folder: typeof stated.folder === 'string' ? stated.folder : folder,
        manifest: uri,
        security: [...(route.private === true ? [apiKey] : []), ...(route.authorizer ? [authorized(route.authorizer)] : [])],
        checked: isRecord(route.request) ? checkedBy(route.request, uri, project) : undefined,
      });
    }
  }
  return routes;
}

/** `request: { parameters: { querystrings: { page: true } }, schemas: { 'application/json': … } }` */
function checkedBy(request: Json, uri: string, project: Project): Json {
  const within = isRecord(request.parameters) ? request.parameters : {};
  const parameters = Object.entries({ query: within.querystrings, header: within.headers }).flatMap(([place, names]) =>
    Object.entries(isRecord(names) ? names : {}).map(([name, one]) => {
      const required = isRecord(one) ? one.required === true : one === true;
      return { in: place, name, required, schema: { type: 'string' } };
    }),
  );
  const schemas = request.schemas ?? request.schema;
  const contents = Object.entries(isRecord(schemas) ? schemas : {}).map(([mediaType, one]) => {
    const schema = included(isRecord(one) && isRecord(one.schema) ? one.schema : one, uri, project);
    return [mediaType, { schema }];
  });
  return { parameters, ...(contents.length > 0 && { requestBody: { content: Object.fromEntries(contents) } }) };
}

/** What `${file(functions/orders.yml):list}` stands for. */
function included(data: unknown, uri: string, project: Project): unknown {
  const [, path, key] = (typeof data === 'string' && /^\$\{file\(([^)]+)\)(?::([\w.-]+))?\}$/.exec(data)) || [];
  if (path === undefined) return data;
  const held = documentIn(resolveUri(path, uri), project)?.data;
  return (key?.split('.') ?? []).reduce<unknown>((value, name) => (isRecord(value) ? value[name] : undefined), held);
}

/** `Type: AWS::Serverless::Function` with `Events` of an API */
function routesOfSam(data: Json, uri: string): Route[] {
  const folder = uri.replace(/\/[^/]*$/, '');
  const at = (from: unknown, ...names: string[]) =>
    names.reduce<unknown>((value, name) => (isRecord(value) ? value[name] : undefined), from);
  const resources = Object.values(data.Resources as Json).filter(isRecord);
  const usual = resources.map((one) => at(one, 'Properties', 'Auth', 'DefaultAuthorizer')).find((one) => one !== undefined);
  const byDefault =
    usual ??
    at(data, 'Globals', 'Api', 'Auth', 'DefaultAuthorizer') ??
    at(data, 'Globals', 'HttpApi', 'Auth', 'DefaultAuthorizer');
  return resources.flatMap((resource) => {
    if (resource.Type !== 'AWS::Serverless::Function') return [];
    const own = (name: string) => at(resource, 'Properties', name) ?? at(data, 'Globals', 'Function', name);
    const [handler, code, events] = [own('Handler'), own('CodeUri'), own('Events')];
    const [built] = [at(resource, 'Metadata', 'BuildProperties', 'EntryPoints')].flat();
    if (typeof handler !== 'string' || !isRecord(events)) return [];
    const place = typeof code === 'string' ? resolveUri(code, `${folder}/`).replace(/\/$/, '') : folder;
    const member = /\.([^.]+)$/.exec(handler)?.[1] ?? 'handler';
    return Object.values(events).flatMap((event): Route[] => {
      if (!isRecord(event) || !/^(?:Http)?Api$/.test(String(event.Type))) return [];
      const [path, method] = [at(event, 'Properties', 'Path'), at(event, 'Properties', 'Method')];
      const stated = at(event, 'Properties', 'Auth', 'Authorizer') ?? byDefault;
      const isOpen = stated === undefined || stated === 'NONE';
      return [
        {
          method: typeof method === 'string' ? method.toLowerCase() : 'any',
          path: typeof path === 'string' ? joinPaths('', path) || '/' : '/{proxy+}',
          handler: typeof built === 'string' ? built.replace(/\.[cm]?[jt]sx?$/, `.${member}`) : handler,
          folder: place,
          manifest: uri,
          security: isOpen ? [] : [authorized(stated)],
        },
      ];
    });
  });
}

const apiKey = { name: 'apiKey', scheme: { type: 'apiKey', in: 'header', name: 'x-api-key' } } as const;

/** What an authorizer looks at; where nothing is said, the header that API Gateway gives it. */
function authorized(authorizer: unknown): Pick<SecurityFact, 'name' | 'scheme'> {
  const source = isRecord(authorizer) ? authorizer.identitySource : undefined;
  const [, kind, name = 'Authorization'] = /request\.(header|querystring)\.([\w-]+)/.exec(String(source)) ?? [];
  return { name: 'authorizer', scheme: { type: 'apiKey', in: kind === 'querystring' ? 'query' : 'header', name } };
}

const parts: Readonly<Record<string, string>> = {
  body: 'body',
  queryStringParameters: 'query',
  multiValueQueryStringParameters: 'query',
  pathParameters: 'params',
  headers: 'headers',
  multiValueHeaders: 'headers',
};

/** A function is given an event, and gives back a status and a text: `{ statusCode: 200, body: JSON.stringify(order) }`. */
const dialect: Dialect = {
  roots: () => ['event'],
  part: ({ of, path: [first = '', ...rest] }) => {
    const part = of === 'event' ? parts[first] : undefined;
    return part ? [part, ...rest] : undefined;
  },
  answer: () => {},
  returned: (value, reading, place) => {
    const bare = strip(value);
    if (reading.isBefore) return;
    if (ts.isAwaitExpression(bare)) return dialect.returned?.(bare.expression, reading, place);
    if (ts.isConditionalExpression(bare)) {
      for (const one of [bare.whenTrue, bare.whenFalse]) dialect.returned?.(one, reading, place);
      return;
    }
    if (ts.isCallExpression(bare)) return reading.inside(bare, place);
    const found = reading.project.values.of(bare, place.env);
    const literal = ts.isObjectLiteralExpression(bare) ? bare : found?.kind === 'object' ? found.node : undefined;
    const [status, body] = [propertyIn(literal, 'statusCode'), propertyIn(literal, 'body')];
    if (!literal || !status) return;
    const json = writtenAsJson(body);
    const content = json ? { mediaType: 'application/json', shape: reading.shapeOf(json, place) } : {};
    reading.respond(status, content, place, literal);
  },
};
