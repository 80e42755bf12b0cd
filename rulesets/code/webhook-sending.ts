/** Where a program sends webhooks of its own: requests to an address that one of its users gave it. */
import { classAround } from '../../server/core/typescript/classes.ts';
import {
  type CodeFile,
  enclosingFunction,
  type Expression,
  type FunctionNode,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { valueOf, writesTo } from '../../server/core/typescript/constants.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { isFallback, mentions, optionValue, takenOut } from '../../server/core/typescript/syntax.ts';
import { type HttpCall, httpCalls } from './http-clients.ts';

/** A request that delivers a webhook. */
export interface Delivery {
  readonly http: HttpCall;
  readonly url: Expression;
  readonly scope: FunctionNode;
  /** To a chat, whose incoming webhooks nobody signs. */
  readonly toChat: boolean;
}

/** The address of a stored webhook, endpoint or subscription: `webhook.url`, `endpoint.targetUrl`. */
const stored =
  /(?:^|\.|\bthis\.)(?:\w*(?:web)?hook|subscription|subscriber|endpoint|delivery)s?\??\.(?:\w*[uU]rl|target|address|endpoint|destination)$/i;
/** Incoming webhooks of chats and on-call services are signed by nobody: their address is the secret. */
const chat =
  /slack|discord|teams|mattermost|telegram|google[-_]?chat|rocket[-_.]?chat|cliq|webex|lark\b|zapier|alert|on-?call|pager-?duty|ops-?genie|feishu|ding-?talk/i;

/** Deliveries of webhooks in this file: a POST with a known client to a stored webhook's address. */
export function deliveries(file: CodeFile): readonly Delivery[] {
  if (!file.words.has(/hook|subscri|endpoint/i) || chat.test(file.uri)) return [];
  return httpCalls(file).flatMap((http) => {
    const scope = outermostFunction(http.call);
    const url = http.kind === 'send' ? urlOf(http) : undefined;
    if (!url || ts.isSourceFile(scope) || (http.method !== undefined && !/^(?:POST|PUT)$/.test(http.method))) return [];
    return isStored(url) && !chat.test(url.getText()) ? [{ http, url, scope, toChat: isToChat(http, scope) }] : [];
  });
}

/** By the name of the function, or by the members that Slack and Discord show: `{ attachments }`, `{ embeds }`. */
function isToChat({ call }: HttpCall, scope: FunctionNode): boolean {
  if (chat.test(nameOf(scope)?.getText() ?? '')) return true;
  const bodies = call.arguments.flatMap((argument) => [argument, optionValue(argument, 'body'), optionValue(argument, 'data')]);
  return bodies.some((body) => {
    const given = body && valueOf(body);
    const [inner] = given && ts.isCallExpression(given) && given.expression.getText() === 'JSON.stringify' ? given.arguments : [];
    const sent = inner ? valueOf(inner) : given;
    return (
      sent !== undefined &&
      ts.isObjectLiteralExpression(sent) &&
      sent.properties.some(({ name }) => shown.test(name?.getText() ?? ''))
    );
  });
}

/** What a message of Slack, Discord or Teams is made of. */
const shown = /^(?:attachments|blocks|embeds|icon_emoji|avatar_url|mrkdwn|themeColor)$/;

/** Clients that are made for the address of a stored webhook: `axios.create({ baseURL: webhook.url })`. */
export function clientsForHooks(file: CodeFile): readonly Delivery[] {
  if (!/hook/i.test(file.text) || chat.test(file.uri)) return [];
  return httpCalls(file).flatMap((http) => {
    const scope = outermostFunction(http.call);
    const url = http.kind === 'make' ? baseUrlOf(http) : undefined;
    const isFound = url && !ts.isSourceFile(scope) && isStored(url) && !chat.test(url.getText());
    return isFound ? [{ http, url, scope, toChat: false }] : [];
  });
}

/** The address that a client is made for: `axios.create({ baseURL })`. */
export function baseUrlOf({ call, optionsAt }: HttpCall): Expression | undefined {
  const options = call.arguments[optionsAt];
  return optionValue(options, 'baseURL') ?? optionValue(options, 'prefixUrl');
}

/** The function at the top of a file, or the method, in which a call stands: callbacks in it belong to it. */
function outermostFunction(call: ts.Node): FunctionNode | ts.SourceFile {
  let scope = enclosingFunction(call);
  while (!ts.isSourceFile(scope) && !ts.isClassLike(scope.parent)) {
    const outer = enclosingFunction(scope);
    if (ts.isSourceFile(outer)) break;
    scope = outer;
  }
  return scope;
}

/** The address of a request: the first argument, or the option `url`. */
export function urlOf({ call }: HttpCall): Expression | undefined {
  const [first] = call.arguments;
  if (!first) return undefined;
  const value = valueOf(first);
  return ts.isObjectLiteralExpression(value) ? optionValue(value, 'url') : first;
}

/** Is an address that of a stored webhook, alone, where there is one, or with a path behind it? */
function isStored(url: Expression): boolean {
  const node = unwrap(url);
  if (isFallback(node)) return isStored(node.left) || isStored(node.right);
  const [host] = ts.isTemplateExpression(node) && node.head.text === '' ? node.templateSpans : [];
  if (host) return isStored(host.expression);
  if (ts.isPropertyAccessExpression(node)) return isStoredMember(node);
  if (ts.isIdentifier(node) && /^(?:web)?hook$/i.test(node.text) && isInSender(node)) return true;
  const value = valueOf(node);
  if (value !== node) return isStored(value);
  if (!ts.isIdentifier(node)) return false;
  const declaration = declarationOf(node);
  const writes = declaration && ts.isVariableDeclaration(declaration) ? writesTo(declaration) : [];
  // `let url; if (byEvent) url = `${hook.url}/${event}`; else url = hook.url;`
  if (writes.length > 0 && writes.every((write) => write !== node && !mentions(write, new Set([node.text])) && isStored(write)))
    return true;
  if (isTakenFromHook(node)) return true;
  return /^(?:web)?hook_?url$/i.test(node.text) || (/^(?:\w*url|target|endpoint|destination)$/i.test(node.text) && isGiven(node));
}

/** `const { url } = webhook`, also of its settings: `hookConfig`. */
function isTakenFromHook(name: ts.Identifier): boolean {
  const taken = takenOut(name);
  return (
    taken !== undefined &&
    /(?:^|\.)(?:web)?hook(?:Config)?$/i.test(unwrap(taken.from).getText()) &&
    /^(?:\w*[uU]rl|target|endpoint)$/.test(taken.name)
  );
}

/** `webhook.url`, or `merchant.webhookUrl` of a record: of settings, the address is the operator's. */
function isStoredMember(node: ts.PropertyAccessExpression): boolean {
  const owner = unwrap(node.expression);
  return (
    stored.test(node.getText()) ||
    (ts.isIdentifier(owner) &&
      /^(?:\w*[uU]rl|target|endpoint)$/.test(node.name.text) &&
      (isTypedAsHook(owner) || isOneOfHooks(owner))) ||
    (owner.kind === ts.SyntaxKind.ThisKeyword && /^_?(?:url|endpoint|target)$/i.test(node.name.text) && isSender(node)) ||
    (ts.isIdentifier(owner) &&
      /^(?:web)?hook_?url$/i.test(node.name.text) &&
      /^(?:merchant|customer|client|tenant|account|user|org(?:ani[sz]ation)?|team|project|workspace|shop|store|partner|vendor|app(?:lication)?|row|record)$/i.test(
        owner.text,
      ))
  );
}

/** `const instance = (await find(name)) as WebhookRow`, `(instance: WebhookRow) => …`. */
function isTypedAsHook(owner: ts.Identifier): boolean {
  const declaration = declarationOf(owner);
  if (!declaration || !(ts.isVariableDeclaration(declaration) || ts.isParameter(declaration))) return false;
  const { initializer, type } = declaration;
  const made = type ?? (initializer && ts.isAsExpression(initializer) ? initializer.type : undefined);
  return (
    made !== undefined && /web_?hook/i.test(made.getText()) && !/config|options|settings|payload|event/i.test(made.getText())
  );
}

/** `for (const each of webhooks)`, `subscribers.map((each) => …)`. */
function isOneOfHooks(owner: ts.Identifier): boolean {
  const declaration = declarationOf(owner);
  if (!declaration) return false;
  const list = ts.isVariableDeclaration(declaration)
    ? declaration.parent.parent
    : ts.isParameter(declaration) && declaration.parent.parameters[0] === declaration
      ? declaration.parent.parent
      : undefined;
  if (list && ts.isForOfStatement(list)) return isListOfHooks(list.expression);
  const callee = list && ts.isCallExpression(list) ? list.expression : undefined;
  return (
    callee !== undefined &&
    ts.isPropertyAccessExpression(callee) &&
    /^(?:map|forEach|flatMap)$/.test(callee.name.text) &&
    isListOfHooks(callee.expression)
  );
}

function isListOfHooks(list: Expression): boolean {
  const name = unwrap(list);
  const named = ts.isPropertyAccessExpression(name) ? name.name : name;
  return ts.isIdentifier(named) && /(?:hooks|subscribers|subscriptions)$/i.test(named.text) && !chat.test(named.text);
}

/** In a class that is named for sending webhooks: `class WebhookSender`. */
function isSender(node: ts.Node): boolean {
  const name = classAround(node)?.name?.text ?? '';
  return /hook/i.test(name) && /send|deliver|dispatch|notif/i.test(name) && !chat.test(name);
}

/**
 * A parameter of a function that is named for delivering webhooks, `deliverWebhook(url, event)`, or what is taken out of the job that one
 * works at: `const { url } = job.data`, also in a class so named.
 */
function isGiven(name: ts.Identifier): boolean {
  let declaration = declarationOf(name);
  while (declaration && ts.isBindingElement(declaration)) declaration = declaration.parent.parent;
  if (declaration && ts.isVariableDeclaration(declaration)) {
    const taken = takenOut(name);
    const data = taken && unwrap(taken.from);
    const job = data && ts.isPropertyAccessExpression(data) && data.name.text === 'data' ? unwrap(data.expression) : undefined;
    const owner = job && ts.isIdentifier(job) ? declarationOf(job) : undefined;
    return owner !== undefined && ts.isParameter(owner) && (isInSender(name) || isSender(name));
  }
  return declaration !== undefined && ts.isParameter(declaration) && isSending(declaration.parent as FunctionNode);
}

/** Within a function that is named for delivering webhooks: `callWebHook`. */
function isInSender(node: ts.Node): boolean {
  const scope = enclosingFunction(node);
  return !ts.isSourceFile(scope) && isSending(scope);
}

function nameOf(node: FunctionNode): ts.Node | undefined {
  return ts.isVariableDeclaration(node.parent) || ts.isPropertyAssignment(node.parent) ? node.parent.name : node.name;
}

function isSending(node: FunctionNode): boolean {
  const named = nameOf(node);
  return named !== undefined && /^(?:send|deliver|dispatch|post|fire|trigger|emit|call|forward)\w*hooks?/i.test(named.getText());
}
