import { defineCodeRule } from '../../server/core/rule.ts';
import { enclosingFunction, ts } from '../../server/core/typescript/code.ts';
import { constantText, propertiesOf, valueOf } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import page from './mq-event-named-as-fact.md';

const emitters = /^@nestjs\/microservices:Client(?:Proxy|Kafka|KafkaProxy|RMQ|Redis|Nats)\(\)\.emit$/;

/** Evidence: `emit` of Nest's microservice clients with a constant pattern that has an order in it and no past participle. */
export default defineCodeRule({
  page,
  severity: 'hint',
  *check(file) {
    if (!file.text.includes('.emit(')) return;
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      const [pattern] = call.arguments;
      if (!pattern || !ts.isPropertyAccessExpression(call.expression) || call.expression.name.text !== 'emit') continue;
      const name = patternName(pattern);
      if (name === undefined || !isOrder(name) || !emitters.test(origin(file, call.expression) ?? '')) continue;
      yield {
        at: pattern,
        evidence: enclosingFunction(call),
        message: `\`${name}\` is an order, and \`${call.expression.getText()}\` has no one it is meant for and hears no answer: it fails where nobody sees it; name the event for what has happened (\`order.placed\`), or give the order to the service that carries it out with \`send\`.`,
      };
    }
  },
});

/** The text of a pattern: `'user.created'`, or the one value of `{ cmd: 'create' }`. */
function patternName(pattern: ts.Expression): string | undefined {
  const text = constantText(pattern);
  if (text !== undefined) return text;
  const [only, ...others] = propertiesOf(valueOf(pattern))?.values() ?? [];
  return only && others.length === 0 && ts.isPropertyAssignment(only) ? constantText(only.initializer) : undefined;
}

const orders =
  /^(?:create|delete|remove|add|send|cancel|process|approve|reject|generate|validate|verify|assign|register|charge|reserve|confirm|notify|publish|upload|save|update)$/;

/** What has been done, or what is to be done by one service, which has its own name for it. */
const facts = /^\w+ed$|^(?:sent|paid|built|made|done|lost|found|begun|set|read|put|got|gone|command|cmd|request|task|job)$/;

function isOrder(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  return words.some((word) => orders.test(word)) && !words.some((word) => facts.test(word));
}
