/** What the `package.json` of an application says of it: the head of its description. */
import type { Host } from '../host.ts';
import type { GenerateOptions } from '../lintel.ts';
import { isRecord } from '../model/api.ts';

/** From the nearest `package.json` of a folder or above a file; nothing where there is none or it cannot be read. */
export function packageOptions(uri: string | undefined, read: (uri: string) => string | undefined): GenerateOptions {
  for (let folder = uri ?? ''; folder !== ''; folder = parentOf(folder)) {
    const text = read(`${folder}/package.json`);
    if (text !== undefined) return optionsIn(text);
  }
  return {};
}

/** The folder of the package a file lies in; undefined where no folder above has a `package.json`. */
export function folderOfPackage(uri: string, host: Host): string | undefined {
  for (let folder = parentOf(uri); folder !== ''; folder = parentOf(folder))
    if (host.isFile(`${folder}/package.json`)) return folder;
  return undefined;
}

/** The folder above a file or folder; empty at the root. */
export function parentOf(uri: string): string {
  const parent = uri.replace(/\/[^/]*$/, '');
  return parent === uri || /^file:\/*$/.test(parent) ? '' : parent;
}

function optionsIn(text: string): GenerateOptions {
  const data = jsonOf(text);
  const string = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  const [title, version, description, license] = ['name', 'version', 'description', 'license'].map((key) => string(data[key]));
  const author = isRecord(data.author) ? data.author : authorIn(string(data.author) ?? '');
  const [name, email, url] = ['name', 'email', 'url'].map((key) => string(author[key]));
  // `Jane (Example Ltd)` has no address.
  const contact = { ...(name && { name }), ...(url && /^https?:\/\/\S+$/.test(url) && { url }), ...(email && { email }) };
  return {
    ...(title && { title }),
    ...(version && { version }),
    ...(description && { description }),
    ...(Object.keys(contact).length > 0 && { contact }),
    ...(license && license !== 'UNLICENSED' && { license }),
  };
}

/** The object a JSON text is; empty where it is none. */
export function jsonOf(text: string | undefined): Record<string, unknown> {
  try {
    const data: unknown = JSON.parse(text ?? '');
    return isRecord(data) ? data : {};
  } catch {
    return {};
  }
}

/** `Name <email> (url)`, as npm has it. */
function authorIn(text: string): Record<string, string | undefined> {
  const match = /^([^<(]*)(?:<([^>]*)>)?\s*(?:\(([^)]*)\))?$/.exec(text);
  return { name: match?.[1]?.trim(), email: match?.[2], url: match?.[3] };
}

/** The `info` of a document. */
export function infoObject({
  title = 'API',
  version = '1.0.0',
  description,
  contact,
  license,
}: GenerateOptions): Record<string, unknown> {
  return {
    title,
    version,
    ...(description && { description }),
    ...(contact && { contact }),
    ...(license && { license: { name: license } }),
  };
}
