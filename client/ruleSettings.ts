/** Where in a settings file ids of rules are keys; apart from the editor, so that tests need none. */

/** The settings whose keys are ids of rules. */
export type RuleSetting = 'rules' | 'ruleOptions';

/** The setting a key at the end of this text would belong to; `text` is a settings file up to the cursor. */
export function ruleSettingAt(text: string): RuleSetting | undefined {
  const begun = /"lintel\.(rules|ruleOptions)"\s*:\s*\{(?![^]*"lintel\.(?:rules|ruleOptions)"\s*:)/.exec(text);
  if (!begun) return undefined;
  const rest = text.slice(begun.index + begun[0].length);
  const key = /(?:^|,)\s*"?[\w-]*$/;
  return nesting(rest) === 0 && key.test(withoutComments(rest)) ? (begun[1] as RuleSetting) : undefined;
}

/** How deep the end of a text is below its beginning; strings count for nothing. */
function nesting(text: string): number {
  const marks =
    withoutComments(text)
      .replace(/"(?:[^"\\\n]|\\.)*"?/g, '')
      .match(/[{}]/g) ?? [];
  return marks.reduce((depth, mark) => depth + (mark === '{' ? 1 : -1), 0);
}

/** A text without its comments; what looks like one in a string stays. */
function withoutComments(text: string): string {
  return text.replace(/("(?:[^"\\\n]|\\.)*")|\/\/.*|\/\*[^]*?\*\//g, (_, string: string | undefined) => string ?? '');
}
