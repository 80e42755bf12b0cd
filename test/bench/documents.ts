/** Documents to measure on: written for the project, of any length, the same at every run, with mistakes to report. */

/** An OpenAPI document of exactly so many lines (at least 100), with the place to type at. */
export function openApi(lines: number): string {
  const names = ['order', 'parcel', 'invoice', 'carrier', 'refund'];
  const resource = (index: number) => {
    const name = `${names[index % names.length]}${index < names.length ? '' : Math.floor(index / names.length)}`;
    return { paths: pathsOf(name), schema: schemaOf(name) };
  };
  const head = (padding: number) => [
    'openapi: 3.1.0',
    'info:',
    '  title: Shop',
    '  version: 1.0.0',
    '  description: |',
    ...Array.from({ length: padding }, (_, index) => `    Paragraph ${index + 1} says what callers agree on.`),
    'servers:',
    '  - url: http://api.shop.example',
    'paths:',
  ];
  const between = ['components:', '  schemas:'];
  const sizeOf = (list: readonly { paths: string[]; schema: string[] }[]) =>
    list.reduce((sum, { paths, schema }) => sum + paths.length + schema.length, head(1).length + between.length);
  const resources = [resource(0)];
  for (;;) {
    const next = [...resources, resource(resources.length)];
    if (sizeOf(next) > lines) break;
    resources.push(next.at(-1) as (typeof resources)[number]);
  }
  const text = [
    ...head(1 + lines - sizeOf(resources)),
    ...resources.flatMap(({ paths }) => paths),
    ...between,
    ...resources.flatMap(({ schema }) => schema),
  ];
  return `${text.join('\n')}\n`;
}

function pathsOf(name: string): string[] {
  const schema = `{ $ref: '#/components/schemas/${name}' }`;
  return `
  /${name}s:
    get:
      operationId: list-${name}s
      summary: List every ${name}
      description: Newest first, ${name} by ${name}.
      tags: [${name}s]
      parameters:
        - name: state
          in: query
          schema: { type: string, enum: [open, closed] }
      responses:
        '200':
          description: Every ${name}.
          content:
            application/json:
              schema:
                type: array
                items: ${schema}
        '429': { description: Too many requests. }
    post:
      operationId: create-${name}
      summary: Create a ${name}
      tags: [${name}s]
      requestBody:
        required: true
        content:
          application/json:
            schema: ${schema}
      responses:
        '201':
          description: The ${name}.
          content:
            application/json:
              schema: ${schema}
  /${name}s/{id}:
    parameters:
      - { name: id, in: path, required: true, schema: { type: string, format: uuid } }
    get:
      operationId: get-${name}
      summary: Read a ${name}
      tags: [${name}s]
      responses:
        '200':
          description: The ${name}.
          content:
            application/json:
              schema: ${schema}
              example: { id: 8d6f2b1e-5c3a-4f0e-9d7b-2a1c3e4f5a6b, total: 12.5, note: none }`
    .slice(1)
    .split('\n');
}

function schemaOf(name: string): string[] {
  return `
    ${name}:
      type: object
      required: [id, total]
      properties:
        id: { type: string, format: uuid }
        total:
          type: number
          description: With tax, in the currency of the ${name}.
        note: { type: string, maxLength: 200 }
        placedAt: { type: string, format: date-time }`
    .slice(1)
    .split('\n');
}

/** A TypeScript file of exactly so many lines (at least 60): routes, calls to other services, queries, a webhook. */
export function typescript(lines: number): string {
  const text = `
import { createHmac } from 'node:crypto';
import express from 'express';
import { Pool } from 'pg';

const app = express();
const pool = new Pool();

export function isGenuine(body: string, signature: string, secret: string): boolean {
  return createHmac('sha256', secret).update(body).digest('hex') === signature;
}`
    .slice(1)
    .split('\n');
  for (let index = 1; text.length + 30 <= lines; index++) {
    text.push(...handler(index));
  }
  while (text.length < lines) text.push(`// Line ${text.length + 1}.`);
  return `${text.join('\n')}\n`;
}

function handler(index: number): string[] {
  return `
interface Order${index} {
  readonly id: string;
  readonly total: number;
  readonly items: readonly { readonly sku: string; readonly count: number }[];
}

app.get('/orders${index}/:id', async (request, response) => {
  const { rows } = await pool.query<Order${index}>('select * from orders${index} where id = $1', [request.params.id]);
  const [order] = rows;
  if (order === undefined) {
    response.status(404).json({ title: 'No such order', status: 404 });
    return;
  }
  const answer = await fetch(\`https://stock.example/items/\${order.items.map(({ sku }) => sku).join()}\`);
  if (!answer.ok) throw new Error('The stock is not known: ' + answer.status);
  response.json({ ...order, stock: await answer.json() });
});

async function total${index}(orders: readonly Order${index}[]): Promise<number> {
  let sum = 0;
  for (const { items, total } of orders) {
    const pieces = items.reduce((count, item) => count + item.count, 0);
    sum += pieces > 0 ? total : 0;
  }
  return sum;
}`.split('\n');
}
