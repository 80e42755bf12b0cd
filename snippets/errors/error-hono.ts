import type { Context, Env, ErrorHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { NotFoundError, problemAnswer } from './error-classes.ts'; // ${1}

/** Answers every error: `app.onError(onError(log))`. `log` gets those that are the server's fault. */
export function onError<E extends Env>(log: (error: unknown) => void): ErrorHandler<E> {
  return (error, context) => {
    const { status, headers, body } = problemAnswer(error);
    if (status >= 500) log(error);
    // A middleware that refuses may have set headers of its own, `WWW-Authenticate` for one.
    const own = error instanceof HTTPException ? Object.fromEntries(error.getResponse().headers) : {};
    delete own['content-length'];
    delete own['content-type'];
    // What the handler had said of another body.
    for (const name of ['Content-Encoding', 'ETag', 'Last-Modified', 'Cache-Control']) context.header(name, undefined);
    return context.body(body, status as ContentfulStatusCode, { ...own, ...headers });
  };
}

/** Answers what no route did: `app.notFound(notFound)`. */
export function notFound(context: Context): Response {
  const { status, headers, body } = problemAnswer(new NotFoundError());
  return context.body(body, status as ContentfulStatusCode, headers);
}
