/** Nest applications that are given messages: how they listen, and which of their methods are called with an event. */
import { type CodeFile, type Expression, ts } from '../../server/core/typescript/code.ts';
import { functionBehind } from '../../server/core/typescript/classes.ts';
import { propertiesOf, valueOf } from '../../server/core/typescript/constants.ts';
import { definitionOf } from '../../server/core/typescript/definitions.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { optionValue } from '../../server/core/typescript/syntax.ts';

/** Options of a microservice: `{ transport: Transport.RMQ, options: { … } }`, and the module that it serves. */
export interface Listening {
  readonly transport: Expression;
  readonly options: Expression;
  readonly module: Expression;
}

/** What a file has RabbitMQ listened to with: `NestFactory.createMicroservice(AppModule, …)`, `app.connectMicroservice(…)`. */
export function* listeningOnRabbit(file: CodeFile): Iterable<Listening> {
  if (!file.words.has(/\bRMQ\b/)) return;
  for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
    const isMade = /\.(?:createMicroservice|connectMicroservice)$/.test(call.expression.getText());
    const from = isMade ? origin(file, call.expression) : undefined;
    const connects = from === '@nestjs/core:NestFactory.create().connectMicroservice';
    if (!connects && from !== '@nestjs/core:NestFactory.createMicroservice') continue;
    const given = call.arguments[connects ? 0 : 1];
    const module = connects ? moduleOf(file) : call.arguments[0];
    const transport = given && optionValue(given, 'transport');
    const options = given && optionValue(given, 'options');
    if (module && transport && options && origin(file, transport) === '@nestjs/microservices:Transport.RMQ')
      yield { transport, options, module };
  }
}

/** `AppModule` of `NestFactory.create(AppModule)`. */
function moduleOf(file: CodeFile): Expression | undefined {
  return file.nodes(ts.SyntaxKind.CallExpression).find(({ expression }) => /\bNestFactory\.create$/.test(expression.getText()))
    ?.arguments[0];
}

/** Does a module, or one that it imports, have a controller with an `@EventPattern`? */
export function handlesEvents(file: CodeFile, module: Expression, seen = new Set<ts.Node>()): boolean {
  const found = definitionOf(file, module);
  if (!found || !ts.isClassLike(found.node) || seen.has(found.node)) return false;
  seen.add(found.node);
  const parts = decoration(found.node, 'Module');
  const members = (name: string) => elements(parts && optionValue(parts, name));
  return (
    members('controllers').some((each) => {
      const controller = definitionOf(found.file, each);
      return controller !== undefined && ts.isClassLike(controller.node) && eventHandlersIn(controller.node).length > 0;
    }) || members('imports').some((each) => handlesEvents(found.file, each, seen))
  );
}

/** The methods of a file that Nest calls with events, and whose answer goes to nobody. */
export function eventHandlers(file: CodeFile): ts.MethodDeclaration[] {
  if (!file.text.includes('@EventPattern(') || !file.modules.has('@nestjs/microservices')) return [];
  return file.nodes(ts.SyntaxKind.ClassDeclaration).flatMap(eventHandlersIn);
}

/**
 * The broker whose events a method is called with: by the context that it asks for or the transport that its pattern names, else the one
 * that its application listens to.
 */
export function brokerOf(file: CodeFile, method: ts.MethodDeclaration): 'RabbitMQ' | 'Kafka' | undefined {
  const transport = decoratorOf(method, 'EventPattern')?.arguments[1]?.getText() ?? '';
  const said = [transport, ...method.parameters.map(({ type }) => type?.getText() ?? '')].join(' ');
  if (/\b(?:RmqContext|Transport\.RMQ)\b/.test(said)) return 'RabbitMQ';
  if (/\b(?:KafkaContext|Transport\.KAFKA)\b/.test(said)) return 'Kafka';
  if (/\bTransport\.|\b\w+Context\b/.test(said)) return undefined;
  const [only, another] = transportsOf(file);
  return another ? undefined : brokers[only ?? ''];
}

const brokers: Readonly<Record<string, 'RabbitMQ' | 'Kafka'>> = { RMQ: 'RabbitMQ', KAFKA: 'Kafka' };

/** How many folders up the file is looked for that starts the application. */
const maxAbove = 8;

/** What brings the application of a file its events: the transports that `main` of a folder above listens to; gRPC has no events. */
function transportsOf(file: CodeFile): ReadonlySet<string> {
  for (let up = 0, folder = '.'; up < maxAbove; up++, folder += '/..') {
    const names = file.list(folder);
    const main = names.some((name) => /^main\.[cm]?[jt]s$/.test(name)) ? file.load(`${folder}/main`, file.uri) : undefined;
    if (main) return listensTo(main);
    if (names.includes('package.json')) break;
  }
  return new Set();
}

function listensTo(main: CodeFile): ReadonlySet<string> {
  const found = new Set<string>();
  for (const call of main.nodes(ts.SyntaxKind.CallExpression)) {
    const [, name] = /\.(createMicroservice|connectMicroservice)$/.exec(call.expression.getText()) ?? [];
    const given = name && call.arguments[name === 'connectMicroservice' ? 0 : 1];
    if (!given) continue;
    const value = valueOf(given);
    const text = (ts.isCallExpression(value) ? functionBehind(main, value.expression)?.node : value)?.getText() ?? '';
    // Options from where they cannot be seen may bring anything.
    const [, transport = text] = /\btransport: Transport\.(\w+)/.exec(text) ?? [];
    if (transport !== 'GRPC') found.add(transport);
  }
  return found;
}

/** The methods of a file that Nest calls with messages: events, and requests whose answer somebody waits for. */
export function listeners(file: CodeFile): ts.MethodDeclaration[] {
  if (!file.words.has(/^(?:Event|Message)Pattern$/m) || !file.modules.has('@nestjs/microservices')) return [];
  return file
    .nodes(ts.SyntaxKind.MethodDeclaration)
    .filter((method) => decoratorOf(method, 'EventPattern') ?? decoratorOf(method, 'MessagePattern'));
}

function eventHandlersIn(owner: ts.ClassLikeDeclaration): ts.MethodDeclaration[] {
  return owner.members.filter(
    (part): part is ts.MethodDeclaration => ts.isMethodDeclaration(part) && decoratorOf(part, 'EventPattern') !== undefined,
  );
}

function decoration(node: ts.Node, name: string): Expression | undefined {
  const [given] = decoratorOf(node, name)?.arguments ?? [];
  return given && propertiesOf(given) ? given : undefined;
}

function decoratorOf(node: ts.Node, name: string): ts.CallExpression | undefined {
  const decorators = ts.canHaveDecorators(node) ? (ts.getDecorators(node) ?? []) : [];
  return decorators
    .map(({ expression }) => expression)
    .filter(ts.isCallExpression)
    .find(({ expression }) => expression.getText() === name);
}

function elements(list: Expression | undefined): readonly Expression[] {
  const value = list && valueOf(list);
  return value && ts.isArrayLiteralExpression(value) ? value.elements : [];
}
