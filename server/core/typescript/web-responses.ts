/** Responses of the web platform, which handlers of Next.js and Hono give back: `Response.json(…)`, `new Response(…)`, streams. */
import ts from 'ts6';
import type { Place, Reading } from './handler.ts';
import { writtenAsJson } from './plain.ts';
import { propertyIn } from './values.ts';

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

/** Records what `new Response(body, { status })` answers. */
export function answerOfNew(node: ts.NewExpression, reading: Reading, place: Place): void {
  if (!/^(?:Next)?Response$/.test(node.expression.getText())) return;
  const [body, options] = node.arguments ?? [];
  const mediaType = contentType(options);
  const json = writtenAsJson(body);
  const shape = json ? reading.shapeOf(json, place) : {};
  reading.respond(statusIn(options), mediaType ? { mediaType, shape } : {}, place, node);
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
