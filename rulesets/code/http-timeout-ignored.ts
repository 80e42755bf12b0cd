import { defineCodeRule } from '../../server/core/rule.ts';
import { ts } from '../../server/core/typescript/code.ts';
import { valueOf } from '../../server/core/typescript/constants.ts';
import { inSameFunction, majorOf, optionState } from '../../server/core/typescript/syntax.ts';
import { httpCalls } from './http-clients.ts';
import page from './http-timeout-ignored.md';

/** Evidence: the global `fetch` (or undici's, or that of node-fetch 3) with a `timeout` in options that can be seen. */
export default defineCodeRule<{ property: ts.PropertyAssignment; hasSignal: boolean; inline: boolean }>({
  page,
  severity: 'warn',
  roles: ['server', 'browser', 'script'],
  *check(file) {
    for (const { client, call } of httpCalls(file)) {
      // node-fetch has left its `timeout` out since version 3.
      const isStandard = client.name === 'fetch' || (client.name === 'node-fetch' && majorOf(file, 'node-fetch') === 3);
      if (!isStandard || !call.arguments[1]) continue;
      const options = valueOf(call.arguments[1]);
      if (!ts.isObjectLiteralExpression(options)) continue;
      const property = options.properties.find((each) => each.name?.getText() === 'timeout');
      if (!property || !property.name) continue;
      const hasSignal = optionState(options, ['signal']) !== 'absent';
      yield {
        at: property.name,
        evidence: call,
        message: `\`${call.expression.getText()}\` knows no \`timeout\` and ignores it, so the call has no deadline; pass \`signal: AbortSignal.timeout(…)\`.`,
        data: ts.isPropertyAssignment(property)
          ? { property, hasSignal, inline: options === call.arguments[1] || inSameFunction(call, options) }
          : undefined,
      };
    }
  },
  fix({ data }) {
    if (!data || data.hasSignal || !data.inline) return undefined;
    const { property } = data;
    return {
      title: 'Pass the timeout as a signal',
      safety: 'suggestion',
      edits: [
        {
          start: property.getStart(),
          end: property.getEnd(),
          newText: `signal: AbortSignal.timeout(${property.initializer.getText()})`,
        },
      ],
    };
  },
});
