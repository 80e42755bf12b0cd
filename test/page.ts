/** Reads the examples of a rule's page: blocks under Incorrect, Fixed and Correct, with carets and messages. */
/**
 * What stands beside an example: every rule is on, whatever the preset, and rules of others have nothing to say there. The package
 * has Next.js and Express 4, since one rule speaks of no other version.
 */
export const besideExamples: Readonly<Record<string, string>> = {
  'file:///project/.spectral.yaml': 'extends: lintel:strict',
  'file:///project/package.json': '{ "dependencies": { "express": "^4.21.0", "next": "^15.0.0", "plaid": "^30.0.0" } }',
};

export interface Example {
  readonly language: string;
  readonly text: string;
  readonly line: number;
  readonly expected: readonly { start: number; end: number; message: string }[];
  readonly fixed?: string;
}

export interface Page {
  readonly heading: string;
  readonly summary: string;
  readonly incorrect: readonly Example[];
  readonly correct: readonly Example[];
}

export function readPage(page: string): Page {
  const lines = page.split('\n');
  const incorrect: Example[] = [];
  const correct: Example[] = [];
  let section = '';
  let wantsFixed = false;
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as string;
    if (line.startsWith('## ')) section = line.slice(3).trim();
    if (/^Fixed:/.test(line)) wantsFixed = true;
    const fence = /^(`{3,})(ya?ml|json|ts|js|tsx|sql)\s*$/.exec(line);
    if (!fence) continue;
    const end = lines.findIndex((other, index) => index > i && other.startsWith(fence[1] as string));
    const block = `${lines.slice(i + 1, end).join('\n')}\n`;
    const example = { language: fence[2] as string, line: i + 2, ...readCarets(block) };
    if (section === 'Incorrect' && wantsFixed) incorrect.push({ ...(incorrect.pop() as Example), fixed: block });
    else if (section === 'Incorrect') incorrect.push(example);
    else if (section === 'Correct') correct.push(example);
    wantsFixed = false;
    i = end;
  }
  return { heading: (lines[0] ?? '').replace(/^# /, ''), summary: lines[2] ?? '', incorrect, correct };
}

/**
 * Takes caret comments (`#   ^^^ message`) out of a block; they speak of the line above them. Where the token begins the
 * line there is no room left of it: in `#^^^^ message` the mark itself counts as the first caret.
 */
function readCarets(block: string): Pick<Example, 'text' | 'expected'> {
  const kept: string[] = [];
  const expected: { start: number; end: number; message: string }[] = [];
  for (const line of block.split('\n')) {
    const caret = /^\s*(?:#|\/\/|--)\s*(\^+) (.+)$/.exec(line);
    if (!caret) {
      kept.push(line);
      continue;
    }
    const above = kept.slice(0, -1).reduce((sum, each) => sum + each.length + 1, 0);
    const own = /^#\^/.test(line) ? 1 : 0;
    const start = above + line.indexOf('^') - own;
    expected.push({ start, end: start + (caret[1] as string).length + own, message: caret[2] as string });
  }
  return { text: kept.join('\n'), expected };
}
