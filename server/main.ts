/** Door 1, for editors: `dist/server.cjs --stdio`. */
import manifest from '../package.json' with { type: 'json' };
import { rules } from '../rulesets/index.ts';
import { createLintel } from './core/create.ts';
import { nodeHost } from './host.ts';
import { connectionOfArguments, serve } from './lsp/serve.ts';

serve(connectionOfArguments(), createLintel(nodeHost, rules), { version: manifest.version });
