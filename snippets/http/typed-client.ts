import * as z from 'zod';
import { fetchWithRetry } from './retry.ts'; // ${1}

const BASE = 'https://api.example.com/v1/'; // ${2}

/** The response, as the document of the API describes it. Members that are added later do no harm. */
const Order = z.object({
  id: z.string(),
  status: z.enum(['open', 'paid', 'cancelled']),
  totalCents: z.int().nonnegative(),
  createdAt: z.iso.datetime({ offset: true }),
});
export type Order = z.infer<typeof Order>;

export interface NewOrder {
  customerId: string;
  totalCents: number;
}

const Problem = z.object({
  type: z.string().default('about:blank'),
  title: z.string().optional(),
  detail: z.string().optional(),
});

/** The API said no: `type` is that of its problem details, by which a caller can tell what to do. */
export class ApiError extends Error {
  readonly status: number;
  readonly type: string;

  constructor(operation: string, status: number, { type, title, detail }: z.infer<typeof Problem>) {
    super(`${operation}: ${status}, ${detail ?? title ?? 'without a reason'}`);
    this.status = status;
    this.type = type;
  }
}

/** The API answered something else than its document says. */
export class ContractError extends Error {}

export interface CallOptions {
  token: string;
  signal?: AbortSignal;
  /** Repeated calls with one key create one thing; made up for each call when absent. */
  idempotencyKey?: string;
  base?: string;
}

/** `GET /orders/{orderId}`; undefined when there is none. */
export async function getOrder(orderId: string, options: CallOptions): Promise<Order | undefined> {
  const response = await call('GET', `orders/${encodeURIComponent(orderId)}`, options);
  if (response.status === 404) {
    await response.body?.cancel();
    return undefined;
  }
  return read('GET /orders/{orderId}', response, 200, Order);
}

/** `POST /orders`. */
export async function createOrder(order: NewOrder, options: CallOptions): Promise<Order> {
  return read('POST /orders', await call('POST', 'orders', options, order), 201, Order);
}

function call(method: string, path: string, options: CallOptions, body?: unknown): Promise<Response> {
  const { token, signal, idempotencyKey, base = BASE } = options;
  const headers = new Headers({ Accept: 'application/json', Authorization: `Bearer ${token}` });
  if (body !== undefined) headers.set('Content-Type', 'application/json');
  if (idempotencyKey !== undefined) headers.set('Idempotency-Key', idempotencyKey);
  const init = { method, headers, signal: signal ?? null, body: body === undefined ? null : JSON.stringify(body) };
  return fetchWithRetry(new URL(path, base), init, { idempotencyKey: method === 'POST' });
}

async function read<T>(operation: string, response: Response, expected: number, schema: z.ZodType<T>): Promise<T> {
  const text = await response.text();
  const body = jsonOf(text);
  if (!response.ok) throw new ApiError(operation, response.status, Problem.catch({ type: 'about:blank' }).parse(body));
  const result = schema.safeParse(body);
  if (response.status === expected && result.success) return result.data;
  const reason = result.success ? 'another status' : z.prettifyError(result.error);
  throw new ContractError(`${operation} answered ${response.status} against its contract: ${reason}`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
