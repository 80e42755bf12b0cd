/**
 * Files on other hosts. Nothing is fetched from a host that the person has not allowed, and what has been fetched is kept
 * as long as the process lives. Asking for a file never waits: it is there, or it is on its way and said when it has come.
 */
import type { Fetch } from './host.ts';
import { resolveUri } from './uri.ts';

type State =
  | { readonly kind: 'coming'; readonly end: Promise<void> }
  | { readonly kind: 'here'; readonly text: string }
  | { readonly kind: 'failed'; readonly why: string };

export interface Remote {
  /**
   * The hosts that may be asked from now on, such as `schemas.example.com`. What came from another is kept, unseen: documents
   * may allow different ones, and each would have the files of the other fetched again.
   */
  allow(hosts: readonly string[]): void;
  /** How files are fetched from now on. */
  through(fetch: Fetch): void;
  /** The text of a file that is here. One that is not is fetched, where that is allowed. */
  text(uri: string): string | undefined;
  /** Waits for a file, and rejects with the sentence why it does not come. */
  wait(uri: string): Promise<string>;
  /** Why a file is not here; undefined while it is on its way, and when it has come or nobody has asked for it. */
  lack(uri: string): Lack | undefined;
  /** Has anybody asked for a file that is not here? */
  readonly lacks: boolean;
  /** Waits for all that is on its way. Has anything come, or failed to, since this was asked last? */
  settled(): Promise<boolean>;
  /** What failed is tried again when it is next asked for. */
  retry(): void;
}

export interface Lack {
  readonly host: string;
  /** It was not fetched because nobody has allowed it. */
  readonly refused: boolean;
  readonly message: string;
}

export function isRemote(uri: string): boolean {
  return /^https?:/i.test(uri);
}

/** The host of a URL, with its port where that is not the usual one. Empty for what is no URL. */
export function hostOf(uri: string): string {
  try {
    return new URL(uri).host;
  } catch {
    return '';
  }
}

const mostRedirects = 5;
/** Nobody writes descriptions and rulesets of this length, in UTF-16 code units. */
const longest = 30_000_000;

/** Files of other hosts, `fetch` being how to get one; `arrived` is told when there is one that was not there before. */
export function createRemote(fetch: Fetch | undefined, arrived: () => void): Remote {
  const states = new Map<string, State>();
  const refused = new Set<string>();
  let allowed: ReadonlySet<string> = new Set();
  let news = false;

  const refusal = (host: string) =>
    `Nothing is fetched from \`${host}\` unless you allow it: the setting \`lintel.remoteHosts\`, or \`--allow-host\` on the command line.`;

  async function load(uri: string): Promise<string> {
    if (!fetch) throw new Error('this program cannot fetch.');
    const hosts = allowed;
    let url = uri;
    for (let hops = 0; hops <= mostRedirects; hops++) {
      const host = hostOf(url);
      if (!hosts.has(host)) throw new Error(`it leads on to \`${host}\`, which is not among the allowed hosts.`);
      const { status, location, text } = await fetch(url);
      if (status >= 300 && status < 400 && location !== undefined) url = resolveUri(location, url);
      else if (status !== 200) throw new Error(`the server answered ${status}.`);
      else if (text.length > longest) throw new Error('it is too long.');
      else return text;
    }
    throw new Error('it is led on without end.');
  }

  function begin(uri: string): State {
    const end = load(uri).then(
      (text) => void states.set(uri, { kind: 'here', text }),
      (error: unknown) => void states.set(uri, { kind: 'failed', why: reasonOf(error) }),
    );
    const told = end.then(() => {
      news = true;
      arrived();
    });
    const state: State = { kind: 'coming', end: told };
    states.set(uri, state);
    return state;
  }

  function ask(uri: string): State | undefined {
    if (allowed.has(hostOf(uri))) return states.get(uri) ?? begin(uri);
    refused.add(uri);
    return undefined;
  }

  function lack(uri: string): Lack | undefined {
    const host = hostOf(uri);
    const state = allowed.has(host) ? states.get(uri) : undefined;
    if (state?.kind === 'failed') return { host, refused: false, message: `\`${uri}\` cannot be fetched: ${state.why}` };
    return refused.has(uri) ? { host, refused: true, message: refusal(host) } : undefined;
  }

  return {
    allow(hosts) {
      if (hosts.length === allowed.size && hosts.every((host) => allowed.has(host))) return;
      allowed = new Set(hosts);
      refused.clear();
    },
    through(other) {
      fetch = other;
    },
    text(uri) {
      const state = ask(uri);
      return state?.kind === 'here' ? state.text : undefined;
    },
    async wait(uri) {
      const asked = ask(uri);
      if (asked?.kind === 'coming') await asked.end;
      const state = asked && states.get(uri);
      if (state?.kind === 'here') return state.text;
      throw new Error(lack(uri)?.message ?? `\`${uri}\` is not here.`);
    },
    lack,
    get lacks() {
      return refused.size > 0 || [...states.values()].some(({ kind }) => kind === 'failed');
    },
    async settled() {
      await Promise.all([...states.values()].map((state) => state.kind === 'coming' && state.end));
      const any = news;
      news = false;
      return any;
    },
    retry() {
      for (const [uri, { kind }] of states) if (kind === 'failed') states.delete(uri);
    },
  };
}

/** The cause of a failed fetch is what says something: "fetch failed" does not. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== '' ? `${error.cause.message}.` : error.message;
}
