import { type CodeProblem, defineCodeRule } from '../../server/core/rule.ts';
import {
  ancestorsInFunction,
  type CodeFile,
  descendants,
  enclosingFunction,
  type Expression,
  type FunctionNode,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { constantText, valueOf } from '../../server/core/typescript/constants.ts';
import { isNothing } from '../../server/core/typescript/plain.ts';
import { inOneLine, optionValue } from '../../server/core/typescript/syntax.ts';
import { type Answer, answers, caughtAround, membersOf, nameOfAnswer } from './answers.ts';
import { handlerAround, handlers } from './handlers.ts';
import { stepsTo } from './mounts.ts';
import page from './error-response-status.md';
import { verificationIn } from './webhook-verification.ts';

/**
 * Evidence: a body that calls itself an error (`error: '…'`, `success: false`) or is the caught error or its message, sent with 200 or
 * with no status set at all, also where the `catch` of a handler returns it to a framework that answers with what it is given; or a
 * `statusCode` of an error in what a handler of Nest returns, where no interceptor is in sight.
 */
export default defineCodeRule({
  page,
  severity: 'warn',
  *check(file) {
    for (const answer of answers(file)) {
      // 207 says that some of it failed.
      if (answer.status === undefined || answer.status >= 300 || answer.status === 207) continue;
      const word = errorWord(file, answer);
      if (!word || isHook(file, answer)) continue;
      yield {
        at: nameOfAnswer(answer),
        evidence: enclosingFunction(answer.call),
        message: messageOf(nameOf(answer), word, answer.status),
      };
    }
    yield* statusInBody(file);
    for (const { framework, node, file: home } of handlers(file)) {
      if (home !== file || !sendsWhatIsReturned.test(framework) || setsStatus.test(node.getText())) continue;
      for (const { answer, returned } of returnedErrors(node)) {
        const word = errorWord(file, answer);
        if (!word || isHook(file, answer)) continue;
        yield { at: returned.getFirstToken() ?? returned, evidence: node, message: messageOf('return', word, 200) };
      }
    }
  },
});

/** `return { statusCode: 401, message: '…' };` in Nest, which sends it as a body like any other. */
function* statusInBody(file: CodeFile): Iterable<CodeProblem<undefined>> {
  if (!file.words.has(/^statusCode$/m) || /Interceptor/.test(file.text)) return;
  for (const { framework, node, file: home } of handlers(file)) {
    // Of a webhook that is refused so `webhook-reject-invalid` speaks.
    if (home !== file || framework !== 'NestJS' || verificationIn(file, node)) continue;
    for (const returned of node.body ? descendants(node.body, (inner) => !ts.isFunctionLike(inner)) : []) {
      const body = ts.isReturnStatement(returned) && returned.expression ? valueOf(returned.expression) : undefined;
      const status = body && ts.isObjectLiteralExpression(body) ? optionValue(body, 'statusCode') : undefined;
      const number = status && statusOf(status);
      // What a redirect leads to, and an interceptor may make a status of it.
      if (!body || !number || number < 400 || optionValue(body, 'url') || stepsTo(file).some((step) => takesOver(step.file)))
        continue;
      yield {
        at: status.parent,
        evidence: node,
        message: `Nest sends \`${status.parent.getText()}\` as a part of the body, with status ${/@Post\b/.test(node.getText()) ? 201 : 200}, so clients, caches, retries and monitors take it for a success; throw an \`HttpException\` with that status.`,
      };
    }
  }
}

/** `401`, `HttpStatus.UNAUTHORIZED`. */
function statusOf(status: Expression): number | undefined {
  const text = constantText(status);
  if (text !== undefined) return Number(text);
  const named = /^HttpStatus\.(\w+)$/.exec(status.getText())?.[1];
  return named &&
    !/^(?:OK|CREATED|ACCEPTED|NO_CONTENT|\w*CONTENT|CONTINUE|PROCESSING|FOUND|SEE_OTHER|MOVED\w*|\w*REDIRECT)$/.test(named)
    ? 400
    : undefined;
}

function takesOver({ text }: CodeFile): boolean {
  return /\b(?:useGlobalInterceptors|APP_INTERCEPTOR)\b/.test(text);
}

function messageOf(name: string, word: string, status: number): string {
  return `\`${name}\` sends an error (\`${word}\`) with status ${status}, so clients, caches, retries and monitors take it for a success; set 4xx for the caller's mistakes and 5xx for your own.`;
}

/** Frameworks whose handlers answer with what they return, and with a success unless they are told another status. */
const sendsWhatIsReturned = /^(?:Fastify|NestJS)$/;
const setsStatus = /\.(?:code|status)\(|statusCode|\bHttp(?:Code|Status)\b/;

/** `catch { return { error: 'no such order' }; }` of a handler itself. */
function* returnedErrors(node: FunctionNode): Iterable<{ answer: Returned; returned: ts.ReturnStatement }> {
  for (const returned of node.body ? descendants(node.body, (inner) => !ts.isFunctionLike(inner)) : []) {
    if (!ts.isReturnStatement(returned) || !returned.expression || !isCaught(returned)) continue;
    const body = unwrap(returned.expression);
    if (ts.isObjectLiteralExpression(body)) yield { answer: { call: body, body }, returned };
  }
}

function isCaught(node: ts.Node): boolean {
  return [...ancestorsInFunction(node)].some(ts.isCatchClause);
}

/** What is sent, and where. */
type Returned = { readonly call: ts.Node; readonly body: Expression };

function nameOf(answer: Answer): string {
  return `${ts.isNewExpression(answer.call) ? 'new ' : ''}${inOneLine(nameOfAnswer(answer))}`;
}

/** The member that says that this is an error, or the caught error itself. */
function errorWord(file: CodeFile, { call, body }: Returned): string | undefined {
  const caught = caughtAround(call);
  const sent = unwrap(body);
  if (caught && sent.getText() === caught.name && isReply(file, call)) return undefined;
  const whole = ts.isPropertyAccessExpression(sent) && sent.name.text === 'message' ? sent.expression : sent;
  if (caught && valueOf(whole).getText() === caught.name) return sent.getText();
  const members = membersOf(body);
  if (members.some((member) => member.name === 'jsonrpc' || isData(member))) return undefined;
  // The answer to a question (`isReachable: false`), with the reason beside it.
  if (
    members.some(({ name }) =>
      /^(?:is|has|can|should)[A-Z]|^(?:valid|available|reachable|exists|connected|configured|linked|healthy|supported|loggedIn|authenticated|eligible|allowed)$/.test(
        name,
      ),
    )
  )
    return undefined;
  const failed = members.find(({ name, value }) => /^(?:success|ok)$/.test(name) && value.kind === ts.SyntaxKind.FalseKeyword);
  if (failed) return failed.at.getText();
  // `success: true` beside it, or a body of many things, is no error's.
  if (members.some(({ name }) => /^(?:success|ok)$/.test(name))) return undefined;
  if (carriesAnother(body)) return undefined;
  const error = members.find(({ name, value }) => {
    if (!/^(?:error|err|errorMessage)$/.test(name)) return false;
    const made = valueOf(value);
    const text = constantText(made);
    if (text !== undefined) return text !== '';
    return ts.isTemplateExpression(made) || (caught !== undefined && new RegExp(`\\b${caught.name}\\b`).test(made.getText()));
  });
  return error?.name ?? failureTold(members, caught !== undefined);
}

/** `{ ...cached[city], errorMessage }`: what was kept of an earlier answer, and a word of what has failed beside it. */
function carriesAnother(body: Expression): boolean {
  const literal = valueOf(body);
  return (
    ts.isObjectLiteralExpression(literal) &&
    literal.properties.some((each) => ts.isSpreadAssignment(each) && ts.isElementAccessExpression(unwrap(each.expression)))
  );
}

/** Something that was asked for stands in the body: a sentence (`data: 'Wrong password'`) and `null` are no such thing. */
function isData({ name, value }: ReturnType<typeof membersOf>[number]): boolean {
  if (!/^(?:data|result|results|output|outputs|items|warnings?)$/.test(name)) return false;
  return constantText(value) === undefined && !isNothing(value);
}

/** Fastify takes the status of an error that it is given, or 500. */
function isReply(file: CodeFile, call: ts.Node): boolean {
  const name = ts.isCallExpression(call) ? call.expression.getText() : '';
  return (file.modules.has('fastify') || /^reply\b/.test(name)) && /\.send$/.test(name);
}

const failure = /\b(?:error|fail(?:ed|ure)?|unavailable|invalid|wrong|unable|not|cannot|can't|couldn't)\b/i;

/** `catch { res.json({ message: 'data unavailable' }) }`: nothing but a sentence that says so. */
function failureTold(members: ReturnType<typeof membersOf>, isCaught: boolean): string | undefined {
  const [only] = members;
  if (!isCaught || !only || members.length > 1 || !/^(?:message|msg)$/.test(only.name)) return undefined;
  const sentence = constantText(valueOf(only.value)) ?? '';
  // `If this address is not known, …` tells the same whatever happened.
  return failure.test(sentence) && !/^if\b/i.test(sentence) ? only.at.getText() : undefined;
}

/** Webhooks are answered with 200 so that they are not sent again. */
function isHook(file: CodeFile, { call }: Returned): boolean {
  const place = (depth: number) => `${handlerAround(file, call)?.path ?? ''} ${file.uri.split('/').slice(-depth).join('/')}`;
  return (
    /hook|callback|slack/i.test(place(4)) ||
    // That somebody asks how the program does, only its own name says; a project may be called so.
    /\bprobes?\b|health|diag(?:\b|nos)/i.test(place(1)) ||
    verificationIn(file, enclosingFunction(call)) !== undefined
  );
}
