import type { Knex } from 'knex';

/** Runs in a transaction of its own (Knex's default), so that a step that fails half-way leaves nothing. */
export async function up(knex: Knex): Promise<void> {
  await boundWaiting(knex);
  await knex.schema.alterTable('orders', (table) => {
    // With a constant default no row is rewritten, and the version that does not know the column goes on inserting.
    table.text('status').notNullable().defaultTo('open'); // ${1}
    table.check("status IN ('open', 'paid', 'cancelled')", [], 'orders_status_known');
    table.index(['status', 'created_at'], 'orders_status_created_at');
  });
}

/** Undoes `up`. What the column held is lost: the release before this one did not know it. */
export async function down(knex: Knex): Promise<void> {
  await boundWaiting(knex);
  // The index and the check go with the column.
  await knex.schema.alterTable('orders', (table) => table.dropColumn('status'));
}

/** A statement that waits for a lock makes all others wait behind it: better to fail, and try at a quieter time. */
async function boundWaiting(knex: Knex): Promise<void> {
  await knex.raw("SET LOCAL lock_timeout = '5s'");
}
