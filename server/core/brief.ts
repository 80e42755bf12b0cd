/** A rule's page as a hover has room for it. */

const example = /^[^]*?^(`{3,})\w+$[^]*?^\1$(?:\s*^Fixed:.*$\s*^(`{3,})\w+$[^]*?^\2$)?/m;

/**
 * What a rule says, why, its first example and how that is mended, and when not to use it. Pages are tests, too, and some have
 * dozens of examples: those are read on the page, which `url` leads to.
 */
export function briefPage(page: string, url: string | undefined): string {
  if (!/^## Incorrect$/m.test(page)) return page;
  const parts = page.split(/^(?=## (?:Incorrect|Correct|When)\b)/m).flatMap((section) => {
    if (section.startsWith('## Correct')) return [];
    return [section.startsWith('## Incorrect') ? (example.exec(section)?.[0] ?? section) : section];
  });
  if (url !== undefined) parts.push(`[All examples](${url})`);
  return `${parts.map((part) => part.trim()).join('\n\n')}\n`;
}
