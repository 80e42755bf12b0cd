import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The name ends with the time it was written at, by which TypeORM orders the steps. */
export class AddOrderStatus1735689600000 implements MigrationInterface {
  readonly name = 'AddOrderStatus1735689600000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await boundWaiting(queryRunner);
    // With a constant default no row is rewritten, and the version that does not know the column goes on inserting.
    await queryRunner.query(
      `ALTER TABLE "orders"
         ADD COLUMN "status" text NOT NULL DEFAULT 'open'
         CONSTRAINT "orders_status_known" CHECK ("status" IN ('open', 'paid', 'cancelled'))`,
    );
    await queryRunner.query('CREATE INDEX "orders_status_created_at" ON "orders" ("status", "created_at")');
  }

  /** Undoes `up`. What the column held is lost: the release before this one did not know it. */
  async down(queryRunner: QueryRunner): Promise<void> {
    await boundWaiting(queryRunner);
    // The index and the check go with the column.
    await queryRunner.query('ALTER TABLE "orders" DROP COLUMN "status"');
  }
}

/** A statement that waits for a lock makes all others wait behind it: better to fail, and try at a quieter time. */
async function boundWaiting(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query("SET LOCAL lock_timeout = '5s'");
}
