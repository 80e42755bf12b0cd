/** Which calls ask DynamoDB for items or give it some, in whichever way the AWS SDK lets one write them. */
import { type CodeFile, type Expression, ts, unwrap } from '../../server/core/typescript/code.ts';
import { valueOf } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { optionValue } from '../../server/core/typescript/syntax.ts';

export interface DynamoCall {
  readonly call: ts.CallExpression;
  /** `Get`, `Put`, `Update`, `TransactWrite` …: what all the ways to write it have in common. */
  readonly operation: string;
  readonly input: Expression | undefined;
}

const commands = /^@aws-sdk\/(?:lib|client)-dynamodb:(\w+?)(?:Item)?Command\(\)$/;
/** The clients that have a method for each operation, of both versions. */
const methods =
  /^(?:aws-sdk(?:\/clients\/dynamodb)?:(?:default|DynamoDB)?(?:(?:\.|(?<=:))DocumentClient)?\(\)|@aws-sdk\/lib-dynamodb:DynamoDBDocument(?:\.from)?\(\)|@aws-sdk\/client-dynamodb:DynamoDB\(\))\.(\w+?)(?:Item)?$/;
const operations = /^(?:Get|Put|Update|Delete|Query|Scan|BatchGet|BatchWrite|TransactGet|TransactWrite)$/;

const callsByFile = new WeakMap<CodeFile, readonly DynamoCall[]>();

/** Every call of the file on a table of DynamoDB. */
export function dynamoCalls(file: CodeFile): readonly DynamoCall[] {
  const known = callsByFile.get(file);
  if (known) return known;
  const found = file.words.has(/dynamo/i)
    ? file.nodes(ts.SyntaxKind.CallExpression).flatMap((call) => dynamoCall(file, call) ?? [])
    : [];
  callsByFile.set(file, found);
  return found;
}

function dynamoCall(file: CodeFile, call: ts.CallExpression): DynamoCall | undefined {
  const [first] = call.arguments;
  const callee = unwrap(call.expression);
  if (!first || !ts.isPropertyAccessExpression(callee)) return undefined;
  const { text } = callee.name;
  if (text === 'send') {
    const operation = commands.exec(origin(file, first) ?? '')?.[1];
    const command = valueOf(first);
    return operation !== undefined && ts.isNewExpression(command) && operations.test(operation)
      ? { call, operation, input: command.arguments?.[0] }
      : undefined;
  }
  if (!/^(?:get|put|update|delete|query|scan|batch|transact)/.test(text)) return undefined;
  const method = methods.exec(origin(file, callee) ?? '')?.[1];
  const operation = method && `${method.slice(0, 1).toUpperCase()}${method.slice(1)}`;
  return operation !== undefined && operations.test(operation) ? { call, operation, input: first } : undefined;
}

/** Does it change items? */
export function changesItems({ operation }: DynamoCall): boolean {
  return /^(?:Put|Update|Delete|BatchWrite|TransactWrite)$/.test(operation);
}

/** What an operation is given under a name, also inside `marshall(…)`. */
export function memberOf({ input }: DynamoCall, name: string): Expression | undefined {
  const value = optionValue(input, name);
  const made = value && valueOf(value);
  return made && ts.isCallExpression(made) && /^(?:\w+\.)*marshall$/.test(made.expression.getText()) ? made.arguments[0] : value;
}
