/** cURL commands, as people copy them from browsers and manuals. */
import {
  type Content,
  type Credential,
  type Exchange,
  type Field,
  fieldsOf,
  headerOf,
  partsOf,
  plainMediaType,
  type SampleReading,
} from './exchange.ts';

interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Does a text begin with a command of cURL? */
export function isCurl(text: string): boolean {
  return /^\s*(?:[$>#]\s*)?curl(?:\.exe)?\s/m.test(text) && !/^\s*[{[]/.test(text);
}

/** The requests of all commands in a text; what a command prints is not read. */
export function readCurl(uri: string, text: string): SampleReading {
  const notes: SampleReading['notes'][number][] = [];
  const exchanges: Exchange[] = [];
  const { read, at } = withoutCarets(text);
  for (const words of commandsIn(read)) {
    const first = words[0] as Word;
    const source = { uri, start: at(first.start), end: at((words.at(-1) as Word).end) };
    for (const part of partsBetweenNext(words.slice(1))) {
      const found = exchangesOf(part, (message) => notes.push({ ...source, message }));
      exchanges.push(...found.map((exchange) => ({ ...exchange, source })));
      if (found.length === 0) notes.push({ ...source, message: 'The command has no URL, so nothing can be said of it.' });
    }
  }
  return { exchanges, notes };
}

/** The text without the carets by which the Windows prompt escapes, and where its characters were. */
function withoutCarets(text: string): { read: string; at: (index: number) => number } {
  if (!/\^(?:\r?\n|")/.test(text)) return { read: text, at: (index) => index };
  const places: number[] = [];
  let read = '';
  for (let index = 0; index < text.length; index++) {
    if (text[index] === '^' && /^(?:\r?\n)/.test(text.slice(index + 1, index + 3))) {
      index += text[index + 1] === '\r' ? 2 : 1;
      continue;
    }
    if (text[index] === '^' && index + 1 < text.length) index++;
    read += text[index];
    places.push(index);
  }
  return { read, at: (index) => places[index] ?? text.length };
}

/** Between `--next` stand the words of one request each. */
function partsBetweenNext(words: readonly Word[]): Word[][] {
  const parts: Word[][] = [[]];
  for (const word of words) {
    if (word.text === '--next' || word.text === '-:') parts.push([]);
    else parts.at(-1)?.push(word);
  }
  return parts;
}

/** The words of each `curl …`, quotes taken away. Commands end with a line that is not continued, `;`, `|` or `&&`. */
function commandsIn(text: string): Word[][] {
  const commands: Word[][] = [];
  let words: Word[] = [];
  const close = () => {
    const at = words.findIndex((word) => /^curl(?:\.exe)?$/.test(word.text));
    if (at >= 0) commands.push(words.slice(at));
    words = [];
  };
  let here: { start: number; end: number } | undefined;
  let index = 0;
  while (index < text.length) {
    const char = text[index] as string;
    if (index === here?.start) {
      close();
      index = here.end;
    } else if ((char === '\\' || char === '^' || char === '`') && /^\r?\n/.test(text.slice(index + 1, index + 3)))
      index += text[index + 1] === '\r' ? 3 : 2;
    else if (char === '\n' || char === ';' || char === '|' || (char === '&' && text[index + 1] === '&')) {
      close();
      index++;
    } else if (/\s/.test(char)) index++;
    // To the background: the command ends.
    else if (/^&(?:\s|$)/.test(text.slice(index, index + 2))) {
      close();
      index++;
    } else if (words.length > 0 && redirection.test(text.slice(index, index + 4))) {
      const [sign] = redirection.exec(text.slice(index, index + 4)) as RegExpExecArray;
      index += sign.length;
      if (sign === '<<' && text[index] === '-') index++;
      while (text[index] === ' ') index++;
      const target = wordAt(text, index);
      index = target.end;
      if (sign === '<<') {
        const start = lineEnd(text, index);
        const document = documentAt(text, start + 1, target.text);
        here = { start, end: document.end };
        // What is read from the standard input stands there.
        words = words.map((word) => (word.text === '@-' ? { ...word, text: document.text } : word));
      }
    }
    // A comment, and no prompt of a superuser.
    else if (char === '#' && !/^#\s*curl(?:\.exe)?\s/.test(text.slice(index, index + 40))) index = lineEnd(text, index);
    else {
      const word = wordAt(text, index);
      words.push(word);
      index = word.end;
    }
  }
  close();
  return commands;
}

/** Where a shell sends what comes out, or takes what goes in; the word behind it is no URL. */
const redirection = /^(?:\d?>{1,2}|&>|<{1,3})/;

/** The lines up to the one that is the label, and the end of the last of them: `<<EOF`. */
function documentAt(text: string, from: number, label: string): { text: string; end: number } {
  const lines = text.slice(from).split('\n');
  const count = lines.findIndex((line) => line.trim() === label);
  const own = count < 0 ? lines : lines.slice(0, count);
  const length = own.reduce((sum, line) => sum + line.length + 1, 0);
  return { text: own.join('\n'), end: Math.min(text.length, from + length + (count < 0 ? 0 : (lines[count] ?? '').length)) };
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

/** What a shell would put there: `$name`, `${name}`; not the options of a query that OData has, `$top=5`. */
const variable = /^\$(?:\{(\w+)\}|([A-Za-z_]\w*)(?![\w=]))/;

function wordAt(text: string, start: number): Word {
  let value = '';
  let index = start;
  while (index < text.length && !/[\s;|]/.test(text[index] as string)) {
    const char = text[index] as string;
    if (char === "'" || char === '"' || (char === '$' && text[index + 1] === "'")) {
      const quoted = quotedAt(text, index);
      value += quoted.text;
      index = quoted.end;
    } else if (char === '\\' && index + 1 < text.length) {
      if (/[\r\n]/.test(text[index + 1] as string)) break;
      value += text[index + 1];
      index += 2;
    } else {
      const found = char === '$' ? variable.exec(text.slice(index, index + 100)) : null;
      value += found ? `{{${found[1] ?? found[2]}}}` : char;
      index += found ? found[0].length : 1;
    }
  }
  return { text: value, start, end: Math.max(index, start + 1) };
}

function quotedAt(text: string, start: number): { text: string; end: number } {
  const isAnsi = text[start] === '$';
  const quote = isAnsi ? "'" : text[start];
  let value = '';
  let index = start + (isAnsi ? 2 : 1);
  while (index < text.length && text[index] !== quote) {
    const escapes = text[index] === '\\' && (isAnsi || (quote === '"' && /["\\$`\n]/.test(text[index + 1] ?? '')));
    const found = quote === '"' && text[index] === '$' ? variable.exec(text.slice(index, index + 100)) : null;
    if (found) {
      value += `{{${found[1] ?? found[2]}}}`;
      index += found[0].length;
    } else if (!escapes) value += text[index++];
    else {
      const code = isAnsi ? /^\\(?:u([0-9a-f]{4})|x([0-9a-f]{2}))/i.exec(text.slice(index, index + 6)) : null;
      if (code) value += String.fromCharCode(Number.parseInt((code[1] ?? code[2]) as string, 16));
      else
        value += isAnsi
          ? (controls[text[index + 1] as string] ?? text[index + 1])
          : text[index + 1] === '\n'
            ? ''
            : text[index + 1];
      index += code ? code[0].length : 2;
    }
  }
  return { text: value, end: index + 1 };
}

const controls: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '0': '\0' };

/** Short options that take a value, by their long name. */
const short: Readonly<Record<string, string>> = {
  X: 'request',
  H: 'header',
  d: 'data',
  F: 'form',
  u: 'user',
  b: 'cookie',
  A: 'user-agent',
  e: 'referer',
  o: 'output',
  m: 'max-time',
  x: 'proxy',
  E: 'cert',
  w: 'write-out',
  T: 'upload-file',
  c: 'cookie-jar',
  D: 'dump-header',
  K: 'config',
  r: 'range',
  C: 'continue-at',
  P: 'ftp-port',
  Q: 'quote',
  t: 'telnet-option',
  U: 'proxy-user',
  y: 'speed-time',
  Y: 'speed-limit',
  z: 'time-cond',
};
const withValue = new Set([
  ...Object.values(short),
  ...'url data-raw data-binary data-ascii data-urlencode json form-string oauth2-bearer url-query variable'.split(' '),
  ...'connect-timeout connect-to happy-eyeballs-timeout-ms keepalive-time max-filesize max-redirs limit-rate rate'.split(' '),
  ...'retry retry-delay retry-max-time expect100-timeout parallel-max output-dir create-file-mode stderr'.split(' '),
  ...'trace trace-ascii trace-config libcurl alt-svc hsts etag-save etag-compare netrc-file'.split(' '),
  ...'cacert capath cert-type key key-type pass ciphers curves tls-max tls13-ciphers pinnedpubkey crlfile engine'.split(' '),
  ...'resolve interface local-port dns-servers dns-interface doh-url unix-socket abstract-unix-socket request-target'.split(' '),
  ...'noproxy preproxy proxy1.0 proxy-header proxy-cacert proxy-cert proxy-key socks4 socks4a socks5 socks5-hostname'.split(' '),
  ...'proto proto-default proto-redir aws-sigv4 delegation service-name login-options ip-tos haproxy-clientip'.split(' '),
]);

/** The options of a command, in order; a word that is none is a URL. */
function* optionsOf(words: readonly Word[]): Iterable<readonly [name: string, value: string]> {
  for (let index = 0; index < words.length; index++) {
    const { text } = words[index] as Word;
    const next = () => words[++index]?.text ?? '';
    if (text.startsWith('--')) {
      const cut = text.indexOf('=');
      const name = text.slice(2, cut < 0 ? undefined : cut);
      if (withValue.has(name)) yield [name, cut < 0 ? next() : text.slice(cut + 1)];
      else yield [name, ''];
    } else if (text.startsWith('-') && text.length > 1) {
      // `-sSLX POST`: flags, and the last may take a value.
      for (let at = 1; at < text.length; at++) {
        const name = short[text[at] as string];
        if (!name) {
          yield [text[at] === 'G' ? 'get' : text[at] === 'I' ? 'head' : (text[at] as string), ''];
          continue;
        }
        yield [name, text.slice(at + 1) || next()];
        break;
      }
    } else yield ['url', text];
  }
}

/** One request for each URL. */
function exchangesOf(words: readonly Word[], note: (message: string) => void): Omit<Exchange, 'source'>[] {
  const urls: string[] = [];
  const added: Field[] = [];
  const headers: Field[] = [];
  const data: string[] = [];
  const form: Field[] = [];
  const credentials: Credential[] = [];
  let [method, isGet, json, isUpload]: [string | undefined, boolean, boolean, boolean] = [undefined, false, false, false];
  for (const [name, value] of optionsOf(words)) {
    if (name === 'url') urls.push(value);
    else if (name === 'request') method = value.toLowerCase();
    else if (name === 'get') isGet = true;
    else if (name === 'head') method ??= 'head';
    else if (name === 'header' && value.startsWith('@')) {
      note(`Headers are in the file \`${value.slice(1)}\`, so they are missing.`);
    } else if (name === 'header') headers.push(headerIn(value));
    else if (name === 'url-query' && !value.startsWith('@')) added.push(...fieldsOf(encoded(value.replace(/^\+/, ''))));
    // Without an equals sign it is a file of cookies.
    else if (name === 'cookie' && value.includes('=')) headers.push({ name: 'Cookie', value });
    else if (name === 'user') credentials.push({ kind: words.some(({ text }) => text === '--digest') ? 'digest' : 'basic' });
    else if (name === 'oauth2-bearer') credentials.push({ kind: 'bearer', isJwt: false });
    else if (name === 'form' || name === 'form-string') form.push(formField(value, name === 'form'));
    else if (name === 'upload-file') isUpload = true;
    else if (name === 'json' || /^data(?:-raw|-binary|-ascii|-urlencode)?$/.test(name)) {
      json ||= name === 'json';
      if (value.startsWith('@') && name !== 'data-raw')
        note(`The body is in the file \`${value.slice(1)}\`, so its shape is left open.`);
      data.push(name === 'data-urlencode' ? encoded(value) : value);
    }
  }
  const body = isGet
    ? undefined
    : (bodyOf(headers, data, form, json) ?? (isUpload ? { mediaType: uploaded(headers) } : undefined));
  const full = urls.filter((url) => /^[a-z][a-z0-9+.-]*:\/\//i.test(url));
  // A word that is no whole URL is one where there is no other.
  return (full.length > 0 ? full : urls.slice(0, 1)).map((written) => {
    const url = words.some(({ text }) => text === '-g' || text === '--globoff') ? written : firstOf(written);
    const parts = partsOf(url);
    // A name and a password before the host.
    const isSigned =
      /^[a-z][a-z0-9+.-]*:\/\/[^/?#@]+@/i.test(url) && credentials.length === 0 && !headerOf(headers, 'authorization');
    const proofs: readonly Credential[] = isSigned ? [{ kind: 'basic' }] : credentials;
    return {
      method: method ?? (isUpload ? 'put' : body ? 'post' : 'get'),
      ...parts,
      query: [...parts.query, ...added, ...(isGet ? data.flatMap(fieldsOf) : [])],
      headers,
      ...(body && { body }),
      ...(proofs.length > 0 && { credentials: proofs }),
    };
  });
}

/** The first of the URLs that cURL makes of one: `{a,b}` is a list, `[1-9]` a range. */
function firstOf(url: string): string {
  return url.replaceAll(/(?<!\{)\{([^{},]+),[^{}]*\}/g, '$1').replaceAll(/\[(\d+|[A-Za-z])-(?:\d+|[A-Za-z])(?::\d+)?\]/g, '$1');
}

const uploaded = (headers: readonly Field[]) => plainMediaType(headerOf(headers, 'content-type'));

/** What `--data-urlencode` makes of its value: `name=content`, `name@file`, `=content` or `content`, with the content encoded. */
function encoded(text: string): string {
  const [, name, mark, content = ''] = /^([^=@]*)([=@])([\s\S]*)$/.exec(text) ?? [];
  if (mark === undefined) return encodeURIComponent(text);
  if (mark === '@') return name === '' ? text : `${name}=`;
  return `${name === '' ? '' : `${name}=`}${encodeURIComponent(content)}`;
}

function headerIn(text: string): Field {
  const cut = text.indexOf(':');
  return cut < 0 ? { name: text.replace(/;$/, '') } : { name: text.slice(0, cut).trim(), value: text.slice(cut + 1).trim() };
}

function formField(text: string, mayBeFile: boolean): Field {
  const cut = text.indexOf('=');
  const value = text.slice(cut + 1);
  return { name: text.slice(0, cut < 0 ? undefined : cut), ...(!(mayBeFile && /^[@<]/.test(value)) && { value }) };
}

function bodyOf(headers: readonly Field[], data: readonly string[], form: readonly Field[], json: boolean): Content | undefined {
  if (form.length > 0) return { mediaType: 'multipart/form-data', fields: form };
  if (data.length === 0) return undefined;
  const stated = plainMediaType(headerOf(headers, 'content-type'));
  if (data.some((one) => one.startsWith('@'))) return { mediaType: stated || (json ? 'application/json' : '') };
  const text = data.join(json ? '' : '&');
  const mediaType = stated || (json || /^\s*[{[]/.test(text) ? 'application/json' : 'application/x-www-form-urlencoded');
  return mediaType === 'application/x-www-form-urlencoded' ? { mediaType, fields: fieldsOf(text) } : { mediaType, text };
}
