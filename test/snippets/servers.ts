/** Servers that come from the system's packages. Where one is missing its tests are skipped; `setup.ts` installs them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findProgram } from '../editor/process.ts';

/** A server's program, its package, how it is started and the line that says it is ready. */
interface Program {
  readonly program: string;
  readonly args: (port: number, folder: string) => string[];
  readonly ready: RegExp;
}

const programs = {
  redis: {
    program: 'redis-server',
    args: (port, folder) => ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no'],
    ready: /Ready to accept connections/,
  },
  nats: {
    program: 'nats-server',
    args: (port, folder) => ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', folder],
    ready: /Server is ready/,
  },
} satisfies Record<string, Program>;

export type ServerName = keyof typeof programs;

/** The system packages of the servers this machine lacks. */
export function missingServers(): string[] {
  return Object.values(programs)
    .map(({ program }) => program)
    .filter((program) => !findProgram(program));
}

/** Why the tests of a server are skipped; false where they run. */
export function skipWithout(name: ServerName): string | false {
  const { program } = programs[name];
  return findProgram(program) ? false : `${program} is not installed`;
}

/** Starts a server with nothing in it; its port, and what ends it. */
export async function startServer(name: ServerName): Promise<{ port: number; stop: () => Promise<void> }> {
  const { program, args, ready }: Program = programs[name];
  const folder = mkdtempSync(join(tmpdir(), `lintel-${name}-`));
  const port = await freePort();
  const child = spawn(program, args(port, folder), { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  const output: string[] = [];
  const isReady = new Promise<boolean>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on('line', (line) => {
        output.push(line);
        if (ready.test(line)) resolve(true);
      });
    }
    ended.then(() => resolve(false));
  });
  if (!(await isReady)) throw new Error(`${program} did not start:\n${output.join('\n')}`);
  return {
    port,
    async stop() {
      child.kill('SIGTERM');
      await ended;
      process.off('exit', kill);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A port nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}
