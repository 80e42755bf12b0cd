// Lets an editor read this code before anything is installed. After `npm install` this file can go.
declare module 'express' {
  export interface Request {
    headers: Record<string, string | undefined>;
    params: Record<string, string>;
    query: Record<string, string>;
    body: any;
  }
  export interface Response {
    status(code: number): Response;
    json(body: unknown): Response;
    end(): Response;
  }
  type Handler = (request: Request, response: Response) => unknown;
  export interface Router {
    get(path: string, ...handlers: Handler[]): void;
    post(path: string, ...handlers: Handler[]): void;
    delete(path: string, ...handlers: Handler[]): void;
    use(...handlers: unknown[]): void;
  }
  export function Router(): Router;
  const express: { (): Router & { listen(port: number): void }; json(): Handler; raw(options: object): Handler };
  export default express;
}

declare module 'pg' {
  export class Pool {
    constructor(options: object);
    connect(): Promise<{ query(text: string, values?: unknown[]): Promise<{ rows: any[] }>; release(): void }>;
    query(text: string, values?: unknown[]): Promise<{ rows: any[] }>;
  }
}
