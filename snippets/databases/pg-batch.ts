import type { Pool, PoolClient } from 'pg';

export interface Product {
  id: string;
  name: string;
  price: string;
}

/** Reads many rows with one statement, in the order of their ids; undefined where there is none. */
export async function productsById(db: Pool | PoolClient, ids: readonly string[]): Promise<(Product | undefined)[]> {
  if (ids.length === 0) return [];
  const { rows } = await db.query<Product>('SELECT id, name, price FROM products WHERE id = ANY($1::uuid[])', [
    [...new Set(ids)],
  ]);
  const found = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => found.get(id.toLowerCase()));
}

/**
 * Writes many rows with one statement, each inserted or, where its id is there, updated. An array for each column has no
 * limit of 65,535 parameters and one plan for any number of rows. One id may be there once only: the last counts.
 */
export async function saveProducts(db: Pool | PoolClient, products: readonly Product[]): Promise<number> {
  // Rows locked in one order by everybody cannot deadlock.
  const byId = new Map(products.map((product) => [product.id.toLowerCase(), product]));
  const unique = [...byId].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, product]) => product);
  if (unique.length === 0) return 0;
  const { rowCount } = await db.query(
    `INSERT INTO products (id, name, price)
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::numeric[])
     ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, price = EXCLUDED.price`,
    [unique.map(({ id }) => id), unique.map(({ name }) => name), unique.map(({ price }) => price)],
  );
  return rowCount ?? 0;
}
