/** An editor as far as measuring goes: starts a language server, opens one document, types, and waits for diagnostics. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import {
  CancellationTokenSource,
  createProtocolConnection,
  DocumentDiagnosticRequest,
  DocumentLinkRequest,
  InitializeRequest,
  type ProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';

/** A document to type in. */
export interface Subject {
  readonly name: string;
  readonly uri: string;
  readonly language: 'yaml' | 'typescript';
  readonly text: string;
  /** Where the characters are typed: an offset inside a text that a person writes, such as a description. */
  readonly at: number;
}

/** How much is measured. */
export interface Effort {
  readonly starts: number;
  readonly keys: number;
  readonly burst: number;
  /** Milliseconds between the keys of a burst. */
  readonly pause: number;
  /** Milliseconds after which a document has been typed in enough. */
  readonly limit: number;
}

/** Milliseconds, and mebibytes. */
export interface Measured {
  /** From starting the process to its word that it is ready. */
  readonly spawn: readonly number[];
  /** From opening the document to the first diagnostics, which may say that there is nothing to say yet. */
  readonly answer: readonly number[];
  /** From opening the document to the first finding. */
  readonly finding: readonly number[];
  readonly key: readonly number[];
  /** To a client that cannot be told to ask again, and so is answered with everything. */
  readonly all: readonly number[];
  readonly burst: readonly number[];
  /** What requests about another document wait for while there is typing, and while a line is typed that moves what is below it. */
  readonly others: readonly number[];
  /** The same while nobody types: what the computer itself, the protocol and the client make them wait for. */
  readonly othersIdle: readonly number[];
  readonly othersMoved: readonly number[];
  /** From taking a question back, whose check is running, to the word that it ended: after a key, and of a text just opened. */
  readonly cancel: readonly number[];
  readonly cancelOpen: readonly number[];
  /** When the typing is over, and after the line that moves what is below it. */
  readonly memory: number;
  readonly memoryMoved: number;
}

/** Measures one document on servers of its own. `command` is what starts one: program and arguments. */
export async function measure(subject: Subject, command: readonly string[], effort: Effort): Promise<Measured> {
  const opened: Opened[] = [];
  for (let count = 1; count < effort.starts; count++) {
    const editor = await open(subject, command, true);
    opened.push(editor.opened);
    await editor.close();
  }
  const plain = await open(subject, command, false);
  const all = await typeOneByOne(plain, effort);
  const typed = (source: CancellationTokenSource) => {
    plain.type();
    return plain.diagnose(source);
  };
  const cancel = await takeBack(typed, effort);
  const cancelOpen = await takeBack(plain.check, effort);
  await plain.close();
  const editor = await open(subject, command, true);
  opened.push(editor.opened);
  try {
    // The first check of all rules comes after the first answer and is not what a key waits for.
    await editor.settled();
    const key = await typeOneByOne(editor, effort);
    const burst = await typeBurst(editor, effort);
    // What the first check of all rules loads, it loads once.
    await rest(50 * effort.pause);
    const othersIdle = await askMeanwhile(editor, () => rest(effort.burst * effort.pause), effort);
    const others = await askMeanwhile(editor, () => typeBurst(editor, effort), effort);
    const memory = residentMemory(editor.server);
    const othersMoved = subject.language === 'yaml' ? await askMeanwhile(editor, () => typeLine(editor, effort), effort) : [];
    const part = (name: keyof Opened) => opened.map((each) => each[name]);
    const [spawned, answer, finding] = [part('spawn'), part('answer'), part('finding')];
    const memoryMoved = residentMemory(editor.server);
    const waits = { others, othersIdle, othersMoved, cancel, cancelOpen };
    return { spawn: spawned, answer, finding, key, all, burst, ...waits, memory, memoryMoved };
  } finally {
    await editor.close();
  }
}

/** Milliseconds, see `Measured`. */
interface Opened {
  readonly spawn: number;
  readonly answer: number;
  readonly finding: number;
}

