import { defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, ts } from '../../server/core/typescript/code.ts';
import { constantText, valueOf } from '../../server/core/typescript/constants.ts';
import { type Answer, answers, membersOf } from './answers.ts';
import page from './error-response-shape.md';

/** What the sentence of an error is called, as projects call it. */
const words = ['error', 'message', 'msg', 'err', 'detail', 'reason', 'errorMessage', 'error_message'];

interface Shape {
  readonly answer: Answer;
  /** The member that holds the sentence. */
  readonly word: string;
  readonly at: ts.ObjectLiteralElementLike;
}

/**
 * Evidence: at least four error answers of a file whose bodies are written out, of which three quarters or more call their sentence by
 * one name, and a few call it by another.
 */
export default defineCodeRule<Shape & { habit: string }>({
  page,
  severity: 'info',
  *check(file) {
    const shapes = answers(file).flatMap((answer) => shapeOf(answer) ?? []);
    const habit = habitOf(shapes);
    if (habit === undefined) return;
    const others = shapes.filter(({ word }) => word === habit).length;
    for (const shape of shapes) {
      if (shape.word === habit) continue;
      yield {
        at: shape.at.name ?? shape.at,
        evidence: shape.answer.call,
        message: `\`${shape.word}\` is called \`${habit}\` in the ${others} other error answers of this file, so a client that shows one finds nothing in the other; call it \`${habit}\`, or answer all with \`application/problem+json\`.`,
        data: { ...shape, habit },
      };
    }
  },
  fix({ data }, file) {
    return data && rename(data, file);
  },
});

/** The one sentence of an error answer; undefined for bodies of several, and for what is no error. */
function shapeOf(answer: Answer): Shape | undefined {
  if (answer.status === undefined || answer.status < 400) return undefined;
  const found = membersOf(answer.body).filter(({ name }) => words.includes(name));
  const [only] = found;
  return only && found.length === 1 && isSentence(only.value) ? { answer, word: only.name, at: only.at } : undefined;
}

/** Text: written out, put together, or the message of an error. */
function isSentence(value: ts.Expression): boolean {
  const made = valueOf(value);
  return constantText(made) !== undefined || ts.isTemplateExpression(made) || /\.message$/.test(made.getText());
}

function habitOf(shapes: readonly Shape[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { word } of shapes) counts.set(word, (counts.get(word) ?? 0) + 1);
  const [word, count] = [...counts].sort(([, a], [, b]) => b - a)[0] ?? ['', 0];
  return counts.size > 1 && shapes.length >= 4 && count / shapes.length >= 0.75 ? word : undefined;
}

/** The member gets the name the others have. */
function rename({ at, habit }: { at: ts.ObjectLiteralElementLike; habit: string }, file: CodeFile) {
  if (!at.name || at.getSourceFile() !== file.ast) return undefined;
  const newText = ts.isShorthandPropertyAssignment(at) ? `${habit}: ${at.name.getText()}` : habit;
  return {
    title: `Call it ${habit}`,
    safety: 'suggestion' as const,
    edits: [{ start: at.name.getStart(), end: at.name.getEnd(), newText }],
  };
}
