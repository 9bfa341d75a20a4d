/**
 * Events of a sync as NDJSON, schema `orbit.sync/1`.
 *
 * Each line is an object with `schema`, `type` and `seq` (0, 1, 2, … without gaps), and the
 * event's own fields. A name is a string; one that isn't UTF-8 has lone surrogates (JSON's
 * `\udcXX` escapes) for its stray bytes, and the field beside it with `Bytes` after its name holds
 * the exact bytes in base64: `path` and `pathBytes`, `target` and `targetBytes`.
 */
import { toEventRecord } from "#core/sync/event_record.ts";
import type { SyncEvent } from "#core/sync/events.ts";

/** The schema of the lines; the number grows when a field changes its meaning. */
export const SYNC_SCHEMA = "orbit.sync/1";

/** Numbers events and turns them into lines, without the line's end. */
export function createJsonEncoder(): (event: SyncEvent) => string {
  let seq = 0;
  return (event) => {
    const { type, ...fields } = toEventRecord(event);
    return JSON.stringify({ schema: SYNC_SCHEMA, type, seq: seq++, ...fields });
  };
}
