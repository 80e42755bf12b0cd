/** Door 1, for editors: `dist/server.cjs --stdio`. */
import manifest from '../package.json' with { type: 'json' };
import { rules } from '../rulesets/index.ts';
import { createLintel } from './core/create.ts';
import { nodeHost } from './host.ts';
import { createKeywords } from './keywords/keywords.ts';
import { connectionOfArguments, serve } from './lsp/serve.ts';

/** The keywords' thread runs a bundle of its own, beside this one's. */
const program = import.meta.url.endsWith('.ts') ? './keywords/worker.ts' : './keywords.cjs';

serve(connectionOfArguments(), createLintel(nodeHost, rules), {
  version: manifest.version,
  keywords: createKeywords(new URL(program, import.meta.url)),
});
