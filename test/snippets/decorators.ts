/** Lets Node import snippets for NestJS: esbuild turns their decorators into what Node runs. Import it before them. */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';

registerHooks({
  load(url, context, next) {
    if (!url.endsWith('-nest.ts')) return next(url, context);
    const { code } = transformSync(readFileSync(fileURLToPath(url), 'utf8'), { loader: 'ts', target: 'node22' });
    return { format: 'module', shortCircuit: true, source: code };
  },
});
