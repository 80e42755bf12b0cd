/** Keywords of OpenAPI and AsyncAPI, where nobody else serves them. */
import type { KeywordQuestion, Keywords } from '../core/keywords.ts';
import { messageOf, type Session } from './session.ts';

export interface KeywordHelp {
  /** Asks about a place; undefined where there is no answer, because the place, the settings or a failure say so. */
  ask<T>(
    uri: string,
    offset: number,
    question: (keywords: Keywords, question: KeywordQuestion) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T | undefined>;
}

/** Follows `lintel/yamlExtension` (a boolean): whether another extension completes and explains YAML. */
export function serveKeywords(
  { connection, client, lintel, settings, texts }: Session,
  keywords: Keywords | undefined,
): KeywordHelp {
  let { yamlExtension } = client;
  connection.onNotification('lintel/yamlExtension', (present: unknown) => {
    yamlExtension = present === true;
  });
  connection.onShutdown(() => keywords?.close());
  return {
    async ask(uri, offset, question, signal) {
      const description = lintel.descriptionOf(uri);
      const text = texts.text(uri);
      if (!keywords || !description || text === undefined) return undefined;
      try {
        const { keywords: mode } = await settings.of(uri);
        if (mode === 'off' || (mode === 'auto' && yamlExtension && description.language === 'yaml')) return undefined;
        return await question(keywords, { ...description, text, offset });
      } catch (error) {
        if (!signal.aborted) connection.console.error(messageOf(error));
        return undefined;
      }
    },
  };
}
