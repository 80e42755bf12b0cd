/** Running other programs, and telling the person at the terminal what is going on. */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Says on stderr what is being done; stdout is for results. */
export function say(message: string): void {
  process.stderr.write(`${message}\n`);
}

/** Runs a program to its end; what it says is in the error when it fails. */
export async function run(command: string, args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}) {
  // On Windows some programs are batch files, which only a shell starts; it is given what it would take apart in quotes.
  const shell = process.platform === 'win32' && (command === 'npm' || command.endsWith('.cmd'));
  const quoted = (part: string) => (shell ? `"${part}"` : part);
  const child = spawn(quoted(command), args.map(quoted), { ...options, shell, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with code ${code}.\n${output}`);
}

/** The full path of a program on the PATH, the first of these names that is there. */
export function findProgram(...names: readonly string[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const endings = process.platform === 'win32' ? ['.cmd', '.exe'] : [''];
  return names
    .flatMap((name) => folders.flatMap((folder) => endings.map((ending) => join(folder, name + ending))))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
