/** Diagnostics: answered where the client asks (pull), sent where it cannot ask (push). */
import {
  type Diagnostic,
  type DocumentDiagnosticReport,
  DocumentDiagnosticReportKind,
  LSPErrorCodes,
  type RelatedFullDocumentDiagnosticReport,
  ResponseError,
} from 'vscode-languageserver/node';
import { isEqual } from '../core/equal.ts';
import type { Finding } from '../core/finding.ts';
import { toDiagnostic } from './convert.ts';
import { messageOf, type Session } from './session.ts';

/** What the document events tell the diagnostics. */
export interface Diagnostics {
  /** A buffer was opened or edited. */
  edited(uri: string): void;
  /** A buffer was closed. */
  closed(uri: string): void;
  /** Files on disk or settings changed: everything open is to be looked at again. */
  renewed(): void;
}

/** Milliseconds without a key before what was not said at once is worked out. */
const rest = 100;

/** Serves diagnostics by the way the client knows; `delay` is the quiet time before a push, in milliseconds. */
export function serveDiagnostics(session: Session, delay: number): Diagnostics {
  return session.client.pull ? servePull(session) : servePush(session, delay);
}

/**
 * Findings in other files: in the answer where the client takes them there. Else, for a file that is open (and so asked
 * about by itself), the client is told to ask again; any other file's diagnostics are sent.
 */
function servePull(session: Session): Diagnostics {
  const { connection, client, reports } = session;
  const { documents } = session.buffers;
  /** What each file's answer was, and the name by which the client may ask whether it still holds. */
  const told = new Map<string, { readonly items: readonly Diagnostic[]; readonly resultId: string }>();
  let answers = 0;
  // A client that has seen another server may still ask by that one's names.
  const began = Date.now().toString(36);
  const sent = new Set<string>();

  const refresh = () => {
    if (client.refresh) connection.languages.diagnostics.refresh();
  };

  const send = (uri: string, diagnostics: Diagnostic[]) => {
    if (diagnostics.length > 0) sent.add(uri);
    else if (!sent.delete(uri)) return;
    void connection.sendDiagnostics({ uri, diagnostics });
  };

  const isOutdated = (uri: string, diagnostics: readonly Diagnostic[]) => {
    const last = told.get(uri);
    return last !== undefined && !isEqual(last.items, diagnostics);
  };

  const spread = (files: ReadonlyMap<string, readonly Finding[]>) => {
    let outdated = false;
    for (const [uri, findings] of files) {
      const diagnostics = toDiagnostics(uri, findings, session);
      if (!documents.get(uri)) send(uri, diagnostics);
      else if (isOutdated(uri, diagnostics)) outdated = true;
    }
    if (outdated) refresh();
  };

  let pause: NodeJS.Timeout | undefined;
  /** Documents that were answered at once, by whether the answer had to leave rules out. */
  const unfinished = new Map<string, boolean>();
  let finishing: AbortSignal | undefined;

  /** After a short pause, the rest of a check that was answered at once; the next key abandons it. */
  const finishLater = (uri: string, isCut: boolean) => {
    // The client asks again while the rest is being worked out, because some of it is known.
    if (unfinished.has(uri) && finishing?.aborted === false) return;
    unfinished.set(uri, isCut);
    clearTimeout(pause);
    const work = () => {
      const signal = session.signal();
      finishing = signal;
      finish(signal)
        .catch((error: unknown) => {
          if (!signal.aborted) connection.console.error(messageOf(error));
        })
        .finally(() => {
          if (finishing === signal) finishing = undefined;
        });
    };
    // Who has just opened a long document waits for what is wrong with it, and does not type yet.
    pause = setTimeout(work, isCut ? 0 : rest);
  };

  const finish = async (signal: AbortSignal) => {
    const hasMore = (uri: string, files: ReadonlyMap<string, readonly Finding[]>) =>
      isOutdated(uri, toDiagnostics(uri, files.get(uri) ?? [], session));
    let outdated = false;
    for (const [uri, wasCut] of unfinished) {
      // Of a long document that was just opened, what Lintel's rules say does not wait for the ruleset's functions.
      for (let isCut = wasCut; isCut;) {
        const glance = await reports.glance(uri, signal);
        isCut = glance.isCut === true;
        const isNothingYet = told.get(uri)?.items.length === 0;
        if ((!isCut || isNothingYet) && hasMore(uri, glance.files)) refresh();
      }
      const files = await reports.check(uri, signal);
      unfinished.delete(uri);
      if (hasMore(uri, files)) outdated = true;
    }
    if (outdated) refresh();
  };

  /** The answer about a file; where it is what the client has already, it says no more than that. */
  const answer = (uri: string, items: readonly Diagnostic[], has: string | undefined): DocumentDiagnosticReport => {
    const last = told.get(uri);
    if (last && last.resultId === has && isEqual(last.items, items)) {
      return { kind: DocumentDiagnosticReportKind.Unchanged, resultId: has };
    }
    const resultId = `${began}-${++answers}`;
    told.set(uri, { items, resultId });
    return { kind: DocumentDiagnosticReportKind.Full, resultId, items: [...items] };
  };

  const report = async (uri: string, has: string | undefined, signal: AbortSignal): Promise<DocumentDiagnosticReport> => {
    const { files, isWhole, isCut, isLate } = client.refresh
      ? await reports.glance(uri, signal)
      : { files: await reports.check(uri, signal), isWhole: true };
    signal.throwIfAborted();
    if (!isWhole) finishLater(uri, isCut === true);
    const before = isLate ? told.get(uri) : undefined;
    if (before) return answer(uri, before.items, has);
    const own = answer(uri, toDiagnostics(uri, files.get(uri) ?? [], session), has);
    const others = new Map([...files].filter(([file]) => file !== uri));
    if (client.relatedDocuments) {
      const related = [...others].map(([file, findings]) => [file, full(toDiagnostics(file, findings, session))] as const);
      return { ...own, relatedDocuments: Object.fromEntries(related) };
    }
    spread(others);
    return own;
  };

  connection.languages.diagnostics.on(async ({ textDocument: { uri }, previousResultId }, token) => {
    try {
      return await session.answer(token, (signal) => report(uri, previousResultId, signal));
    } catch (error) {
      if (!(error instanceof ResponseError) || error.code !== LSPErrorCodes.ContentModified) throw error;
      throw new ResponseError(LSPErrorCodes.ServerCancelled, error.message, { retriggerRequest: true });
    }
  });

  return {
    edited: (uri) => send(uri, []),
    closed(uri) {
      told.delete(uri);
      unfinished.delete(uri);
      const files = reports.forget(uri);
      if (!client.relatedDocuments) spread(files);
      else if (files.size > 1) refresh();
    },
    renewed: refresh,
  };
}