interface Editor {
  readonly server: ChildProcess;
  readonly opened: Opened;
  /** Types one character. */
  type(): void;
  /** Types or takes back one character of a line that begins at the start of the line the typing is in. */
  typeAtStart(character: string | undefined): void;
  /** Asks about another document, which is small. */
  askElsewhere(): Promise<void>;
  /** The server has said that there is more than it said at first, or everything was said. */
  settled(): Promise<void>;
  /** Asks for diagnostics; false when the answer is that a newer text came in between. */
  diagnose(source?: CancellationTokenSource): Promise<boolean>;
  /** Opens the text under another name and asks for its diagnostics; false when the question was taken back. */
  check(source: CancellationTokenSource): Promise<boolean>;
  close(): Promise<void>;
}

async function open(
  { uri, language, text, at }: Subject,
  [program = '', ...args]: readonly string[],
  refresh: boolean,
): Promise<Editor> {
  const begin = performance.now();
  const server = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const connection: ProtocolConnection = createProtocolConnection(
    new StreamMessageReader(server.stdout),
    new StreamMessageWriter(server.stdin),
  );
  connection.onRequest('workspace/configuration', ({ items }: { items: unknown[] }) => items.map(() => null));
  connection.onRequest('client/registerCapability', () => null);
  let refreshed = () => {};
  const refreshing = new Promise<void>((resolve) => (refreshed = resolve));
  connection.onRequest('workspace/diagnostic/refresh', () => {
    refreshed();
    return null;
  });
  connection.listen();
  const capabilities = {
    workspace: { configuration: true, ...(refresh ? { diagnostics: { refreshSupport: true } } : {}) },
    textDocument: { diagnostic: { dynamicRegistration: false, relatedDocumentSupport: false } },
  };
  await connection.sendRequest(InitializeRequest.type, { processId: process.pid, rootUri: null, capabilities });
  await connection.sendNotification('initialized', {});
  const spawned = performance.now();
  let version = 1;
  await connection.sendNotification('textDocument/didOpen', { textDocument: { uri, languageId: language, version, text } });
  const before = text.slice(0, at).split('\n');
  const line = before.length - 1;
  let character = (before.at(-1) as string).length;
  let seen = 0;
  let previousResultId: string | undefined;

  const diagnose = async (source = new CancellationTokenSource()) => {
    try {
      const question = { textDocument: { uri }, ...(previousResultId === undefined ? {} : { previousResultId }) };
      const report = await connection.sendRequest(DocumentDiagnosticRequest.type, question, source.token);
      if (report.kind === 'full') seen = report.items.length;
      previousResultId = report.resultId;
      return true;
    } catch {
      return false;
    }
  };
  const elsewhere = { uri: uri.replace(/[^/]*$/, 'elsewhere.yaml'), languageId: 'yaml', version, text: 'openapi: 3.1.0\n' };
  await connection.sendNotification('textDocument/didOpen', { textDocument: elsewhere });
  const change = (from: readonly [number, number], to: readonly [number, number], newText: string) => {
    const [start, end] = [from, to].map(([line, character]) => ({ line, character }));
    version++;
    const contentChanges = [{ range: { start, end }, text: newText }];
    void connection.sendNotification('textDocument/didChange', { textDocument: { uri, version }, contentChanges });
  };
  let typed = 0;

  let isHeard = await diagnose();
  const answered = performance.now();
  // What is said at once of a long document may be nothing yet.
  if (isHeard && seen === 0 && refresh) {
    await refreshing;
    isHeard = await diagnose();
  }
  if (!isHeard || seen === 0) throw new Error(`The server reports nothing in ${uri}: there is nothing to measure.`);

  return {
    server,
    opened: { spawn: spawned - begin, answer: answered - spawned, finding: performance.now() - spawned },
    type() {
      change([line, character], [line, character], 'abcdefghij'[version % 10] as string);
      character++;
    },
    typeAtStart(letter) {
      if (letter === undefined) typed--;
      change([line, typed], [line, typed + (letter === undefined ? 1 : 0)], letter ?? '');
      if (letter !== undefined) typed++;
    },
    async askElsewhere() {
      // A key takes back what is being asked: that is an answer too.
      await connection.sendRequest(DocumentLinkRequest.type, { textDocument: elsewhere }).catch(() => {});
    },
    diagnose,
    async check(source) {
      const textDocument = { uri: uri.replace(/(?=\.\w+$)/, `-${version++}`), languageId: language, version, text };
      await connection.sendNotification('textDocument/didOpen', { textDocument });
      try {
        await connection.sendRequest(DocumentDiagnosticRequest.type, { textDocument }, source.token);
        return true;
      } catch {
        return false;
      } finally {
        await connection.sendNotification('textDocument/didClose', { textDocument });
      }
    },
    settled: () => (language === 'yaml' ? refreshing : Promise.resolve()),
    async close() {
      const gone = new Promise((resolve) => server.once('exit', resolve));
      await connection.sendRequest('shutdown');
      await connection.sendNotification('exit');
      await gone;
      connection.dispose();
    },
  };
}

