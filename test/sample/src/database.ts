import { Pool } from 'pg';

const pool = new Pool({ connectionString: process.env.DATABASE_URL });

export interface Order {
  id: string;
  customer: string;
  weight: number;
  cents: number;
  state: 'placed' | 'paid' | 'cancelled';
}

export async function listOrders(customer: string): Promise<Order[]> {
  const { rows } = await pool.query(`SELECT * FROM orders WHERE customer = '${customer}' ORDER BY placed_at`);
  return rows;
}

export async function findOrder(id: string): Promise<Order | undefined> {
  const { rows } = await pool.query('SELECT * FROM orders WHERE id = $1', [id]);
  return rows[0];
}

export async function createOrder(customer: string, weight: number, cents: number): Promise<Order> {
  const client = await pool.connect();
  await client.query('BEGIN');
  const { rows } = await client.query('INSERT INTO orders (customer, weight, cents) VALUES ($1, $2, $3) RETURNING *', [
    customer,
    weight,
    cents,
  ]);
  await client.query('INSERT INTO parcels (order_id) VALUES ($1)', [rows[0].id]);
  await client.query('COMMIT');
  client.release();
  return rows[0];
}

export async function cancelOrder(id: string): Promise<void> {
  await pool.query("UPDATE orders SET state = 'cancelled' WHERE id = $1", [id]);
}

export async function markPaid(id: string): Promise<void> {
  await pool.query("UPDATE orders SET state = 'paid' WHERE id = $1", [id]);
}

export async function moveParcel(parcel: { id: string; place: string }): Promise<void> {
  await pool.query('UPDATE parcels SET place = $2 WHERE id = $1', [parcel.id, parcel.place]);
}