function full(items: Diagnostic[]): RelatedFullDocumentDiagnosticReport {
  return { kind: DocumentDiagnosticReportKind.Full, items };
}

function servePush(session: Session, delay: number): Diagnostics {
  const { connection, reports } = session;
  const { documents } = session.buffers;
  const waiting = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  const publish = (files: ReadonlyMap<string, readonly Finding[]>) => {
    for (const [uri, findings] of files) {
      const version = documents.get(uri)?.version;
      const diagnostics = toDiagnostics(uri, findings, session);
      void connection.sendDiagnostics(version === undefined ? { uri, diagnostics } : { uri, version, diagnostics });
    }
  };

  const run = async () => {
    const signal = session.signal();
    const unfinished: string[] = [];
    for (const uri of [...waiting]) {
      const { files, isWhole, isLate } = await reports.glance(uri, signal);
      signal.throwIfAborted();
      if (!isLate) publish(files);
      if (isWhole) waiting.delete(uri);
      else unfinished.push(uri);
    }
    for (const uri of unfinished) {
      const files = await reports.check(uri, signal);
      signal.throwIfAborted();
      waiting.delete(uri);
      publish(files);
    }
  };

  const schedule = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const signal = session.signal();
      run().catch((error: unknown) => {
        if (!signal.aborted) connection.console.error(messageOf(error));
      });
    }, delay);
  };

  /** An edit may change what is wrong in any document that refers to the edited one, so all open ones are checked. */
  const all = (first: readonly string[]) => {
    const uris = new Set([...first, ...waiting, ...documents.keys()]);
    waiting.clear();
    for (const uri of uris) waiting.add(uri);
    schedule();
  };

  return {
    edited: (uri) => all([uri]),
    closed(uri) {
      publish(new Map([...reports.forget(uri), [uri, []]]));
      waiting.delete(uri);
      all([]);
    },
    renewed: () => all([]),
  };
}

function toDiagnostics(uri: string, findings: readonly Finding[], { texts }: Session): Diagnostic[] {
  const lines = texts.lines(uri);
  return findings.map((finding) => toDiagnostic(finding, lines, texts));
}