/** One key at a time: the next one is typed when the diagnostics of the last are there. */
async function typeOneByOne(editor: Editor, { keys, limit }: Effort): Promise<number[]> {
  const times: number[] = [];
  const end = performance.now() + limit;
  while (times.length < keys && (times.length < 2 || performance.now() < end)) {
    const begin = performance.now();
    editor.type();
    if (await editor.diagnose()) times.push(performance.now() - begin);
  }
  return times;
}

/** Checks that are taken back at moments spread over what the first one took. `ask` is false of one that was. */
async function takeBack(ask: (source: CancellationTokenSource) => Promise<boolean>, { keys, limit }: Effort): Promise<number[]> {
  const times: number[] = [];
  const begin = performance.now();
  await ask(new CancellationTokenSource());
  const whole = performance.now() - begin;
  const end = performance.now() + limit;
  for (let tries = 0; tries < keys && performance.now() < end; tries++) {
    const question = new CancellationTokenSource();
    const answer = ask(question);
    await new Promise((resolve) => setTimeout(resolve, (whole * (1 + (tries % 8))) / 9));
    const cancelled = performance.now();
    question.cancel();
    if (!(await answer)) times.push(performance.now() - cancelled);
  }
  return times;
}

/**
 * Keys at the pace of a fast typist. Every key takes back the question of the one before, as editors do; a key counts as
 * answered when diagnostics of its text or a later one are there.
 */
async function typeBurst(editor: Editor, { burst, pause }: Effort): Promise<number[]> {
  const typed: number[] = [];
  const times: number[] = [];
  let question = new CancellationTokenSource();
  const answers: Promise<void>[] = [];
  const ask = async (index: number, source: CancellationTokenSource) => {
    if (!(await editor.diagnose(source))) return;
    for (let key = 0; key <= index; key++) times[key] ??= performance.now() - (typed[key] as number);
  };
  const begin = performance.now();
  for (let index = 0; index < burst; index++) {
    const due = begin + index * pause;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
    question.cancel();
    question = new CancellationTokenSource();
    typed.push(performance.now());
    editor.type();
    answers.push(ask(index, question));
  }
  await Promise.all(answers);
  while (times.length < burst) await ask(burst - 1, new CancellationTokenSource());
  return times;
}

/**
 * Lines half typed at the start of the line, and taken back: what is below belongs to them, or to nothing, as long as they are
 * there. After each there is a pause, in which everything is said.
 */
async function typeLine(editor: Editor, { pause }: Effort): Promise<void> {
  for (const line of ['note: ', '- a', '"a', 'a: {'])
    for (const keys of [[...line], Array.from(line, () => undefined)]) {
      for (const key of keys) {
        editor.typeAtStart(key);
        void editor.diagnose();
        await rest(pause);
      }
      await rest(20 * pause);
    }
}

function rest(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** What requests about another document wait for while something is done, one after the other. */
async function askMeanwhile(editor: Editor, work: () => Promise<unknown>, { limit }: Effort): Promise<number[]> {
  const times: number[] = [];
  let isOver = false;
  const working = work().finally(() => (isOver = true));
  const end = performance.now() + limit;
  while (!isOver && performance.now() < end) {
    const begin = performance.now();
    await editor.askElsewhere();
    times.push(performance.now() - begin);
    await rest(2);
  }
  await working;
  return times;
}

/** Resident memory of a process, in mebibytes; NaN where the system does not say. */
export function residentMemory({ pid }: ChildProcess): number {
  try {
    const kilobytes =
      process.platform === 'linux'
        ? /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
        : execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
    return Number(kilobytes) / 1024;
  } catch {
    return Number.NaN;
  }
}
