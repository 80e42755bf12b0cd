/** code-server: the workbench and the extension host of VS Code, from npm, shown by a browser. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, say } from './process.ts';
import { here } from './paths.ts';

const modules = join(here, 'node_modules');
const entry = join(modules, 'code-server', 'out', 'node', 'entry.js');
const workbench = join(modules, 'code-server', 'lib', 'vscode');
const stamp = join(modules, '.installed');

/** Why code-server cannot run here; undefined when it can. It is made for one version of Node, on Linux and macOS. */
export function codeServerUnfit(): string | undefined {
  if (process.platform === 'win32') return 'code-server does not run on Windows';
  if (process.versions.node.startsWith('24.')) return undefined;
  return `code-server needs Node 24, and this is ${process.version}`;
}

/** Installs code-server into this folder unless this very version is there already. */
export async function installCodeServer(): Promise<void> {
  const wanted = createHash('sha256')
    .update(readFileSync(join(here, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('Getting code-server …');
  const production = ['--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await run('npm', ['ci', '--loglevel=error'], { cwd: here });
  // Not `npm ci`: its lockfile lacks a package that its package.json names.
  await run('npm', ['install', '--no-save', ...production], { cwd: workbench });
  await run('npm', ['ci', ...production], { cwd: join(workbench, 'extensions') });
  writeFileSync(stamp, wanted);
}

export interface CodeServerOptions {
  /** Holds settings, extensions and everything else it writes. */
  readonly data: string;
  /** 0: any free port. */
  readonly port?: number;
  /** User settings beside the quiet ones. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly arguments?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export interface CodeServer {
  /** Without a slash at the end. */
  readonly url: string;
  readonly process: ChildProcess;
  /** Everything it has said. */
  log(): string;
  stop(): Promise<void>;
}

/** User settings for no page, panel, question or download that a person did not ask for. */
export const quiet = {
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'telemetry.telemetryLevel': 'off',
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
};

/** Starts code-server on the loopback interface, without a password, and waits until it listens. */
export async function startCodeServer(options: CodeServerOptions): Promise<CodeServer> {
  const settings = join(options.data, 'user-data', 'User', 'settings.json');
  mkdirSync(join(settings, '..'), { recursive: true });
  writeFileSync(settings, JSON.stringify({ ...quiet, ...options.settings }, null, 2));
  const child = spawn(
    process.execPath,
    [
      ...commandLine(options.data),
      ...['--auth', 'none', '--bind-addr', `127.0.0.1:${options.port ?? 0}`],
      ...['--disable-telemetry', '--disable-update-check', '--disable-getting-started-override', '--ignore-last-opened'],
      ...(options.arguments ?? []),
    ],
    { env: { ...environment(options.data), ...options.environment }, stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  let log = '';
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    const fail = (what: string) => reject(new Error(`code-server ${what}.\n${log}`));
    const timer = setTimeout(fail, 180_000, 'did not listen within three minutes');
    const read = (chunk: Buffer) => {
      log += chunk;
      const [, address] = /HTTP server listening on (http:\S+?)\/?\s/.exec(log) ?? [];
      if (!address) return;
      clearTimeout(timer);
      resolve(address);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', reject);
    child.once('exit', (code) => fail(`ended with code ${code}`));
  });
  return {
    url,
    process: child,
    log: () => log,
    async stop() {
      signal(child, 'SIGTERM');
      const timer = setTimeout(signal, 5_000, child, 'SIGKILL');
      await ended;
      clearTimeout(timer);
      signal(child, 'SIGKILL');
    },
  };
}

/** Installs an extension's package into a data folder. */
export async function installExtension(data: string, vsix: string): Promise<void> {
  await run(process.execPath, [...commandLine(data), '--force', '--install-extension', vsix], { env: environment(data) });
}

function commandLine(data: string): string[] {
  return [
    entry,
    ...['--config', join(data, 'config.yaml')],
    ...['--user-data-dir', join(data, 'user-data')],
    ...['--extensions-dir', join(data, 'extensions')],
  ];
}

/** Built-in extensions that ask for accounts, look for tools or watch the folder: nothing a person needs to see Lintel. */
const left = ['GitHub.copilot-chat', 'vscode.github', 'vscode.github-authentication', 'vscode.microsoft-authentication'].concat(
  ['vscode.tunnel-forwarding', 'vscode.mermaid-markdown-features', 'ms-vscode.js-debug', 'ms-vscode.js-debug-companion'],
  [
    'ms-vscode.vscode-js-profile-table',
    'vscode.git',
    'vscode.git-base',
    'vscode.npm',
    'vscode.gulp',
    'vscode.grunt',
    'vscode.jake',
  ],
);

/** Ours, less what makes code-server take itself for a terminal of the editor it is started from, and without a gallery. */
function environment(data: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(VSCODE_|CODE_SERVER_)/.test(name));
  const xdg = join(data, 'xdg');
  return {
    ...Object.fromEntries(inherited),
    EXTENSIONS_GALLERY: '{}',
    VSCODE_SKIP_BUILTIN_EXTENSIONS: left.join(','),
    XDG_DATA_HOME: xdg,
    XDG_CONFIG_HOME: xdg,
    XDG_CACHE_HOME: xdg,
  };
}

/** To the whole group: the server's extension hosts are its children. */
function signal(child: ChildProcess, name: NodeJS.Signals): void {
  try {
    process.kill(-child.pid!, name);
  } catch {
    // It is gone already.
  }
}
