/** What an item is: the unit of work of a step. */
import { type ErrorData, OrbitError } from "#core/errors.ts";
import { decodeName, encodeName } from "#core/names.ts";
import { toJson } from "#core/sqlite/mod.ts";

/** Where an item stands. */
export type ItemState =
  /** Waits to be claimed. */
  | "pending"
  /** Is being processed by this process; never stored, so no crash can leave an item there. */
  | "running"
  /** Failed for now; will be claimed again when its delay is over. */
  | "waiting"
  | "done"
  | "failed"
  | "skipped"
  /** Was produced by an earlier attempt, and by the current one not yet. */
  | "stale";

/** A piece of work to do. */
export interface NewItem {
  /** Names the item within its step: any file name (see `core/names.ts`), or other text. */
  key: string;
  /** What is needed to process it: plain JSON data. */
  payload: unknown;
  /** How much work it is, in bytes (a whole number, 0 or more). */
  weight: number;
  /** Higher goes first: a whole number from -128 to 127, 0 when absent. */
  priority?: number;
}

/** An item that was given to a handler to process. */
export interface ClaimedItem {
  readonly key: string;
  readonly payload: unknown;
  readonly weight: number;
  readonly priority: number;
  /** How often it failed in this attempt of the job. */
  readonly failures: number;
  /** What `context.checkpoint` saved for it last, in this attempt or an earlier one. */
  readonly checkpoint?: unknown;
}

/** What became of a claimed item. */
export type ItemOutcome =
  | { key: string; state: "done"; result?: unknown }
  | { key: string; state: "skipped"; reason: string }
  /** Repeated later if `error.detail.retryable` is set and the step's retry policy allows. */
  | { key: string; state: "failed"; error: ErrorData };

/** What is found out about an item that an earlier attempt left. */
export type Recovered =
  | { key: string; state: "done"; result?: unknown }
  /** Progress that its next claim gets. */
  | { key: string; checkpoint: unknown };

/** An item as it is kept. */
export interface Item {
  /** Its place in the order of production; `after` of the next page. */
  position: number;
  step: string;
  key: string;
  payload: unknown;
  weight: number;
  priority: number;
  state: ItemState;
  /** The attempt of the job that produced it last. */
  attempt: number;
  failures: number;
  /** When a waiting item may be claimed again, in milliseconds since 1970. */
  notBeforeMs?: number;
  checkpoint?: unknown;
  result?: unknown;
  error?: ErrorData;
  /** Why it was skipped. */
  reason?: string;
}

/** How many items, and how much they weigh together. */
export interface Tally {
  items: number;
  /** Bytes. */
  weight: number;
}

/** An item of a handler, checked and ready to be kept in memory. */
export interface SizedItem extends Required<NewItem> {
  /** About what its payload takes, in memory and as JSON. */
  payloadBytes: number;
}

/** An item of a handler, checked and ready to be stored. */
export interface CheckedItem extends SizedItem {
  /** The key as SQLite takes it. */
  keyValue: string | Uint8Array;
  payloadText: string;
}

/** @throws {OrbitError} `invalid` when a handler's item can't be stored as it is. */
export function checkItem({ key, payload, weight, priority = 0 }: NewItem): CheckedItem {
  checkNumbers(key, weight, priority);
  const keyValue = toKeyValue(key), payloadText = toJson(payload);
  const payloadBytes = payloadText.length;
  return { key, keyValue, payload, payloadText, payloadBytes, weight, priority };
}

/**
 * As {@linkcode checkItem}, but without the JSON of most payloads.
 *
 * @throws {OrbitError} `invalid` when a handler's item can't be stored as it is.
 */
export function sizeItem({ key, payload, weight, priority = 0 }: NewItem): SizedItem {
  checkNumbers(key, weight, priority);
  toKeyValue(key);
  return { key, payload, weight, priority, payloadBytes: sizeOf(payload) };
}

function sizeOf(payload: unknown): number {
  return (Array.isArray(payload) ? sizeOfPlain(payload) : undefined) ?? toJson(payload).length;
}

/** Of an array of nothing but numbers and texts. */
function sizeOfPlain(values: readonly unknown[]): number | undefined {
  let size = 0;
  for (const value of values) {
    if (typeof value === "number") size += NUMBER_BYTES;
    else if (typeof value === "string") size += value.length;
    else return undefined;
  }
  return size;
}

const NUMBER_BYTES = 8;

function checkNumbers(key: string, weight: number, priority: number): void {
  if (!Number.isSafeInteger(weight) || weight < 0) {
    throw invalidItem(key, `weight ${weight} is not a whole number of bytes`);
  }
  if (!Number.isInteger(priority) || priority < -128 || priority > 127) {
    throw invalidItem(key, `priority ${priority} is not from -128 to 127`);
  }
}

/** A key as SQLite takes it: text where text is enough, else the bytes of the name. */
export function toKeyValue(key: string): string | Uint8Array {
  if (key.isWellFormed()) return key;
  const bytes = encodeName(key);
  if (decodeName(bytes) !== key) throw invalidItem(key, "the key stands for no bytes");
  return bytes;
}

function invalidItem(key: string, state: string): OrbitError {
  return new OrbitError("invalid", `add item ${JSON.stringify(key)}: ${state}`);
}
