/**
 * What a file is for. A rule about production code has nothing to say to a test, and a deadline that a server needs
 * is no use in a page. Decided by what the file imports and uses first, by its place in the package second.
 */
import { type CodeFile, ts } from './code.ts';
import { declarationOf } from './scopes.ts';

/** `server`: everything that is none of the others, jobs and libraries included. */
export type FileRole = 'server' | 'browser' | 'test' | 'script' | 'migration';

const roles = new WeakMap<CodeFile, FileRole>();

/** The role of a file. */
export function roleOf(file: CodeFile): FileRole {
  const known = roles.get(file);
  if (known) return known;
  const role = decide(file);
  roles.set(file, role);
  return role;
}

const testPath =
  /(?:^|\/)(?:__[\w-]*tests?__|__mocks__|__e2e__|(?:[\w-]+-)?(?:tests?|testing|e2e(?:[-_][\w-]+)?)|specs?|fixtures|mocks|acceptance|cypress)\/|(?:[.-](?:\w*test|spec|e2e|mock|stories|stub|shim)|_test)\.[cm]?[jt]sx?$|^test[-_][\w-]+\.[cm]?[jt]s$|(?:^|\/)(?:e2e(?:-[\w-]*)?|tests?-fixtures?[\w.-]*|(?:jest|vitest|tests?)[\w.-]*[.-]set-?up|(?:jest|vitest|playwright|cypress|karma|wdio)(?:\.[\w-]+)*\.conf(?:ig)?|set-?up[.-]?(?:jest|vitest|tests?)[\w-]*|config\/test|(?:[\w-]+-)?tests?-(?:helpers?|utils?)|mocks?)\.[cm]?[jt]sx?$/i;
/** A package of tests or measurements and nothing else, by the name of its folder; a folder called `test` may be anybody's project. */
const testPackage =
  /\/(?:benchmarks?|e2e|test-(?:api|harness|helpers|kit|server|support|utils)|(?:(?:integration|load|smoke|acceptance|contract|performance|system)-tests?|e2e[-_]tests?)(?:\/[\w-]+)?)\/$/i;
const migrationPath = /(?:^|\/)(?:[\w-]+-)?migrations?\//i;
const scriptPath =
  /^(?:tools?|extras?|qa|releases?|ci|build|\.(?!vercel|netlify)[\w-]+)\/|(?:^|\/)(?:\.?(?:[\w-]+-)?scripts?|seeds?|seeders?|bin|benchmarks?|one-?offs?|repl)\/|(?:^|\/)(?:build|seed)-[\w-]*\.[cm]?js$|[-.]seed(?:s|er)?\.[cm]?[jt]s$|(?:^|\/)(?:seed|(?:migrate|migrations?)(?:[-_.][\w-]*)?|(?:vite|webpack|rollup|rspack|esbuild|next|nuxt|astro|postcss|tailwind|babel|metro)\.config)\.[cm]?[jt]s$/i;
const serverPath = /(?:^|\/)(?:server|backend|api|workers?|jobs|functions|lambdas?)\/|(?:^|\/)route\.[jt]s$/i;
/** In a package without a server, `src/api` is where a page calls one. */
const servingPath = /(?:^|\/)(?:server|backend|workers?|jobs|functions|lambdas?)\/|^api\/|(?:^|\/)route\.[jt]s$/i;
const browserPath = /(?:^|\/)(?:public|static|assets|frontend|components|hooks|client-only)\//i;
const testModules = /^(?:vitest|@jest\/globals|mocha|chai|ava|tap|supertest|nock|sinon|@playwright\/test|cypress|test)$/;
/** Modules of programs that a person runs and waits for. */
const commandModules =
  /^(?:(?:nest-)?commander|@commander-js\/.*|yargs|inquirer|@inquirer\/.*|@oclif\/.*|cac|citty|prompts|@clack\/prompts)$/;

/** Is a file a test by its place alone? */
export function isTestFile(uri: string): boolean {
  return testPath.test(uri.split('/').slice(-3).join('/'));
}

