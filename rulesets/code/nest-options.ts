import { type Expression, ts, unwrap } from '../../server/core/typescript/code.ts';
import { resultsOf } from '../../server/core/typescript/plain.ts';
import { optionValue } from '../../server/core/typescript/syntax.ts';

/** Of `{ useFactory: (config) => ({ … }) }`, as Nest's modules take it, what the function gives. */
export function madeBy(options: Expression | undefined): Expression | undefined {
  const factory = options && optionValue(options, 'useFactory');
  if (!factory || !(ts.isArrowFunction(factory) || ts.isFunctionExpression(factory))) return options;
  const [result, ...others] = resultsOf(factory.body);
  return result && others.length === 0 ? unwrap(result) : options;
}
