import type { Api, Operation, Place } from '../../server/core/model/api.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { groupBy, inMap } from '../../server/core/group.ts';
import { nearest } from '../../server/core/structure/nearest.ts';
import { list } from '../../server/core/structure/say.ts';
import { served } from './http.ts';
import page from './path-params.md';

export default defineApiRule<string | undefined>({
  page,
  theme: 'structure',
  severity: 'error',
  formats: ['openapi'],
  replaces: ['path-params'],
  *check(api) {
    yield* equalPaths(api);
    const byPath = groupBy(served(api), ({ path }) => path);
    for (const item of api.get('paths').entries()) {
      if (item.key.startsWith('x-')) continue;
      yield undefined;
      if (/[{}]/.test(item.key.replace(templates, ''))) {
        yield { at: item, message: `The braces of the path \`${item.key}\` do not match; write each parameter as \`{name}\`.` };
        continue;
      }
      const names = namesOf(item.key);
      const twice = names.find((name, index) => names.indexOf(name) < index);
      if (twice !== undefined) {
        yield { at: item, message: `\`{${twice}}\` is in the path \`${item.key}\` twice; give each part its own name.` };
      }
      const { unused, undeclared } = parametersAgainst(byPath.get(item.key) ?? [], item, names);
      yield* unused;
      yield* undeclared;
    }
  },
  fix: {
    safety: 'suggestion',
    apply({ at, data: meant }, edit) {
      if (meant === undefined) return undefined;
      edit(at).set(at.path, meant);
      return `Rename to \`${meant}\``;
    },
  },
});

const templates = /\{([^{}]+)\}/g;

/** Templates of a path, without a query that does not belong there. */
function namesOf(path: string): string[] {
  return [...path.replace(/[?#].*$/, '').matchAll(templates)].map(([, name]) => (name as string).replace(/[+*]$/, ''));
}

interface Declared {
  readonly name: string;
  /** Where the path item or operation names it. */
  readonly written: Place;
  readonly parameter: Place;
}

function parametersAgainst(ofPath: readonly Operation[], item: Place, names: readonly string[]) {
  const operations = ofPath.filter(({ pathItem }) => pathItem.is(item.deref()));
  const shared = declared(item.deref());
  const unused: { at: Place; target: 'value'; message: string; data: string | undefined }[] = [];
  const missing = new Map<string, Operation[]>();
  const meantFor = new Set<string>();
  const own = operations.map((operation) => ({ operation, ...declared(operation.place) }));
  const open = shared.open || own.some(({ open: each }) => each);
  const check = ({ name, written, parameter }: Declared, seen: readonly string[]) => {
    if (names.includes(name) || item.key.includes(`{${name}}`)) return;
    const free = names.filter((each) => !seen.includes(each));
    // The only template without a parameter and the only parameter without a template are one mistake.
    const strays = seen.filter((each) => !names.includes(each));
    const meant = nearest(name, free) ?? (free.length === 1 && strays.length === 1 && !open ? free[0] : undefined);
    if (meant !== undefined) meantFor.add(meant);
    const inline = written.is(parameter);
    const hint = meant === undefined ? '; add it, or remove the parameter.' : `; did you mean \`${meant}\`?`;
    const message = `The path \`${item.key}\` has no \`{${name}}\`${hint}`;
    unused.push({
      at: inline ? parameter.child('name') : written,
      target: 'value',
      message,
      data: inline ? meant : undefined,
    });
  };
  const sharedNames = shared.all.map(({ name }) => name);
  for (const each of shared.all) check(each, [...sharedNames, ...own.flatMap(({ all }) => all.map(({ name }) => name))]);
  for (const { operation, all } of own) {
    const seen = [...sharedNames, ...all.map(({ name }) => name)];
    for (const each of all) check(each, seen);
    for (const name of names) if (!seen.includes(name)) missing.set(name, [...(missing.get(name) ?? []), operation]);
  }
  const lacking = new Map<Place, string[]>();
  for (const [name, without] of open ? [] : missing) {
    if (meantFor.has(name)) continue;
    // Where every operation lacks it, one parameter of the path item mends all.
    const places = without.length === operations.length ? [item] : without.map(({ place }) => place);
    for (const place of places) inMap(lacking, place, () => []).push(`\`{${name}}\``);
  }
  const undeclared = [...lacking].map(([at, all]) => {
    const add = all.length > 1 ? 'add each' : 'add one';
    return { at, message: `No parameter declares ${list(all, 'and')} of the path \`${item.key}\`; ${add} with \`in: path\`.` };
  });
  return { unused, undeclared };
}

/** The path parameters of a path item or an operation; `open` where not all of them can be seen. */
function declared(owner: Place): { all: Declared[]; open: boolean } {
  const all: Declared[] = [];
  let open = !owner.isObject || (!owner.child('parameters').deref().exists && owner.has('parameters'));
  for (const written of owner.get('parameters').items()) {
    const parameter = written.deref();
    const name = parameter.child('name').string;
    // Of one that is not whole yet nobody knows what it will declare.
    if (name === undefined || !parameter.has('in')) open = true;
    else if (parameter.child('in').string === 'path') all.push({ name, written, parameter });
  }
  return { all, open };
}

/** Paths that differ in the names of their parameters only. */
function* equalPaths(api: Api) {
  const seen = new Map<string, Place>();
  for (const item of api.get('paths').entries()) {
    if (!item.key.startsWith('/')) continue;
    const plain = item.key.replace(templates, '{}');
    const first = seen.get(plain);
    if (first) {
      const message = `\`${item.key}\` is the same path as \`${first.key}\`; put its operations there.`;
      yield { at: item, message, related: [{ at: first, message: 'The same path.' }] };
    } else {
      seen.set(plain, item);
    }
  }
}
