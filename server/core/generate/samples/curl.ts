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
  for (const words of commandsIn(text)) {
    const first = words[0] as Word;
    const source = { uri, start: first.start, end: (words.at(-1) as Word).end };
    const found = exchangeOf(words, (message) => notes.push({ ...source, message }));
    if (found) exchanges.push({ ...found, source });
    else notes.push({ ...source, message: 'The command has no URL, so nothing can be said of it.' });
  }
  return { exchanges, notes };
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
  let index = 0;
  while (index < text.length) {
    const char = text[index] as string;
    if ((char === '\\' || char === '^' || char === '`') && /^\r?\n/.test(text.slice(index + 1, index + 3)))
      index += text[index + 1] === '\r' ? 3 : 2;
    else if (char === '\n' || char === ';' || char === '|' || (char === '&' && text[index + 1] === '&')) {
      close();
      index++;
    } else if (/\s/.test(char)) index++;
    else {
      const word = wordAt(text, index);
      words.push(word);
      index = word.end;
    }
  }
  close();
  return commands;
}

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
      value += char;
      index++;
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
    if (!escapes) value += text[index++];
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
};
const withValue = new Set([
  ...Object.values(short),
  ...'url data-raw data-binary data-ascii data-urlencode json form-string oauth2-bearer connect-timeout retry retry-delay cacert key resolve max-redirs limit-rate interface proxy-user url-query aws-sigv4'.split(
    ' ',
  ),
]);

/** The options of a command, in order; a word that is none is a URL. */
function* optionsOf(words: readonly Word[]): Iterable<readonly [name: string, value: string]> {
  for (let index = 1; index < words.length; index++) {
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

function exchangeOf(words: readonly Word[], note: (message: string) => void): Omit<Exchange, 'source'> | undefined {
  const headers: Field[] = [];
  const data: string[] = [];
  const form: Field[] = [];
  const credentials: Credential[] = [];
  let [url, method, isGet, json]: [string | undefined, string | undefined, boolean, boolean] = [
    undefined,
    undefined,
    false,
    false,
  ];
  for (const [name, value] of optionsOf(words)) {
    if (name === 'url') url ??= value;
    else if (name === 'request') method = value.toLowerCase();
    else if (name === 'get') isGet = true;
    else if (name === 'head') method ??= 'head';
    else if (name === 'header') headers.push(headerIn(value));
    else if (name === 'cookie') headers.push({ name: 'Cookie', value });
    else if (name === 'user') credentials.push({ kind: 'basic' });
    else if (name === 'oauth2-bearer') credentials.push({ kind: 'bearer', isJwt: false });
    else if (name === 'form' || name === 'form-string') form.push(formField(value, name === 'form'));
    else if (name === 'upload-file') method ??= 'put';
    else if (name === 'json' || /^data(?:-raw|-binary|-ascii|-urlencode)?$/.test(name)) {
      json ||= name === 'json';
      if (value.startsWith('@') && name !== 'data-raw')
        note(`The body is in the file \`${value.slice(1)}\`, so its shape is left open.`);
      data.push(value);
    }
  }
  if (!url) return undefined;
  const parts = partsOf(url);
  const query = isGet ? [...parts.query, ...data.flatMap(fieldsOf)] : parts.query;
  const body = isGet ? undefined : bodyOf(headers, data, form, json);
  return {
    method: method ?? (body ? 'post' : 'get'),
    ...parts,
    query,
    headers,
    ...(body && { body }),
    ...(credentials.length > 0 && { credentials }),
  };
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
  const text = data.join('&');
  const mediaType = stated || (json || /^\s*[{[]/.test(text) ? 'application/json' : 'application/x-www-form-urlencoded');
  return mediaType === 'application/x-www-form-urlencoded' ? { mediaType, fields: fieldsOf(text) } : { mediaType, text };
}
