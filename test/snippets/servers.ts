/** Servers that come from the system's packages. Where one is missing its tests are skipped; `setup.ts` installs them. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findProgram } from '../editor/process.ts';

/** A server's program, its package, how it is started and the line that says it is ready. */
interface Program {
  readonly program: string;
  /** Where the program is, if not on the PATH; undefined where it is not installed. */
  readonly command?: () => string | undefined;
  readonly args: (port: number, folder: string) => string[];
  readonly ready: RegExp;
  readonly env?: (port: number, folder: string) => NodeJS.ProcessEnv;
  /** Ends what the server leaves running. */
  readonly end?: (port: number) => void;
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
  rabbitmq: {
    // The script behind the one on the PATH, which insists on a user and folders of its own.
    program: 'rabbitmq-server',
    command: () => globSync('/usr/lib/rabbitmq/lib/*/sbin/rabbitmq-server')[0],
    args: () => [],
    env: (port, folder) => ({
      HOME: folder,
      RABBITMQ_NODENAME: `lintel${port}@localhost`,
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_NODE_PORT: String(port),
      RABBITMQ_DIST_PORT: String(port + 1),
      ERL_EPMD_PORT: String(port + 2),
      RABBITMQ_MNESIA_BASE: folder,
      RABBITMQ_LOGS: '-',
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 1:1',
    }),
    ready: /Server startup complete/,
    end: (port) => void execFileSync('epmd', ['-port', String(port + 2), '-kill'], { stdio: 'ignore' }),
  },
} satisfies Record<string, Program>;

export type ServerName = keyof typeof programs;

/** The system packages of the servers this machine lacks. */
export function missingServers(): string[] {
  return Object.values<Program>(programs)
    .filter((server) => !commandOf(server))
    .map(({ program }) => program);
}

/** Why the tests of a server are skipped; false where they run. */
export function skipWithout(name: ServerName): string | false {
  return commandOf(programs[name]) ? false : `${programs[name].program} is not installed`;
}

function commandOf({ program, command }: Program): string | undefined {
  return command ? command() : findProgram(program);
}

/** Starts a server with nothing in it; its port, and what ends it. */
export async function startServer(name: ServerName): Promise<{ port: number; stop: () => Promise<void> }> {
  const server: Program = programs[name];
  const folder = mkdtempSync(join(tmpdir(), `lintel-${name}-`));
  const port = await freePort();
  const env = { ...process.env, ...server.env?.(port, folder) };
  const child = spawn(commandOf(server) ?? '', server.args(port, folder), { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  const output: string[] = [];
  const isReady = new Promise<boolean>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on('line', (line) => {
        output.push(line);
        if (server.ready.test(line)) resolve(true);
      });
    }
    ended.then(() => resolve(false));
  });
  if (!(await isReady)) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`${server.program} did not start:\n${output.join('\n')}`);
  }
  return {
    port,
    async stop() {
      child.kill('SIGTERM');
      await ended;
      server.end?.(port);
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
