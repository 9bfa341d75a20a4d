/** Items as rows of the database, and back. */
import { decodeName } from "#core/names.ts";
import { fromJson, type Row } from "#core/sqlite/mod.ts";
import type { StepCounts } from "./handler.ts";
import type { ClaimedItem, Item, SizedItem } from "./item.ts";
import { StateCode } from "./migrations.ts";

/** A stored item in memory, ready to be claimed. Handlers are given it as it is. */
export interface StoredItem extends ClaimedItem {
  readonly id: number;
  /** About what it takes in memory. */
  readonly bytes: number;
}

/** What an item in memory takes beside its payload, roughly. */
const ITEM_OVERHEAD_BYTES = 200;

/** Names of states by their code. */
export const STATES = Object.fromEntries(
  Object.entries(StateCode).map(([name, code]) => [code, name]),
) as Record<number, keyof typeof StateCode>;

/** An item that was just added. */
export function toStored(
  id: number,
  item: SizedItem,
  { checkpoint }: { checkpoint?: unknown } = {},
): StoredItem {
  const { key, payload, weight, priority } = item;
  const bytes = ITEM_OVERHEAD_BYTES + key.length + item.payloadBytes;
  return { id, key, payload, weight, priority, failures: 0, checkpoint, bytes };
}

/** An item that was read back. */
export function toLoaded(row: Row): StoredItem {
  return {
    id: row.id,
    key: decodeName(row.key),
    payload: fromJson(row.payload),
    weight: row.weight,
    priority: row.priority,
    failures: row.failures,
    checkpoint: fromJson(row.checkpoint),
    bytes: ITEM_OVERHEAD_BYTES + row.key.length + row.payload.length,
  };
}

/** An item as it is listed. */
export function toItem(row: Row, step: string, running: boolean): Item {
  return {
    position: row.id,
    step,
    key: decodeName(row.key),
    payload: fromJson(row.payload),
    weight: row.weight,
    priority: row.priority,
    state: running ? "running" : STATES[row.state],
    attempt: row.attempt,
    failures: row.failures,
    notBeforeMs: row.not_before_ms ?? undefined,
    checkpoint: fromJson(row.checkpoint),
    result: fromJson(row.result),
    error: fromJson(row.error),
    reason: fromJson(row.reason),
  };
}

/** An item that is done and left nothing else behind, as it is listed. */
export function toDone(
  facts: Pick<Item, "position" | "step" | "key" | "payload" | "weight" | "priority" | "attempt">,
): Item {
  return {
    ...facts,
    state: "done",
    failures: 0,
    notBeforeMs: undefined,
    checkpoint: undefined,
    result: undefined,
    error: undefined,
    reason: undefined,
  };
}

/** Counts of a step that has no items. */
export function noCounts(): StepCounts {
  const none = () => ({ items: 0, weight: 0 });
  return {
    pending: none(),
    running: none(),
    waiting: none(),
    done: none(),
    failed: none(),
    skipped: none(),
    stale: none(),
  };
}
