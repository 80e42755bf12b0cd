/** SQL files that are migrations of a tool: told by its own files beside them, its marks in them, or its file names. */
import type { Span } from '../finding.ts';
import type { Host } from '../host.ts';
import { resolveUri } from '../uri.ts';
import { type Statement, statementsOf } from './statements.ts';

export type SqlTool = 'Prisma' | 'Drizzle' | 'dbmate' | 'goose' | 'node-pg-migrate' | 'golang-migrate' | 'Flyway' | 'Supabase';

/** A migration in SQL. Offsets are those of the file. */
export interface SqlMigration {
  readonly uri: string;
  readonly text: string;
  readonly tool: SqlTool;
  /** The database by the tool's own configuration, as it is written there (`postgresql`, `mysql`, `sqlite`). */
  readonly provider: string | undefined;
  readonly up: readonly Statement[];
  /** Undefined where the tool takes nothing back, or does so by a file that is there. */
  readonly down: { readonly statements: readonly Statement[]; readonly at: Span; readonly saysWhy: boolean } | undefined;
  /** The tool runs the statements in one transaction. */
  readonly isTransaction: boolean;
  /** No later one lies beside it, or none that came long after: it may still be changed. */
  readonly isLast: boolean;
}

/** The migration a file is; undefined for all other SQL. */
export function sqlMigration(uri: string, text: string, host: Host): SqlMigration | undefined {
  const found = told(uri, text, host);
  if (!found) return undefined;
  const { tool, marks, provider } = found;
  const down = marks?.down.exec(text);
  const from = down?.index ?? text.length;
  // The last statement above the mark need not end with a semicolon; blanks keep the offsets of those below.
  const up = statementsOf(text.slice(0, from));
  return {
    uri,
    text,
    tool,
    provider,
    up,
    down: down
      ? {
          statements: statementsOf(text.slice(from).padStart(text.length)),
          at: { start: from, end: from + down[0].length },
          saysWhy: /--|\/\*/.test(text.slice(from + down[0].length)),
        }
      : undefined,
    isTransaction: isTransaction(tool, up, text, uri, host),
    isLast: isLast(uri, tool, host),
  };
}

interface Told {
  readonly tool: SqlTool;
  readonly provider?: string;
  readonly marks?: { readonly down: RegExp };
}

const marked: readonly (Told & { readonly up: RegExp; readonly marks: { readonly down: RegExp } })[] = [
  { tool: 'dbmate', up: /^-- *migrate:up\b/m, marks: { down: /^-- *migrate:down\b.*/m } },
  { tool: 'goose', up: /^-- *\+goose up\b/im, marks: { down: /^-- *\+goose down\b.*/im } },
  { tool: 'node-pg-migrate', up: /^-- *up migration\b/im, marks: { down: /^-- *down migration\b.*/im } },
];

function told(uri: string, text: string, host: Host): Told | undefined {
  const name = nameOf(uri);
  if (name === 'migration.sql') {
    const lock = host.read(resolveUri('../migration_lock.toml', uri));
    return lock === undefined ? undefined : { tool: 'Prisma', provider: /^provider\s*=\s*"(\w+)"/m.exec(lock)?.[1] };
  }
  const byMark = marked.find(({ up }) => up.test(text));
  if (byMark) return { ...byMark, provider: byMark.tool === 'node-pg-migrate' ? 'postgresql' : undefined };
  const journal = host.read(resolveUri('meta/_journal.json', uri));
  if (journal?.includes(`"${name.replace(/\.sql$/i, '')}"`))
    return { tool: 'Drizzle', provider: /"dialect"\s*:\s*"(\w+)"/.exec(journal)?.[1] };
  if (/^\d+_.+\.up\.sql$/.test(name)) return { tool: 'golang-migrate' };
  if (/^V\d[\d._]*__\w.*\.sql$/.test(name)) return { tool: 'Flyway' };
  return /\/supabase\/migrations\/\d{14}_[^/]+\.sql$/.test(uri) ? { tool: 'Supabase', provider: 'postgresql' } : undefined;
}

function isTransaction(tool: SqlTool, up: readonly Statement[], text: string, uri: string, host: Host): boolean {
  switch (tool) {
    case 'Drizzle':
    case 'node-pg-migrate':
      return true;
    case 'dbmate':
      return !/^-- *migrate:up.*\btransaction:false\b/m.test(text);
    case 'goose':
      return !/^-- *\+goose no transaction\b/im.test(text);
    // Statements that are sent together are one transaction to PostgreSQL; since 7.4 Prisma sends them one by one.
    case 'Prisma':
      return up.length > 1 && (majorOf('prisma', uri, host) ?? 7) < 7;
    case 'golang-migrate':
      return up.length > 1;
    default:
      return false;
  }
}

/** The major version that the nearest `package.json` with the package asks for. */
function majorOf(name: string, uri: string, host: Host): number | undefined {
  for (let folder = resolveUri('.', uri), last = ''; folder !== last; last = folder, folder = resolveUri('..', folder)) {
    const range = new RegExp(`"(?:${name}|@prisma/client)"\\s*:\\s*"[\\^~]?(\\d+)`).exec(
      host.read(`${folder}package.json`) ?? '',
    );
    if (range) return Number(range[1]);
  }
  return undefined;
}

function isLast(uri: string, tool: SqlTool, host: Host): boolean {
  const own = tool === 'Prisma' ? resolveUri('.', uri).slice(0, -1) : uri;
  const others = host.list(resolveUri('.', own)).filter((other) => tool === 'Prisma' || /(?<!\.down)\.sql$/i.test(other));
  return isLastNumber(nameOf(own), others);
}

/** Has no other name a higher number, as migrations have that come later, or only such as say that they came within a release's time? */
export function isLastNumber(name: string, others: readonly string[]): boolean {
  const numbered = (text: string) => (/\d/.test(text) ? text.slice(text.search(/\d/)) : undefined);
  const own = numbered(name);
  if (own === undefined) return true;
  const written = dayOf(own);
  return others.every((other) => {
    const number = numbered(other) ?? own;
    const later = dayOf(number);
    if (own.localeCompare(number, 'en', { numeric: true }) >= 0) return true;
    return written !== undefined && later !== undefined && later - written <= releaseDays;
  });
}

/** What was written so little before the last may not have been released yet. */
const releaseDays = 14;

/** The day that a number begins with, counted from 1970: `20260131…`, `2026-01-31…`, the milliseconds of TypeORM. */
function dayOf(number: string): number | undefined {
  const [, year, month, day] = /^(20\d\d)([-_]?)(?:0[1-9]|1[0-2])\2(?:0[1-9]|[12]\d|3[01])/.test(number)
    ? (/^(\d{4})[-_]?(\d\d)[-_]?(\d\d)/.exec(number) ?? [])
    : [];
  const time =
    year === undefined ? Number(/^(1\d{12})(?!\d)/.exec(number)?.[1]) : Date.UTC(+year, Number(month) - 1, Number(day));
  return Number.isNaN(time) ? undefined : time / 86_400_000;
}

function nameOf(uri: string): string {
  return decodeURIComponent(uri.slice(uri.lastIndexOf('/') + 1));
}
