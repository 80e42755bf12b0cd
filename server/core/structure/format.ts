/**
 * The `format`s of the specifications' own schemas, and of examples. Each says what a text is not; the tests are lenient
 * where standards are read differently, because a valid text must never be refused.
 */
import { regexOf } from './shape.ts';

const uriCharacters = /[\s<>"{}|\\^`]/;
const scheme = /^[a-z][a-z0-9+.-]*:/i;
const date = /^(\d{4})-(\d\d)-(\d\d)$/;
const time = /^([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(z|[+-]([01]\d|2[0-3]):?[0-5]\d)?$/i;

const tests: Record<string, { readonly is: (text: string) => boolean; readonly what: string }> = {
  uri: { is: (text) => scheme.test(text) && !uriCharacters.test(text), what: 'an absolute URI such as `https://example.com`' },
  'uri-reference': { is: (text) => !uriCharacters.test(text) || isTemplate(text), what: 'a URI or relative reference' },
  'uri-template': { is: isBalanced, what: 'a URI template: a brace is not closed' },
  email: { is: (text) => /^(?:[^@\s]+|".+")@[^@\s]+$/.test(text), what: 'an email address' },
  regex: { is: (text) => regexOf(text) !== undefined, what: 'a regular expression' },
  'media-range': { is: (text) => /^[^\s/;]+\/[^\s/;]+(\s*;.*)?$/.test(text), what: 'a media type such as `application/json`' },
  date: { is: isDate, what: 'a date such as `2024-12-31`' },
  'date-time': { is: isDateTime, what: 'a date and time such as `2024-12-31T23:59:59Z`' },
  time: { is: (text) => time.test(text), what: 'a time such as `23:59:59Z`' },
  uuid: { is: (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text), what: 'a UUID' },
  ipv4: { is: (text) => /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.|$)){4}$/.test(text), what: 'an IPv4 address' },
  ipv6: { is: (text) => /^[0-9a-f:.]*:[0-9a-f:.]*(%.*)?$/i.test(text), what: 'an IPv6 address' },
};

/** What the text should be and is not; undefined where it is, or the format is not known. */
export function formatProblem(format: string, text: string): string | undefined {
  const test = Object.hasOwn(tests, format) ? tests[format] : undefined;
  return test && !test.is(text) ? test.what : undefined;
}

/** Braces of a template are no characters of a URI, but many write templates where the schema says reference. */
function isTemplate(text: string): boolean {
  return isBalanced(text) && !uriCharacters.test(text.replace(/\{[^{}]*\}/g, ''));
}

function isBalanced(text: string): boolean {
  return !/[{}]/.test(text.replace(/\{[^{}]*\}/g, ''));
}

function isDate(text: string): boolean {
  const [, year, month, day] = date.exec(text) ?? [];
  if (!year) return false;
  const days = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= days;
}

function isDateTime(text: string): boolean {
  const [day = '', clock = ''] = text.split(/[Tt ]/, 2);
  return isDate(day) && time.test(clock);
}
