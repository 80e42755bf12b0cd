/** The host a person means, who may have typed or pasted a whole URL; undefined where it is none. */
export function hostOf(typed: string): string | undefined {
  const text = typed.trim();
  const [, scheme = 'https://', rest = ''] = /^(https?:\/\/)?(.*)$/is.exec(text) ?? [];
  if (/[\s*@]|:\/\//.test(rest) || !URL.canParse(scheme + rest)) return undefined;
  return new URL(scheme + rest).host;
}
