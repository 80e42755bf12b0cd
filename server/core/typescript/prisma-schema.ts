/** The schemas that Prisma generates clients from: where they are, what they say, and which imports mean what is generated. */
import type { Host } from '../host.ts';
import { jsonOf, parentOf } from '../generate/package.ts';
import { isRecord } from '../model/api.ts';
import type { Values } from './values.ts';

export interface PrismaField {
  readonly name: string;
  readonly type: string;
  readonly isList: boolean;
  readonly isOptional: boolean;
  readonly hasDefault: boolean;
  /** The database or the client fills it: a key that counts up, a time of creation. */
  readonly isMade: boolean;
  /** What a comment says that its JSON is, for prisma-json-types-generator: `/// [Settings]`. */
  readonly json?: string;
}

/** Models and enums of a schema, by name. */
export interface PrismaSchema {
  readonly models: ReadonlyMap<string, readonly PrismaField[]>;
  readonly enums: ReadonlyMap<string, readonly string[]>;
  /** The folders clients are generated into, as far as the schema says. */
  readonly outputs: readonly string[];
  /** The folder the schema stands in. */
  readonly folder: string;
  /** The namespace that has the types of JSON, where they are generated: `PrismaJson`. */
  readonly jsonTypes?: string;
}

/** The package a client is imported from where the schema does not say another place; what is generated elsewhere has this name, too. */
export const prismaClient = '@prisma/client';

/** Reads the models and enums of the text of a `schema.prisma`, and where its clients go. */
export function parsePrisma(source: string, folder = ''): PrismaSchema {
  const models = new Map<string, PrismaField[]>();
  const enums = new Map<string, string[]>();
  const outputs: string[] = [];
  let jsonTypes: string | undefined;
  const plain = source.replaceAll(/\/\/\/\s*\[(\w+)\].*$/gm, '#$1').replaceAll(/(?<![:"\w])\/\/.*$/gm, '');
  for (const [, kind, name = '', body = ''] of plain.matchAll(
    /^[ \t]*(model|view|type|enum|generator)\s+(\w+)\s*\{([^]*?)^[ \t]*\}/gm,
  )) {
    const lines = body.split('\n').map((line) => line.trim());
    if (kind === 'generator') {
      const output = /^\s*output\s*=\s*"([^"]+)"/m.exec(body)?.[1];
      if (output && /^\s*provider\s*=\s*"prisma-client/m.test(body)) outputs.push(joined(folder, output));
      const hasJson = /^\s*provider\s*=\s*"[^"]*prisma-json-types-generator\b/m.test(body);
      if (hasJson) jsonTypes = /^\s*namespace\s*=\s*"(\w+)"/m.exec(body)?.[1] ?? 'PrismaJson';
    } else if (kind === 'enum') {
      enums.set(
        name,
        lines.flatMap((line) => /^\w+/.exec(line)?.[0] ?? []),
      );
    } else {
      const fields = lines.flatMap((line, index): PrismaField[] => {
        const match = /^(\w+)\s+(\w+)(\[\])?(\?)?/.exec(line);
        const [, name, type, list, optional] = match ?? [];
        if (name === undefined || type === undefined) return [];
        const isMade = /@updatedAt\b|@default\((?:now|autoincrement|auto|cuid|uuid|ulid|nanoid|dbgenerated)\(/.test(line);
        const hasDefault = isMade || /@default\(/.test(line);
        const [, json] = /#(\w+)/.exec(line) ?? /^#(\w+)/.exec(lines[index - 1] ?? '') ?? [];
        return [{ name, type, isList: !!list, isOptional: !!optional, hasDefault, isMade, ...(json && { json }) }];
      });
      models.set(name, fields);
    }
  }
  return { models, enums, outputs, folder, ...(jsonTypes && { jsonTypes }) };
}

/** The schema that the client used in a file is generated from: the nearest above it, else the only one of the workspace. */
export function prismaSchemaFor(host: Host, uri: string, packages: () => Iterable<string>): PrismaSchema | undefined {
  for (let folder = parentOf(uri); /^file:\/\/\/./.test(folder); folder = parentOf(folder)) {
    const found = schemaIn(host, folder);
    if (found) return found;
  }
  const others = [...packages()].flatMap((folder) => schemaIn(host, folder) ?? []);
  return others.length === 1 ? others[0] : undefined;
}

function schemaIn(host: Host, folder: string): PrismaSchema | undefined {
  const { prisma } = jsonOf(host.read(`${folder}/package.json`));
  const named = isRecord(prisma) && typeof prisma.schema === 'string' ? [joined(folder, prisma.schema)] : [];
  const usual = ['prisma', 'src/prisma', 'db', 'database', 'src'].map((place) => `${folder}/${place}`);
  for (const place of [...named, ...[...usual, folder].flatMap((at) => [`${at}/schema.prisma`, `${at}/schema`])]) {
    if (place.endsWith('.prisma')) {
      const source = host.read(place);
      if (source !== undefined) return parsePrisma(source, parentOf(place));
    } else {
      // A schema may be a folder of files.
      const names = host.list(place).filter((name) => name.endsWith('.prisma'));
      const texts = names.map((name) => host.read(`${place}/${name}`) ?? '');
      if (texts.length > 0) return parsePrisma(texts.join('\n'), place);
    }
  }
  return undefined;
}

/** Does an import that no file of the project answers mean the client generated from a schema? */
export function isGeneratedClient(values: Values, specifier: string, from: string): boolean {
  if (specifier === prismaClient || specifier.startsWith(`${prismaClient}/`)) return true;
  if (!/prisma|generated|client/i.test(specifier)) return false;
  const among = generated.get(values) ?? new Map<string, boolean>();
  generated.set(values, among);
  const key = `${specifier} ${parentOf(from)}`;
  const found = among.get(key) ?? isBelowOutput(values, specifier, from);
  among.set(key, found);
  return found;
}

const generated = new WeakMap<Values, Map<string, boolean>>();

function isBelowOutput(values: Values, specifier: string, from: string): boolean {
  const outputs = values.prisma(from)?.outputs ?? [];
  if (specifier.startsWith('.')) {
    const place = joined(parentOf(from), specifier);
    return outputs.some((output) => place === output || place.startsWith(`${output}/`));
  }
  // `@/generated/prisma/client`, `#prisma`: an alias of the folder, or of one above it.
  const [, rest = ''] = /^(?:[@~]\/|#\/?|~)(.+)$/.exec(specifier) ?? [];
  const folder = rest.replace(/\/(?:client|browser|enums|models|index)(?:\.[cm]?[jt]s)?$/, '');
  return rest !== '' && outputs.some((output) => output.endsWith(`/${folder}`));
}

/** Has the client generated for a file something of this name? */
export function isOfClient(values: Values, name: string, from: string): boolean {
  const schema = values.prisma(from);
  return /^(?:Prisma(?:Client)?|\$Enums)$/.test(name) || !!schema?.models.has(name) || !!schema?.enums.has(name);
}

/** A relative path below a folder's address. */
function joined(folder: string, path: string): string {
  const parts = folder.split('/');
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}
