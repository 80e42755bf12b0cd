/** What people call a place of a document: ``GET `/orders` › 429``, where a list of places would be line numbers. */
import type { Path } from '../finding.ts';

/** Maps from names that somebody chose: what stands below one of them is always told. */
const maps = new Set(
  'paths webhooks channels operations messages schemas definitions properties patternProperties responses content headers examples links callbacks parameters requestBodies securitySchemes securityDefinitions servers traits variables mapping $defs'.split(
    ' ',
  ),
);
/** Words of the specification that only lead further. */
const leading = new Set([...maps, 'components', 'schema', 'items', 'payload']);
const methods = /^(?:get|put|post|delete|options|head|patch|trace|query)$/;

/** The name of a place by its path; undefined for the root. */
export function placeName(path: Path): string | undefined {
  const words: string[] = [];
  for (const [index, key] of path.entries()) {
    const isChosen = index > 0 && maps.has(String(path[index - 1])) && !maps.has(String(path[index - 2]));
    if (typeof key === 'number') words.push(`${path[index - 1] ?? ''} ${key + 1}`.trim());
    else if (index === 2 && /^(?:paths|webhooks)$/.test(String(path[0])) && methods.test(key))
      words[0] = `${key.toUpperCase()} \`${words[0]}\``;
    else if (index === 3 && path[2] === 'additionalOperations') words.splice(0, 2, `${key} \`${words[0]}\``);
    else if (isChosen || !leading.has(key)) words.push(key);
  }
  const [first, ...rest] = words;
  if (first === undefined) return path.length === 0 ? undefined : `\`${path.at(-1)}\``;
  return [/`$/.test(first) ? first : `\`${first}\``, ...rest].join(' › ');
}
