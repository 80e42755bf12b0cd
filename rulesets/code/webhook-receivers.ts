/** Functions of a file that receive webhooks, wherever their routes are registered. */
import { type CodeFile, enclosingFunction, type FunctionNode, ts } from '../../server/core/typescript/code.ts';
import { isResponse } from './answers.ts';
import { handlersOfAll } from './serverless.ts';
import { isVerification, verifiesBySdk } from './webhook-verification.ts';

export interface Receiver {
  readonly node: FunctionNode;
}

const known = new WeakMap<CodeFile, readonly Receiver[]>();

/**
 * Handlers that are written in this file, functions a platform calls, functions with a request and a response, or with its headers and
 * its body, which a router in another file is given, and functions that call a provider's verifier themselves.
 */
export function receivers(file: CodeFile): readonly Receiver[] {
  let found = known.get(file);
  if (!found) known.set(file, (found = receiversIn(file)));
  return found;
}

function receiversIn(file: CodeFile): Receiver[] {
  const found = new Set<FunctionNode>();
  const asked = new Set<FunctionNode>();
  for (const { file: owner, method, node } of handlersOfAll(file)) {
    if (owner !== file) continue;
    // Events are posted: what a person's browser comes back to with a signed `state` is no webhook.
    if (method === 'GET') asked.add(node);
    else found.add(node);
  }
  const { ArrowFunction, FunctionDeclaration, FunctionExpression, MethodDeclaration } = ts.SyntaxKind;
  for (const node of file.nodes(ArrowFunction, FunctionDeclaration, FunctionExpression, MethodDeclaration)) {
    if (!asked.has(node) && (isOfController(file, node) || takesParts(node))) found.add(node);
  }
  for (const call of verifiesBySdk(file) ? file.calls : []) {
    const around = isVerification(file, call) ? enclosingFunction(call) : undefined;
    if (around && !ts.isSourceFile(around)) found.add(around);
  }
  return [...found].map((node) => ({ node }));
}

/** `(headers, body, rawBody) => …`: a route that an integration hands the parts of a request. */
function takesParts({ parameters, body }: FunctionNode): boolean {
  const names = parameters.map(({ name }) => name.getText());
  return body !== undefined && names.includes('headers') && names.some((name) => /^(?:body|payload)$/.test(name));
}

/** `(req, res) => …`, or the two anywhere among the parameters of a method that a controller hands them to. */
function isOfController(file: CodeFile, { parameters, body }: FunctionNode): boolean {
  const [request] = parameters;
  const response = parameters.find(({ name }) => ts.isIdentifier(name) && /^_?res(?:ponse)?$/.test(name.text));
  return (
    body !== undefined &&
    request !== undefined &&
    response !== undefined &&
    request !== response &&
    /^_?req(?:uest)?$/.test(request.name.getText()) &&
    ts.isIdentifier(response.name) &&
    isResponse(file, response.name)
  );
}
