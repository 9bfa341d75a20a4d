/** The SQL on the rows of items. A query names `state <> 2` again where it is to use `item_open`. */
import type { Database } from "#core/sqlite/mod.ts";
import { BulkInsert } from "./bulk_insert.ts";
import { StateCode } from "./migrations.ts";

const COLUMNS = "(id, step_id, key, payload, weight, priority, state, attempt)";
const RENEW = `UPDATE SET id = excluded.id, payload = excluded.payload, weight = excluded.weight,
  priority = excluded.priority, attempt = excluded.attempt, state = ${StateCode.pending},
  checkpoint = CASE WHEN state = ${StateCode.done} THEN NULL ELSE checkpoint END,
  failures = 0, not_before_ms = NULL, result = NULL, error = NULL, reason = NULL`;
const ON_KEY = "ON CONFLICT (step_id, key) DO";
const OPEN = `(${StateCode.pending}, ${StateCode.waiting}, ${StateCode.stale})`;

/**
 * A page of items.
 *
 * @param step With a plus no index on it is used.
 */
export function list(step: "step_id" | "+step_id"): string {
  return `SELECT * FROM item
    WHERE ${step} IN (SELECT value FROM json_each(?1)) AND id > ?2 AND id < ?7
      AND CASE WHEN id IN (SELECT value FROM json_each(?4)) THEN ?5
          ELSE state IN (SELECT value FROM json_each(?3)) END
    ORDER BY id LIMIT ?6`;
}

/** The id that the next item gets: SQL for a number. */
export const NEXT_ITEM_ID = `(SELECT 1 + max(coalesce((SELECT max(id) FROM item), 0),
  coalesce((SELECT max(id) FROM item_pack), 0)))`;

/** Every statement, prepared. */
export type ItemStatements = ReturnType<typeof prepareStatements>;

export function prepareStatements(database: Database) {
  const prepare = (sql: string) => database.prepare(sql);
  const insert = (rows: number, state: number = StateCode.pending) =>
    `INSERT INTO item ${COLUMNS} VALUES ` +
    Array(rows).fill(`(?, ?, CAST(? AS BLOB), ?, ?, ?, ${state}, ?)`).join(", ");
  const loaded = "id, key, payload, weight, priority, failures, checkpoint";
  return {
    insert: new BulkInsert((rows) => prepare(`${insert(rows)} ${ON_KEY} NOTHING`)),
    insertDone: new BulkInsert((rows) =>
      prepare(`${insert(rows, StateCode.done)} ${ON_KEY} NOTHING`)
    ),
    renew: new BulkInsert((rows) => prepare(`${insert(rows)} ${ON_KEY} ${RENEW}`)),
    renewOlder: prepare(
      `${insert(1)} ${ON_KEY} ${RENEW} WHERE attempt < excluded.attempt RETURNING checkpoint`,
    ),
    has: prepare("SELECT 1 FROM item WHERE id = ?"),
    left: prepare(
      `SELECT ${loaded} FROM item
       WHERE step_id = ? AND key = CAST(? AS BLOB) AND state <> ${StateCode.done}`,
    ),
    done: prepare(
      `UPDATE item SET state = ${StateCode.done}, checkpoint = NULL, error = NULL
       WHERE id BETWEEN ? AND ?`,
    ),
    result: prepare("UPDATE item SET result = ? WHERE id = ?"),
    skipped: prepare(`UPDATE item SET state = ${StateCode.skipped}, reason = ? WHERE id = ?`),
    failed: prepare(
      "UPDATE item SET state = ?, failures = ?, not_before_ms = ?, error = ? WHERE id = ?",
    ),
    checkpoint: prepare("UPDATE item SET checkpoint = ? WHERE id = ?"),
    pendingByPriority: prepare(
      `SELECT priority, count(*) AS items FROM item
       WHERE step_id = ? AND state = ${StateCode.pending} AND state <> 2 GROUP BY priority`,
    ),
    load: prepare(
      `SELECT ${loaded} FROM item
       WHERE step_id = ? AND state = ${StateCode.pending} AND state <> 2
         AND priority = ? AND id > ? ORDER BY id LIMIT ?`,
    ),
    due: prepare(
      `SELECT ${loaded} FROM item WHERE step_id = ? AND state = 1 AND not_before_ms <= ?
       ORDER BY not_before_ms, id LIMIT ?`,
    ),
    promote: prepare(
      `UPDATE item SET state = ${StateCode.pending}, not_before_ms = NULL WHERE id = ?`,
    ),
    nextDue: prepare("SELECT min(not_before_ms) AS due FROM item WHERE step_id = ? AND state = 1"),
    makeStale: prepare(
      `UPDATE item SET state = ${StateCode.stale}, not_before_ms = NULL
       WHERE step_id = ? AND state <> 2`,
    ),
    forgive: prepare(
      `UPDATE item SET state = ${StateCode.pending}, failures = 0, not_before_ms = NULL
       WHERE step_id = ? AND state = 1`,
    ),
    stale: prepare(
      `SELECT count(*) AS items, total(weight) AS weight FROM item
       WHERE step_id = ? AND state = ${StateCode.stale} AND state <> 2`,
    ),
    skipStale: prepare(
      `UPDATE item SET state = ${StateCode.skipped}, reason = ?, error = NULL
       WHERE step_id = ? AND state = ${StateCode.stale} AND state <> 2`,
    ),
    skipOpen: prepare(
      `UPDATE item SET state = ${StateCode.skipped}, reason = ?, not_before_ms = NULL
       WHERE step_id = ? AND state IN ${OPEN} AND state <> 2`,
    ),
    any: prepare(
      `SELECT 1 FROM item WHERE step_id = ?1
       UNION ALL SELECT 1 FROM item_pack WHERE step_id = ?1 LIMIT 1`,
    ),
    counts: prepare(
      `SELECT state, sum(items) AS items, total(weight) AS weight FROM (
         SELECT state, count(*) AS items, total(weight) AS weight FROM item
         WHERE step_id = ?1 GROUP BY state
         UNION ALL SELECT ${StateCode.done}, items, weight FROM item_pack WHERE step_id = ?1
       ) GROUP BY state`,
    ),
    weight: prepare(
      `SELECT total(weight) AS weight FROM item WHERE id IN (SELECT value FROM json_each(?))`,
    ),
    list: prepare(list("step_id")),
    // From where a page ended the next one's rows are near, and needn't be found and sorted again.
    listOn: prepare(list("+step_id")),
    // No number is greater than a BLOB.
    listByKey: prepare(
      `SELECT * FROM item
       WHERE step_id = ?1 AND key > coalesce((SELECT key FROM item WHERE id = ?2), -1)
         AND state IN (SELECT value FROM json_each(?3))
       ORDER BY key LIMIT ?4`,
    ),
  };
}