/** Is a file there to show how a package is used, by its place in it? What stands in one is made up and deployed by nobody. */
export function isExample(file: CodeFile): boolean {
  return file.package !== undefined && /(?:^|\/)(?:examples?|samples?)\//.test(`${file.package.place}${pathInPackage(file)}`);
}

function decide(file: CodeFile): FileRole {
  const path = pathInPackage(file);
  const imports = (modules: RegExp) => [...file.modules].some((module) => modules.test(module));
  const { folder = '', place = '' } = file.package ?? {};
  // What somebody tries out by hand beside no package at all.
  if (folder === '' && /\/test[-_][\w-]+\.[cm]?js$/.test(path)) return 'test';
  if (testPath.test(path) || testPath.test(place) || testPackage.test(folder) || imports(testModules)) return 'test';
  if (migrationPath.test(path) || /[a-z]Migrations?\//.test(path)) return 'migration';
  // Pages import tables' names and types from what talks to the database.
  if (isPage(file, imports) || isBundled(file, path)) return 'browser';
  const isScript = scriptPath.test(path) || scriptPath.test(place) || imports(commandModules) || isTool(file) || isCommand(file);
  if (imports(serverModules) || asksModels(file)) return isScript ? 'script' : 'server';
  // Markup is for a page, wherever it is made.
  if (/\.[jt]sx$/i.test(file.uri) || imports(pageModules)) return 'browser';
  if (
    imports(nodeModules) ||
    (isServerText(file) && !keepsInPage(file)) ||
    holdsSecret(file) ||
    readsSettings(file) ||
    setsOwnHeaders(file)
  )
    return isScript ? 'script' : 'server';
  if (browserPath.test(path) || /\/front-?end\/$/i.test(folder) || isBrowser(file, imports)) return 'browser';
  return isScript ? 'script' : 'server';
}

/** The path below the nearest package.json; without one, the file and its two folders: what lies above is the user's. */
function pathInPackage(file: CodeFile): string {
  const folder = file.package?.folder;
  return folder ? file.uri.slice(folder.length) : file.uri.split('/').slice(-3).join('/');
}

const serverPackages = ['express', 'fastify', 'koa', 'hono', '@nestjs/core', '@hapi/hapi', 'next'];

/** Frameworks of pages that answer requests too. */
const pagePackages = ['@tanstack/react-start', '@remix-run/node', '@react-router/node', '@sveltejs/kit', 'astro', 'nuxt'];

/** Packages of what is deployed as functions: their `bin` builds the stack. */
const functionPackages = ['aws-cdk-lib', '@aws-cdk/core', '@types/aws-lambda', 'aws-lambda', 'serverless'];

/** Part of a program that a person calls; a server may have a command of its own. */
function isTool(file: CodeFile): boolean {
  const { package: found } = file;
  return found !== undefined && found.isTool && !isServing(file);
}

/** Does the package declare what serves requests? */
function isServing({ package: found }: CodeFile): boolean {
  return [...serverPackages, ...functionPackages, ...pagePackages].some((name) => found?.dependencies.has(name));
}

/** `main().finally(() => prisma.$disconnect())`: does one thing and ends. */
const endsItself = /^(?:await\s+)?main\(\)[^]*\$disconnect\(\)/m;

/**
 * Beside the `package.json`: takes what it is to do from the command line, says that all went well by ending, runs one function to its
 * end, is called by its own name, or has a name of several words, which no program has that a package starts with.
 */
const isOneOff = (file: CodeFile) => {
  const path = pathInPackage(file);
  return (
    /^[^/]+$/.test(path) &&
    (/\bprocess\.(?:argv\b|exit\(0?\))|^#!/.test(file.text) ||
      (runsOnce.test(file.text) && !goesOn.test(file.text)) ||
      (tellsAndEnds(file.text) && !goesOn.test(file.text) && !nameOfProgram.test(path)) ||
      /^\w+-\w+-[\w-]+\.[cm]?[jt]s$/.test(path)) &&
    !staysUp.test(file.text)
  );
};

/** What a package starts with. */
const nameOfProgram = /^(?:index|main|app|server|start|worker|bot|cron|scheduler|consumer|listener|handler|lambda|function)\b/i;

/** Says to a person what it finds, and its last line runs it. */
const tellsAndEnds = (text: string) =>
  /\bconsole\.log\(/.test(text) &&
  /\n(?:await )?\w+\(\)(?:\s*\.(?:then|catch|finally)\([^]{0,400})?;?\s*$/.test(text.slice(-600));

/** `main().catch((error) => { console.error(error); process.exit(1); });` */
const runsOnce = /^main\(\)\.catch\([^]*process\.exit\(1\)/m;
const goesOn = /\bwhile \(true\)|\bfor \(;;\)|\.(?:launch|login|connect|bindAsync|addWorker)\(/;

/** What keeps a program up, or has it end when it is told to; what comes of one request does not. */
const staysUp =
  /\bprocess\.on\(|(?<!\bre[qs]\w*)\.on\(['"](?!(?:error|data|end|response|timeout|close)\b)|\bsetInterval\(|\.(?:consume|subscribe|run|schedule|start|serve|process)\(|\bnew \w*Worker\(|cron/i;

/** Asks the person who runs it (and takes no messages) or ends by itself, serves nobody, and gives nothing to other files. */
function isCommand(file: CodeFile): boolean {
  const { ast, modules, text } = file;
  const asks = file.words.has(/stdin/) && /\bprocess\.stdin\b/.test(text) && !/\.(?:consume|subscribe)\(/.test(text);
  const ends = file.words.has(/\$disconnect/) && endsItself.test(text);
  if (!(asks || ends || isOneOff(file))) return false;
  if (serverPackages.some((name) => modules.has(name))) return false;
  return !/\bexports\b|\.listen\(|\bcreateServer\(/.test(text) && !ast.statements.some(isExported);
}

function isExported(statement: ts.Statement): boolean {
  if (ts.isExportAssignment(statement) || ts.isExportDeclaration(statement)) return true;
  return (
    ts.canHaveModifiers(statement) &&
    ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true
  );
}

/** Modules that are used on a server only. */
const serverModules =
  /^(?:express|fastify|koa|hono|@hono\/node-server|@nestjs\/.*|@hapi\/hapi|restify|next\/(?:server|headers)|server-only|pg|mysql2?(?:\/promise)?|mongodb|mongoose|ioredis|redis|@prisma\/client|typeorm|knex|sequelize|drizzle-orm\/.*|kafkajs|amqplib|bullmq|nats|grpc|@grpc\/grpc-js|@connectrpc\/connect-node|@aws-sdk\/.*|jsonwebtoken|stripe|nodemailer|resend|twilio|svix|@sendgrid\/.*|@slack\/bolt|@azure\/msal-node|firebase-admin(?:\/.*)?|googleapis|openid-client|@modelcontextprotocol\/sdk\/server\/.*|winston|pino|node-fetch|got|undici|@[\w-]+\/(?:.*\/)?(?:prisma|db|database))$/;

/** Calls a model, or gives one a tool to run, by the AI SDK, whose types and transports pages import as well. */
const asksModels = ({ modules, words, text }: CodeFile) =>
  modules.has('ai') &&
  words.has(/^(?:(?:stream|generate)(?:Text|Object)|embed|embedMany|execute)$/m) &&
  /\b(?:(?:stream|generate)(?:Text|Object)|embed|embedMany)\(|\btool\(\{[^]*\bexecute\b/.test(text);
const nodeModules =
  /^(?:fs(?:\/promises)?|path|crypto|http|https|net|tls|stream|child_process|os|worker_threads|cluster|dns|zlib|util|events|url|querystring|timers(?:\/promises)?|async_hooks)$/;
const serverText =
  /\bprocess\.(?:env\.(?!NEXT_PUBLIC_|REACT_APP_|EXPO_PUBLIC_|VITE_|PUBLIC_URL\b|NODE_ENV\b)|on\(|exit\()|['"]use server['"]|\bnext:\s*\{\s*(?:revalidate|tags):|\{\s*(?!NEXT_PUBLIC_|REACT_APP_|EXPO_PUBLIC_|VITE_|PUBLIC_URL\b|NODE_ENV\b)[A-Z][^{}]*\}\s*=\s*process\.env\b/;

/** `env.RESEND_API_KEY` of a file of settings: what holds it throws where a page asks for it. */
const secretOfSettings =
  /(?<![\w.])env\.(?!NEXT_PUBLIC_|REACT_APP_|EXPO_PUBLIC_|VITE_|PUBLIC_)[A-Z][A-Z\d_]*(?:SECRET|API_KEY|PRIVATE_KEY|PASSWORD|DATABASE_URL|SERVICE_ROLE|ACCESS_TOKEN)\b/;

const readsSettings = ({ text, modules }: CodeFile) =>
  [...modules].some((name) => /(?:^|[/@.-])env(?:\.[a-z]+)*$/.test(name)) && secretOfSettings.test(text);

/** Sends headers that a browser writes itself, whatever a page sets. */
const setsOwnHeaders = ({ words, text }: CodeFile) =>
  words.has(/user-agent|accept-encoding/i) &&
  /['"](?:user-agent|accept-encoding)['"]\s*:/i.test(text) &&
  /\bfetch\(|\baxios\b/.test(text);

/** The words of the file are asked first here, too: most have none of these. */
const isServerText = ({ words, text }: CodeFile) => words.has(/process|use server|next/) && serverText.test(text);

/** Asks for a token as a client that has a secret, which no page can keep. */
const holdsSecret = ({ words, text }: CodeFile) =>
  words.has(/grant_type|\/access_token/) && /client_?secret/i.test(text) && /\bgrant_type\b|\/access_token\b/.test(text);

const browserModules =
  /^(?:react|react-dom|react-native|preact|vue|svelte|solid-js|@angular\/.*|next\/(?:navigation|router|link)|@tanstack\/react-query|swr|zustand|pinia|vue-router|react-router(?:-dom)?|@reduxjs\/toolkit|expo(?!-server)(?:-.*)?)(?:\/.*)?$/;
/** Modules without which there is no page; a file that imports them is for one, whatever settings it reads. */
const pageModules = /^(?:react-native|expo(?!-server)(?:-.*)?|react-dom(?:\/client)?|react-router-dom|vue-router)$/;
const hooks = /\buse(?:State|Effect|Reducer|Ref|Context)[(<]/;
const browserGlobals = ['window', 'document', 'localStorage', 'sessionStorage', 'chrome'];
const browserPackages = [
  'react',
  'react-native',
  'vue',
  'svelte',
  '@angular/core',
  'solid-js',
  'preact',
  'nuxt',
  'three',
  'rrweb',
  'jest-environment-jsdom',
];
/** What only the `fetch` and the axios of a page take into account. */
const browserOptions = /\bwithCredentials: true\b|\bcredentials: ['"](?:include|same-origin|omit)['"]/;

/** Says that it runs in a browser, or keeps state as only a component on a page does. */
function isPage(file: CodeFile, imports: (modules: RegExp) => boolean): boolean {
  return isClient(file) || (imports(/^react$/) && hooks.test(file.text));
}

/** What `react-scripts` makes a page of: all below `src`, whatever it imports. */
function isBundled({ package: found }: CodeFile, path: string): boolean {
  return found?.dependencies.has('react-scripts') === true && path.startsWith('src/') && !servingPath.test(path);
}

/** `'use client'` before all code; a parser knows what comments are, and a pattern takes for ever where there are many. */
function isClient(file: CodeFile): boolean {
  const first = file.words.has(/use client/) ? file.ast.statements[0] : undefined;
  return first !== undefined && ts.isExpressionStatement(first) && first.expression.getText().slice(1, -1) === 'use client';
}

function isBrowser(file: CodeFile, imports: (modules: RegExp) => boolean): boolean {
  const { text, words } = file;
  if ((words.has(/meta/) && /\bimport\.meta\.env\b/.test(text)) || imports(browserModules)) return true;
  if ((words.has(/redentials/) && browserOptions.test(text)) || importsSettingsOfPage(file)) return true;
  if (usesBrowserGlobal(file)) return true;
  const dependencies = file.package?.dependencies;
  if (!browserPackages.some((name) => dependencies?.has(name))) return false;
  const path = isServing(file) ? serverPath : servingPath;
  return !path.test(pathInPackage(file)) && !importsServerFile(file) && !isImportedByServerFile(file);
}

/** More neighbours than these say nothing: a folder of everything. */
const mostNeighbours = 60;

/** A neighbour that only a server can run imports it, and none that is for a page does. */
function isImportedByServerFile(file: CodeFile): boolean {
  const name = file.uri.slice(file.uri.lastIndexOf('/') + 1);
  const own = `./${name.replace(/\.[cm]?[jt]s$/, '')}`;
  const neighbours = file.list('.').filter((each) => each !== name && /\.[cm]?[jt]sx?$/.test(each) && !testPath.test(each));
  if (neighbours.length > mostNeighbours) return false;
  const importers = neighbours.flatMap((each) => {
    const found = file.load(`./${each}`, file.uri);
    return found?.text.includes(own) && [...found.modules].some((module) => module.replace(/\.[cm]?js$/, '') === own)
      ? found
      : [];
  });
  const isForPage = ({ uri, modules, text }: CodeFile) =>
    /\.[jt]sx$/i.test(uri) || /^['"]use client['"]/m.test(text) || [...modules].some((module) => browserModules.test(module));
  return importers.some(isOfServer) && !importers.some(isForPage);
}

/** Holds a secret of the environment, or imports what only a server can run. */
function isOfServer({ text, modules }: CodeFile): boolean {
  return secretSetting.test(text) || [...modules].some((module) => serverModules.test(module));
}

/** Keeps something in the browser: whatever settings it reads, they are filled in where the page is bundled. */
const keepsInPage = (file: CodeFile) =>
  /\b(?:local|session)Storage\./.test(file.text) &&
  usesBrowserGlobal(file) &&
  !/\.evaluate\(|puppeteer|playwright/.test(file.text) &&
  !secretSetting.test(file.text);

/** A secret of the environment, which no bundler writes into a page. */
const secretSetting =
  /\bprocess\.env\.(?!NEXT_PUBLIC_|REACT_APP_|EXPO_PUBLIC_|VITE_)\w*(?:SECRET|PRIVATE_KEY|API_KEY|PASSWORD|DATABASE_URL|SERVICE_ROLE|ACCESS_TOKEN)\w*/;

/** A page may not import what only a server can run, nor has it the secrets that a file beside it reads. */
function importsServerFile(file: CodeFile): boolean {
  return [...file.modules].some((name) => {
    if (!/^[.@~#]/.test(name)) return false;
    const imported = file.load(name, file.uri);
    return imported !== undefined && isOfServer(imported);
  });
}

/** `import.meta.env` is filled in where a page is bundled. */
function importsSettingsOfPage(file: CodeFile): boolean {
  if (!file.package?.dependencies.has('vite')) return false;
  return [...file.modules].some(
    (name) => name.startsWith('.') && /\bimport\.meta\.env\.VITE_/.test(file.load(name, file.uri)?.text ?? ''),
  );
}

/** `window.x`, `document.x`, `chrome.x` where nobody declares the name. */
function usesBrowserGlobal(file: CodeFile): boolean {
  return browserGlobals
    .flatMap((name) => file.named(name))
    .some(
      (name) =>
        ts.isPropertyAccessExpression(name.parent) && name.parent.expression === name && declarationOf(name) === undefined,
    );
}
