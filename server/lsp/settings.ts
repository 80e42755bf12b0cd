/** The editor's settings, section `lintel`, made a `Config` for each document. */
import { homedir } from 'node:os';
import type { Connection } from 'vscode-languageserver/node';
import { URI, Utils } from 'vscode-uri';
import { type Config, readConfig } from '../core/config.ts';
import { isWithinFolder } from '../core/uri.ts';
import { type Client, sectionOf } from './client.ts';

export interface Settings {
  /** The settings in force for a document; asked once, until they change. */
  of(uri: string): Promise<Config>;
  /** They changed; `sent` is what the notification carried, for clients that cannot be asked. */
  changed(sent: unknown): void;
}

/** Reads settings through `workspace/configuration`, else from what the client sent by itself. */
export function createSettings(connection: Connection, client: Client): Settings {
  const known = new Map<string, Promise<Config>>();
  let sent = client.settings;

  const ask = async (uri: string) => {
    const raw: unknown = client.configuration
      ? await connection.workspace.getConfiguration({ scopeUri: uri, section: 'lintel' })
      : sent;
    const config = readConfig(raw, client.trusted);
    return { ...config, ruleset: rulesetUri(config.ruleset, uri, client.folders) };
  };

  return {
    of(uri) {
      const asked = known.get(uri) ?? ask(uri);
      known.set(uri, asked);
      asked.catch(() => {
        if (known.get(uri) === asked) known.delete(uri);
      });
      return asked;
    },
    changed(settings) {
      known.clear();
      sent = sectionOf(settings) ?? sent;
    },
  };
}

/**
 * The URI of a ruleset a person named by a path: absolute, from the home folder (`~/`), or relative to the workspace folder of the
 * document, which may be named as other settings name it (`${workspaceFolder}/`).
 */
export function rulesetUri(named: string, document: string, folders: readonly string[]): string {
  const path = named.replace(/^\$\{workspaceFolder\}[\\/]/, '').replace(/^~(?=[\\/])/, homedir);
  if (path === '' || /^[a-z][a-z0-9+.-]+:/i.test(path)) return path;
  if (/^(?:[a-z]:)?[\\/]/i.test(path)) return URI.file(path).toString();
  const owners = folders.filter((folder) => isWithinFolder(document, folder));
  const folder = owners.sort((a, b) => b.length - a.length)[0] ?? folders[0];
  const base = folder === undefined ? Utils.dirname(URI.parse(document)) : URI.parse(folder);
  return Utils.joinPath(base, path).toString();
}
