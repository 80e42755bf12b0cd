import type { Middleware } from 'koa';
import { NotFoundError, problemAnswer } from './error-classes.ts'; // ${1}

/** Answers every error, and every path without an answer: the first middleware. Errors of the server's own go to `app.on('error')`. */
export const answerErrors: Middleware = async (context, next) => {
  try {
    await next();
    // With `respond` switched off, a proxy or a stream of events answers by itself, perhaps only later.
    const isUnanswered = context.status === 404 && context.body === undefined && context.respond !== false;
    if (isUnanswered) throw new NotFoundError();
  } catch (error) {
    // Half an answer cannot be taken back: Koa's own handler ends the connection, which tells the client.
    if (context.headerSent) throw error;
    const { status, headers, body } = problemAnswer(error);
    // What the handler had said of another body.
    for (const name of ['Content-Encoding', 'ETag', 'Last-Modified', 'Cache-Control']) context.remove(name);
    context.status = status;
    context.body = body;
    context.set(headers);
    if (status >= 500) context.app.emit('error', error, context);
  }
};
