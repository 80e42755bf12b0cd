/**
 * What comments say of operations in the words of OpenAPI (`@swagger`, `@openapi`), where the code says nothing: parameters that no
 * handler is seen to read, bodies, answers without a body that is seen. A comment makes no operation, and where the code speaks, it counts.
 */
import ts from 'ts6';
import { parseApiDocument } from '../document.ts';
import { Description, pointed, verbs } from '../generate/described.ts';
import {
  type BodyFact,
  type Evidence,
  isUnknown,
  mergeShapes,
  type OperationFact,
  type ParameterFact,
  type ResponseFact,
  type Shape,
} from '../generate/facts.ts';
import { isRecord } from '../model/api.ts';
import { optionsOf } from './contracts.ts';
import { callsIn } from './controllers.ts';
import { documentOf } from './data.ts';
import { sourcesIn } from './files.ts';
import type { Project } from './handler.ts';
import { packageOf } from './loader.ts';

type Json = Record<string, unknown>;

const marked = /@(?:swagger|openapi)\b/;

/** The operations, with what comments of the files that were read add. */
export function withComments(operations: readonly OperationFact[], project: Project): readonly OperationFact[] {
  const files = project.values.files().filter(({ text }) => marked.test(text));
  if (files.length === 0 || operations.length === 0) return operations;
  const paths: Said[] = [];
  const whole: Json = definitionIn(project);
  for (const file of files) for (const one of commentsIn(file)) take(one, whole, paths);
  if (paths.some(({ item }) => refersTo(item, whole))) for (const one of beside(files, project)) take(one, whole, []);
  const description = new Description(whole);
  const added = new Map<OperationFact, OperationFact>();
  for (const { path, method, item, evidence } of paths) {
    const operation = operationAt(path, method, evidence, operations);
    if (operation)
      added.set(operation, merged(added.get(operation) ?? operation, description.operation(item[method], item, evidence)));
  }
  return operations.map((one) => added.get(one) ?? one);
}

/** An operation that a comment describes. */
interface Said {
  readonly path: string;
  readonly method: string;
  readonly item: Json;
  readonly evidence: Evidence;
}

interface Comment {
  readonly data: Json;
  readonly evidence: Evidence;
}

/** The descriptions in the comments of a file. */
function* commentsIn({ text, fileName }: Pick<ts.SourceFile, 'text' | 'fileName'>): Iterable<Comment> {
  for (const { 0: comment, index } of text.matchAll(/\/\*\*[\s\S]*?\*\//g)) {
    const [, written] = /(?:^\/\*\*|\n)[\s*]*@(?:swagger|openapi)\b[^\n]*\n([\s\S]*)\*\/$/.exec(comment) ?? [];
    if (written === undefined) continue;
    const lines = written.split('\n').map((line) => line.replace(/^\s*\* ?/, '').replaceAll('\t', '  '));
    const end = lines.findIndex((line) => /^\s*@\w+/.test(line));
    const yaml = (end < 0 ? lines : lines.slice(0, end)).join('\n');
    const { data } = parseApiDocument('file:///comment.yaml', yaml);
    const evidence: Evidence = { uri: fileName, start: index, end: index + comment.length, confidence: 'said' };
    if (isRecord(data)) yield { data, evidence };
  }
}

/** Does a part of a description refer to what the whole does not have? */
function refersTo(part: unknown, whole: Json): boolean {
  if (Array.isArray(part)) return part.some((one) => refersTo(one, whole));
  if (!isRecord(part)) return false;
  const { $ref } = part;
  if (typeof $ref === 'string') return $ref.startsWith('#/') && pointed(whole, $ref.slice(1)) === undefined;
  return Object.values(part).some((one) => refersTo(one, whole));
}

/** The comments of files in the same package that nobody imports: they hold nothing else. */
function* beside(files: readonly ts.SourceFile[], { values }: Project): Iterable<Comment> {
  const known = new Set(files.map(({ fileName }) => fileName));
  const [first] = files;
  for (const uri of first ? sourcesIn(values.host, packageOf(first.fileName, values)) : []) {
    const text = known.has(uri) ? undefined : values.written(uri);
    if (text !== undefined && marked.test(text)) yield* commentsIn({ text, fileName: uri });
  }
}

/** Takes the operations of a comment, and adds to the whole what others refer to. */
function take({ data, evidence }: Comment, whole: Json, paths: Said[]): void {
  for (const [key, value] of Object.entries(data)) {
    const items = key === 'paths' && isRecord(value) ? Object.entries(value) : key.startsWith('/') ? [[key, value] as const] : [];
    for (const [path, item] of items)
      for (const method of isRecord(item) ? Object.keys(item) : [])
        if (isRecord(item) && verbs.includes(method)) paths.push({ path, method, item, evidence });
    if (/^(?:components|definitions|parameters|responses|securityDefinitions)$/.test(key)) whole[key] = joined(whole[key], value);
  }
}

/** Two parts of a description, as swagger-jsdoc joins them: sections of components by their names. */
function joined(a: unknown, b: unknown, depth = 0): unknown {
  if (!isRecord(a) || !isRecord(b) || depth > 1) return b ?? a;
  const all = { ...a };
  for (const [name, one] of Object.entries(b)) all[name] = joined(all[name], one, depth + 1);
  return all;
}

/** What the code gives swagger-jsdoc beside the comments. */
function definitionIn(project: Project): Json {
  const { values } = project;
  for (const file of values.files()) {
    if (!file.text.includes('swagger-jsdoc')) continue;
    for (const call of callsIn(file)) {
      const value = values.of(call.expression, values.root);
      if (value?.kind !== 'package' || value.name !== 'swagger-jsdoc') continue;
      const given = optionsOf(call.arguments[0], values.root, project);
      const stated = given('definition') ?? given('swaggerDefinition');
      const found = stated && documentOf(stated.node, stated.env, project)?.data;
      if (isRecord(found)) return { ...found };
    }
  }
  return {};
}

const formOf = (path: string) => path.replaceAll(/\{[^}]*\}|:\w+/g, '{}').replace(/(?<=.)\/$/, '');

