/**
 * Clients spell URIs of files each in their own way, and none may expect another's (Language Server Protocol, "URI"):
 * `file:///C:/a(1).yaml` is `file:///c%3A/a%281%29.yaml`. Whatever a client sends is read with one spelling.
 */
import type { ConnectionOptions } from 'vscode-languageserver/node';
import { spelledUri } from '../core/uri.ts';

export const spelling: ConnectionOptions = {
  messageStrategy: {
    handleMessage(message, next) {
      if ('params' in message) spell(message.params);
      next(message);
    },
  },
};

/** Texts of documents are no URIs, whatever they begin with. */
const texts = new Set(['text', 'contentChanges', 'diagnostics']);

/** Spells all URIs in what was sent, in place. */
function spell(sent: unknown): void {
  if (typeof sent !== 'object' || sent === null) return;
  for (const [key, value] of Object.entries(sent)) {
    if (texts.has(key)) continue;
    if (typeof value !== 'string') spell(value);
    else if (value.startsWith('file:') && !value.includes('\n')) (sent as Record<string, unknown>)[key] = spelledUri(value);
  }
}
