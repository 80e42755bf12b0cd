/** A generated OpenAPI document into one that people keep. */
import type { Path } from '../../finding.ts';
import { httpMethods, isRecord } from '../../model/api.ts';
import { unused } from '../names.ts';
import { Components, type Found, type Json, type Merged, mergeSchema, refuse, Target } from './target.ts';

/** Adds the operations, parameters, bodies, answers and properties that the document lacks. */
export function mergeOpenApi(target: Target, generated: Json): Merged {
  const version = target.document.format?.version ?? '';
  if (version.startsWith('2')) return refuse('The document is Swagger 2.0. Convert it to OpenAPI 3 first.');
  if (version.startsWith('3.0') && isRecord(generated.webhooks))
    return refuse('OpenAPI 3.0 has no webhooks. Set `openapi` to 3.1.1 first.');
  return new Merge(target, generated, version).run();
}

type Operation = readonly [path: string, method: string, value: Json];

class Merge {
  readonly #target: Target;
  readonly #generated: Json;
  readonly #components: Components;
  readonly #ids: Set<string>;

  constructor(target: Target, generated: Json, version: string) {
    this.#target = target;
    this.#generated = generated;
    this.#components = new Components(target, generated, version.startsWith('3.0') ? toOpenApi30 : undefined);
    this.#ids = new Set(
      operationsOf(target.data, target).flatMap(([, , { operationId }]) => (typeof operationId === 'string' ? operationId : [])),
    );
  }

  run(): Merged {
    const code = operationsOf(this.#generated);
    const own = operationsOf(this.#target.data, this.#target);
    const names = new Map<string, string>();
    for (const path of Object.keys(isRecord(this.#target.data.paths) ? this.#target.data.paths : {}))
      if (!names.has(shapeOf(path))) names.set(shapeOf(path), path);
    const strip = this.#prefix(code, names);
    const seen = new Set<string>();
    for (const [whole, method, operation] of code) {
      const path = strip(whole);
      const known = names.get(shapeOf(path));
      seen.add(`${method} ${shapeOf(path)}`);
      const place = ['paths', known ?? path];
      const item = this.#target.at(place);
      const isThere = isRecord(item.value) && isRecord(item.value[method]);
      if (isThere)
        this.#mergeOperation(
          [...(item.path ?? place), method],
          renamed(operation, path, known ?? path),
          `${method.toUpperCase()} ${known ?? path}`,
        );
      else if (known && !item.path) continue;
      else {
        if (!known) this.#addShared(whole, path);
        this.#add([...(item.path ?? place), method], operation, path, known ?? path);
      }
    }
    const webhooks = isRecord(this.#generated.webhooks) ? this.#generated.webhooks : {};
    for (const [name, item] of Object.entries(webhooks)) {
      if (this.#target.at(['webhooks', name]).value !== undefined) continue;
      this.#target.add(['webhooks', name], () => this.#components.adopt(item), `Webhook \`${name}\`.`);
      for (const [, , { tags }] of operationsOf({ paths: { [name]: item } }))
        for (const tag of Array.isArray(tags) ? tags : []) this.#tag(String(tag));
    }
    for (const [path, method] of own) {
      if (!seen.has(`${method} ${shapeOf(path)}`))
        this.#target.surplus(
          ['paths', path, method],
          `\`${method.toUpperCase()} ${path}\` is described, and the code does not show it.`,
        );
    }
    return this.#target.result();
  }

  /** What the code's paths begin with and the document's do not, because its servers say it or a gateway adds it. */
  #prefix(code: readonly Operation[], names: ReadonlyMap<string, string>): (path: string) => string {
    const servers = Array.isArray(this.#target.data.servers) ? this.#target.data.servers.filter(isRecord) : [];
    const inServers = servers.map(({ url }) =>
      String(url ?? '')
        .replace(/^(?:(?:[a-z][\w+.-]*:)?\/\/[^/]*|\{[^}]+\})/i, '')
        .replace(/\/$/, ''),
    );
    const heads = code.flatMap(([path]) =>
      [...path.matchAll(/\/[^/{]+(?=\/)/g)].map((match) => path.slice(0, match.index + match[0].length)),
    );
    const hits = (prefix: string) =>
      code.filter(([path]) => path.startsWith(`${prefix}/`) && names.has(shapeOf(path.slice(prefix.length)))).length;
    const candidates = [...new Set(['', ...inServers, ...heads])].map((prefix) => ({ prefix, count: hits(prefix) }));
    const best = candidates.sort((a, b) => b.count - a.count)[0]?.prefix ?? '';
    return (path) => (best !== '' && path.startsWith(`${best}/`) ? path.slice(best.length) : path);
  }

  /** What a new path says for all its operations. */
  #addShared(whole: string, path: string): void {
    const item = isRecord(this.#generated.paths) ? this.#generated.paths[whole] : undefined;
    const { parameters } = isRecord(item) ? item : {};
    if (Array.isArray(parameters)) this.#target.add(['paths', path, 'parameters'], () => this.#components.adopt(parameters));
  }

  #add(place: Path, operation: Json, path: string, known: string): void {
    const { security, tags, operationId, parameters, ...rest } = renamed(operation, path, known);
    // What the path says for all its operations is not said again.
    const shared = new Set(this.#parametersAt([...place.slice(0, -1), 'parameters']).map(({ value }) => keyOf(value)));
    const own = Array.isArray(parameters) ? parameters.filter((parameter) => !shared.has(keyOf(parameter))) : [];
    const id = typeof operationId === 'string' ? unused(operationId, this.#ids) : undefined;
    const value = {
      ...(id && { operationId: id }),
      ...(tags !== undefined && { tags }),
      ...(this.#components.adopt({ ...(own.length > 0 && { parameters: own }), ...rest }) as Json),
      ...(Array.isArray(security) && { security: security.filter(isRecord).map((one) => this.#requirement(one)) }),
    };
    this.#target.add(place, () => value, `\`${String(place.at(-1)).toUpperCase()} ${known}\`.`);
    for (const tag of Array.isArray(tags) ? tags : []) this.#tag(String(tag));
  }

  #requirement(requirement: Json): Json {
    return Object.fromEntries(Object.entries(requirement).map(([name, scopes]) => [this.#components.scheme(name), scopes]));
  }

  #tag(name: string): void {
    const { tags } = this.#target.data;
    if (!Array.isArray(tags) || tags.some((tag) => isRecord(tag) && tag.name === name)) return;
    const own = Array.isArray(this.#generated.tags)
      ? this.#generated.tags.find((tag) => isRecord(tag) && tag.name === name)
      : undefined;
    this.#target.append(['tags'], own ?? { name });
  }

  #mergeOperation(place: Path, code: Json, label: string): void {
    this.#mergeParameters(place, code, label);
    const target = this.#target;
    if (isRecord(code.requestBody)) {
      const body = target.at([...place, 'requestBody']);
      if (body.value !== undefined) this.#mergeContent(body, code.requestBody, `the body of \`${label}\``);
      else if (!isReference(target.at(place), 'requestBody'))
        target.add([...place, 'requestBody'], () => this.#components.adopt(code.requestBody), `The body of \`${label}\`.`);
    }
    const responses = target.at([...place, 'responses']).value;
    for (const [status, answer] of Object.entries(isRecord(code.responses) ? code.responses : {})) {
      const where = `${status} of \`${label}\``;
      const known = isRecord(responses) ? responses[status] : undefined;
      if (known !== undefined)
        this.#mergeContent(target.at([...place, 'responses', status]), this.#components.resolve(answer), where);
      else if (!isCovered(status, responses))
        target.add([...place, 'responses', status], () => this.#components.adopt(answer), `${where}.`);
    }
  }

  #mergeParameters(place: Path, code: Json, label: string): void {
    const target = this.#target;
    const given = [...this.#parametersAt([...place, 'parameters']), ...this.#parametersAt([...place.slice(0, -1), 'parameters'])];
    const keys = new Set(given.map(({ value }) => keyOf(value)));
    for (const parameter of Array.isArray(code.parameters) ? code.parameters : []) {
      if (!isRecord(parameter) || keys.has(keyOf(parameter))) continue;
      // A parameter in another file may be this one.
      if (given.some(({ value }) => value === undefined)) continue;
      target.append(
        [...place, 'parameters'],
        this.#components.adopt(parameter),
        `Parameter \`${parameter.name}\` of \`${label}\`.`,
      );
    }
    const shown = new Set((Array.isArray(code.parameters) ? code.parameters : []).map(keyOf));
    const own = target.at([...place, 'parameters']).value;
    for (const [index, parameter] of (Array.isArray(own) ? own : []).entries()) {
      const { value } = target.follow({ value: parameter });
      if (isRecord(value) && value.in === 'query' && !shown.has(keyOf(value)))
        target.surplus(
          [...place, 'parameters', index, ...(value === parameter ? ['name'] : [])],
          `Parameter \`${value.name}\` of \`${label}\` is described, and the code does not read it.`,
          'value',
        );
    }
  }

  #parametersAt(path: Path): Found[] {
    const list = this.#target.at(path);
    return (Array.isArray(list.value) ? list.value : []).map((value) => this.#target.follow({ value }));
  }

  /** Content of a body or an answer: a media type that is missing, properties that are. */
  #mergeContent(own: Found, code: unknown, where: string): void {
    const content = isRecord(code) ? code.content : undefined;
    if (!own.path || !isRecord(own.value) || !isRecord(content)) return;
    const known = own.value.content;
    if (!isRecord(known)) {
      this.#target.add([...own.path, 'content'], () => this.#components.adopt(content), `The content of ${where}.`);
      return;
    }
    for (const [type, media] of Object.entries(content)) {
      // A media type is chosen by people; another one of the document may be what the code means.
      const match = known[type] !== undefined ? type : Object.keys(known).find((key) => /json/.test(key) === /json/.test(type));
      const schema = match === undefined ? undefined : known[match];
      if (match === undefined || !isRecord(schema) || !isRecord(media)) continue;
      mergeSchema(
        this.#target,
        this.#components,
        { value: schema.schema, path: [...own.path, 'content', match, 'schema'] },
        media.schema,
        where,
      );
    }
  }
}

function operationsOf(data: Json, target?: Target): Operation[] {
  const paths = isRecord(data.paths) ? data.paths : {};
  return Object.entries(paths).flatMap(([path, written]) => {
    const item = target ? target.follow({ value: written }).value : written;
    if (!isRecord(item)) return [];
    return httpMethods.flatMap((method): Operation[] => {
      const operation = item[method];
      return isRecord(operation) ? [[path, method, operation]] : [];
    });
  });
}

/** A path whatever its parameters are called. */
function shapeOf(path: string): string {
  return path.replaceAll(/\{[^}]+\}/g, '{}').replace(/(?<=.)\/$/, '');
}

/** An operation whose path parameters have the names that the document gives them. */
function renamed(operation: Json, from: string, to: string): Json {
  const [before, after] = [from, to].map((path) => [...path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] as string));
  if (!Array.isArray(operation.parameters)) return operation;
  const parameters = operation.parameters.map((parameter) => {
    const index = isRecord(parameter) && parameter.in === 'path' ? (before?.indexOf(String(parameter.name)) ?? -1) : -1;
    return index < 0 ? parameter : { ...(parameter as Json), name: after?.[index] ?? (parameter as Json).name };
  });
  return { ...operation, parameters };
}

function keyOf(parameter: unknown): string {
  if (!isRecord(parameter)) return '';
  const name = String(parameter.name);
  return `${parameter.in} ${parameter.in === 'header' ? name.toLowerCase() : name}`;
}

function isReference(found: Found, key: string): boolean {
  return isRecord(found.value) && found.value[key] !== undefined;
}

/** Is a status said by a range or by `default`? What the code leaves open is said by any status. */
function isCovered(status: string, responses: unknown): boolean {
  if (!isRecord(responses)) return false;
  if (status === 'default') return Object.keys(responses).length > 0;
  const isError = /^[45]/.test(status);
  return responses[`${status[0]}XX`] !== undefined || (isError && responses.default !== undefined);
}

/** A schema of 3.1 in the words of 3.0: `type: [string, null]` is `nullable`. */
function toOpenApi30(schema: unknown): unknown {
  if (!isRecord(schema)) return schema;
  const { type, anyOf, exclusiveMinimum, exclusiveMaximum, const: only, ...others } = schema;
  // A property may be called `const`, too.
  const rest = only === undefined ? others : isRecord(only) ? { ...others, const: only } : { ...others, enum: [only] };
  const bounds = {
    ...(typeof exclusiveMinimum === 'number'
      ? { minimum: exclusiveMinimum, exclusiveMinimum: true }
      : exclusiveMinimum !== undefined && { exclusiveMinimum }),
    ...(typeof exclusiveMaximum === 'number'
      ? { maximum: exclusiveMaximum, exclusiveMaximum: true }
      : exclusiveMaximum !== undefined && { exclusiveMaximum }),
  };
  if (Array.isArray(type)) {
    const types = type.filter((one) => one !== 'null');
    return { type: types[0], ...rest, ...bounds, ...(types.length < type.length && { nullable: true }) };
  }
  // Alone, `null` is what 3.0 has no word for.
  if (type === 'null') return { ...rest, nullable: true };
  if (Array.isArray(anyOf)) {
    const isNull = (part: unknown) => isRecord(part) && part.nullable === true && Object.keys(part).length === 1;
    const parts = anyOf.filter((part) => !isNull(part));
    const nullable = parts.length < anyOf.length && { nullable: true };
    const [part] = parts;
    if (parts.length === 1 && isRecord(part))
      return '$ref' in part ? { allOf: [part], ...rest, ...nullable } : { ...part, ...rest, ...nullable };
    return { anyOf: parts, ...rest, ...nullable };
  }
  return { ...(type !== undefined && { type }), ...rest, ...bounds };
}