/** The one operation that a comment means: its path may lack what the router is mounted below. */
function operationAt(
  path: string,
  method: string,
  { uri }: Evidence,
  operations: readonly OperationFact[],
): OperationFact | undefined {
  const form = formOf(path);
  const alike = operations.filter((one) => one.method === method && formOf(one.path).endsWith(form));
  const exact = alike.filter((one) => formOf(one.path) === form);
  const near = alike.filter(({ source }) => source.uri === uri);
  return [exact, alike, near].find(({ length }) => length === 1)?.[0];
}

type Described = ReturnType<Description['operation']>;

/** An operation, with what a comment says of it that the code does not. */
function merged(operation: OperationFact, said: Described): OperationFact {
  const { summary, description, operationId, tags, deprecated } = said;
  return {
    ...(summary && { summary }),
    ...(description && { description }),
    ...(operationId && { operationId }),
    ...(tags && { tags }),
    ...(deprecated && { deprecated }),
    ...operation,
    parameters: parametersOf(operation, said),
    bodies: bodiesOf(operation, said),
    responses: responsesOf(operation.responses, said.responses),
    security: operation.security.length > 0 ? operation.security : said.security,
  };
}

/** Where a schema says what the query is, a comment adds nothing to it. */
function parametersOf({ parameters }: OperationFact, said: Described): ParameterFact[] {
  const isStated = parameters.some((one) => one.in === 'query' && one.evidence.confidence === 'declared');
  const isSame = (a: ParameterFact, b: ParameterFact) =>
    a.in === b.in && (a.in === 'header' ? a.name.toLowerCase() === b.name.toLowerCase() : a.name === b.name);
  const more = said.parameters.filter(
    (one) => !(one.in === 'query' && isStated) && !parameters.some((known) => isSame(known, one)),
  );
  return [...parameters, ...more];
}

function bodiesOf({ bodies, method }: OperationFact, said: Described): readonly BodyFact[] {
  if (bodies.length === 0) return method === 'get' || method === 'head' ? bodies : said.bodies;
  return bodies.map((one) => {
    const other = said.bodies.find(({ mediaType }) => mediaType === one.mediaType);
    // What is seen of a body may be a part of it.
    const isPart = one.evidence.confidence === 'seen' && !one.shape.ref && other !== undefined;
    return isPart ? { ...one, shape: withOthers(one.shape, other.shape) } : one;
  });
}

/** A shape with the properties of another that it lacks. */
function withOthers(own: Shape, other: Shape): Shape {
  const properties = { ...other.properties, ...own.properties };
  if (own.type !== undefined && own.type !== 'object') return own;
  return isUnknown(own) ? other : { ...(mergeShapes(other, own) as Shape), type: 'object', properties };
}

/** The answers, with bodies where none is seen; of success, a comment adds a status only where the code shows none. */
function responsesOf(responses: readonly ResponseFact[], said: readonly ResponseFact[]): ResponseFact[] {
  const isSuccess = ({ status }: ResponseFact) => /^[23]/.test(status);
  const filled = responses.map((one) => {
    const other = said.find(({ status, mediaType }) => status === one.status && mediaType !== undefined);
    const isOpen = isUnknown(one.shape) && (one.mediaType === undefined || one.mediaType === other?.mediaType);
    const isAlone = responses.filter(({ status }) => status === one.status).length === 1;
    return isOpen && isAlone && other ? { ...one, mediaType: other.mediaType, shape: other.shape } : one;
  });
  const isKnown = (one: ResponseFact) => responses.some(({ status }) => status === one.status);
  const more = said.filter(
    (one) => !isKnown(one) && (/^[45]/.test(one.status) || (isSuccess(one) && !responses.some(isSuccess))),
  );
  return [...filled, ...more];
}
