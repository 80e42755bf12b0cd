/** Responses of the web platform, which handlers of Next.js and Hono give back: `Response.json(…)`, `new Response(…)`, streams. */
import ts from 'ts6';
import type { Place, Reading } from './handler.ts';
import { writtenAsJson } from './plain.ts';
import { type Env, propertyIn, type Values } from './values.ts';

/** Records what a call answers that makes a response; false where it makes none. */
export function answerOfResponse(call: ts.CallExpression, reading: Reading, place: Place): boolean {
  const text = call.expression.getText();
  const [first, second] = call.arguments;
  if (/^(?:Next)?Response\.json$/.test(text)) {
    const mediaType = contentType(second) ?? 'application/json';
    reading.respond(statusIn(second), { mediaType, shape: reading.shapeOf(first, place) }, place, call);
  } else if (/^(?:Next)?Response\.redirect$/.test(text)) {
    const otherwise = text.startsWith('Next') ? '307' : '302';
    reading.respond(second && !ts.isObjectLiteralExpression(second) ? second : statusIn(second), {}, place, call, otherwise);
  } else if (isStream(call)) {
    reading.respond(statusIn(first), { mediaType: 'text/event-stream', shape: { type: 'string' } }, place, call);
  } else return false;
  return true;
}

/** Records what `new Response(body, { status })` answers, also of a class of the project that extends it. */
export function answerOfNew(node: ts.NewExpression, reading: Reading, place: Place): void {
  if (isResponse(node.expression)) {
    const [body, options] = node.arguments ?? [];
    const mediaType = contentType(options);
    const json = writtenAsJson(body);
    const shape = json ? reading.shapeOf(json, place) : {};
    return reading.respond(statusIn(options), mediaType ? { mediaType, shape } : {}, place, node);
  }
  const made = extended(node, reading, place);
  if (made)
    reading.respond(
      made.status,
      made.json ? { mediaType: 'application/json', shape: reading.shapeOf(made.json, place) } : {},
      place,
      node,
    );
}

function isResponse(node: ts.Expression): boolean {
  return /^(?:Next)?Response$/.test(node.getText());
}

/** The class of the project that extends the platform's response, where one is made. */
export function responseClass({ expression }: ts.NewExpression, values: Values, env: Env): ts.ClassLikeDeclaration | undefined {
  const made = values.of(expression, env);
  const base = made?.kind === 'class' ? made.node.heritageClauses?.[0]?.types[0]?.expression : undefined;
  return made?.kind === 'class' && base && isResponse(base) ? made.node : undefined;
}

/** What a class that extends the platform's response gives it: `constructor(body, init) { super(JSON.stringify(body), init); }`. */
function extended(
  node: ts.NewExpression,
  { project: { values } }: Reading,
  { env }: Place,
): { status?: ts.Expression; json?: ts.Expression } | undefined {
  const made = responseClass(node, values, env);
  if (!made) return undefined;
  const maker = made.members.find(ts.isConstructorDeclaration);
  const given = (one: ts.Expression | undefined): ts.Expression | undefined => {
    const index = one ? (maker?.parameters.findIndex(({ name }) => name.getText() === one.getText()) ?? -1) : -1;
    return index < 0 ? undefined : node.arguments?.[index];
  };
  const above = maker?.body?.statements.flatMap((one) => {
    const call = ts.isExpressionStatement(one) ? one.expression : undefined;
    return call && ts.isCallExpression(call) && call.expression.kind === ts.SyntaxKind.SuperKeyword ? [call] : [];
  })[0];
  const [body, options] = maker ? (above?.arguments ?? []) : (node.arguments ?? []);
  const [json, stated] = [writtenAsJson(body), statusIn(options)];
  return {
    status: stated ? (given(stated) ?? stated) : statusIn(maker ? given(options) : options),
    json: maker ? given(json) : json,
  };
}

/** What Vercel's AI SDK answers with: `result.toUIMessageStreamResponse()`. */
function isStream(call: ts.CallExpression): boolean {
  const isNamed = /(?:^|\.)(?:to|create)\w*StreamResponse$/.test(call.expression.getText());
  return isNamed && /from\s+['"](?:ai|@ai-sdk\/[\w-]+)['"]/.test(call.getSourceFile().text);
}

function statusIn(options: ts.Expression | undefined): ts.Expression | undefined {
  return propertyIn(options, 'status');
}

function contentType(options: ts.Expression | undefined): string | undefined {
  const headers = propertyIn(options, 'headers');
  const type = propertyIn(headers, 'Content-Type') ?? propertyIn(headers, 'content-type');
  return type && ts.isStringLiteralLike(type) ? type.text.split(';')[0] : undefined;
}
