/**
 * The rows of items.
 *
 * What happens to most items (produced, done) goes in bulk: rows are inserted many to a statement,
 * and items that are done are collected and updated by ranges of ids. Everything else is rare and
 * goes row by row.
 */
import { type ErrorData, OrbitError } from "#core/errors.ts";
import { type Database, fromJson, type Statement, toJson } from "#core/sqlite/mod.ts";
import type { StepCounts } from "./handler.ts";
import { type CheckedItem, type Item, type ItemState, toKeyValue } from "./item.ts";
import {
  noCounts,
  STATES,
  type StoredItem,
  toItem,
  toLoaded,
  toStored,
  toValues,
} from "./item_row.ts";
import { INSERT_ROWS, type ItemStatements, prepareStatements } from "./item_statements.ts";
import { StateCode } from "./migrations.ts";

/** Done items and checkpoints that are collected before they are written. */
const MAX_COLLECTED = 1000;

/**
 * Done items to one statement. What a statement changes is kept for its undoing: up to 64 KiB in
 * memory, but all that follows, too, in a file once one statement needed more.
 */
const MAX_RANGE = 64;

interface ListOptions {
  states?: readonly ItemState[];
  limit: number;
  after?: number;
  running: number[];
  below?: number;
}

export class ItemTable {
  readonly #statements: ItemStatements;
  readonly #database: Database;
  #nextId: number;
  #done: number[] = [];
  /** JSON by id. */
  readonly #checkpoints = new Map<number, string>();

  constructor(database: Database) {
    this.#database = database;
    this.#statements = prepareStatements(database);
    this.#nextId = database.prepare("SELECT coalesce(max(id), 0) + 1 AS id FROM item").first()!.id;
  }

  /** Adds items whose keys the step hasn't got; returns those that were added, in order. */
  insert(stepId: number, attempt: number, items: readonly CheckedItem[]): StoredItem[] {
    const { insertMany, insertOne } = this.#statements;
    const added: StoredItem[] = [];
    this.#inChunks(stepId, attempt, items, insertMany, insertOne, (chunk, firstId, changes) => {
      if (changes === chunk.length) {
        for (let i = 0; i < chunk.length; i++) added.push(toStored(firstId + i, chunk[i]));
      } else {
        chunk.forEach((item, i) => {
          if (this.#has(firstId + i)) added.push(toStored(firstId + i, item));
        });
      }
    });
    return added;
  }

  /**
   * Adds items or renews those of earlier attempts; returns both, in order, and leaves out those
   * that this attempt has produced already.
   */
  insertOrRenew(stepId: number, attempt: number, items: readonly CheckedItem[]): StoredItem[] {
    this.settle();
    const added: StoredItem[] = [];
    for (const item of items) {
      const id = this.#nextId++;
      const values = toValues(id, stepId, attempt, item);
      const row = this.#statements.renewOlder.writeReturning(...values);
      if (row) added.push(toStored(id, item, fromJson(row.checkpoint)));
    }
    return added;
  }

  /** Adds items or renews those with the same keys, whatever state they are in. */
  upsert(stepId: number, attempt: number, items: readonly CheckedItem[]): void {
    const { renewMany, renewOne } = this.#statements;
    this.#inChunks(stepId, attempt, items, renewMany, renewOne, () => {});
  }

  #inChunks(
    stepId: number,
    attempt: number,
    items: readonly CheckedItem[],
    many: Statement,
    one: Statement,
    then: (chunk: readonly CheckedItem[], firstId: number, changes: number) => void,
  ): void {
    this.settle();
    for (let at = 0; at < items.length;) {
      const size = items.length - at >= INSERT_ROWS ? INSERT_ROWS : 1;
      const chunk = items.slice(at, at + size);
      const firstId = this.#nextId;
      this.#nextId += size;
      const values = chunk.flatMap((item, i) => toValues(firstId + i, stepId, attempt, item));
      then(chunk, firstId, (size === 1 ? one : many).write(...values));
      at += size;
    }
  }

  #has(id: number): boolean {
    return this.#statements.has.first(id) !== undefined;
  }

  /** The item is done. Written by {@linkcode settle} at the latest. */
  setDone(id: number, result?: unknown): void {
    this.#checkpoints.delete(id);
    if (result !== undefined) this.#statements.result.write(toJson(result), id);
    if (this.#done.push(id) >= MAX_COLLECTED) this.settle();
  }

  setSkipped(id: number, reason: string): void {
    this.#checkpoints.delete(id);
    this.#statements.skipped.write(toJson(reason), id);
  }

  setFailed(id: number, failures: number, error: ErrorData): void {
    this.settle();
    this.#statements.failed.write(StateCode.failed, failures, null, toJson(error), id);
  }

  setWaiting(id: number, failures: number, error: ErrorData, notBeforeMs: number): void {
    this.settle();
    this.#statements.failed.write(StateCode.waiting, failures, notBeforeMs, toJson(error), id);
  }

  /** Keeps an item's progress. Written by {@linkcode settle} at the latest. */
  setCheckpoint(id: number, value: unknown): void {
    this.#checkpoints.set(id, toJson(value));
    if (this.#checkpoints.size >= MAX_COLLECTED) this.settle();
  }

  /** Writes what was collected. Called before anything reads, and before every commit. */
  settle(): void {
    if (this.#done.length > 0) {
      const ids = Float64Array.from(this.#done).sort();
      this.#done = [];
      for (let from = 0; from < ids.length;) {
        let to = from + 1;
        const most = Math.min(ids.length, from + MAX_RANGE);
        while (to < most && ids[to] === ids[to - 1] + 1) to++;
        this.#statements.done.write(ids[from], ids[to - 1]);
        from = to;
      }
    }
    for (const [id, value] of this.#checkpoints) {
      this.#statements.checkpoint.write(value, id);
    }
    this.#checkpoints.clear();
  }

  /** How many items are pending, by priority. */
  pendingByPriority(stepId: number): { priority: number; items: number }[] {
    this.settle();
    return this.#statements.pendingByPriority.all(stepId) as never;
  }

  /** The step's item of that key, unless it is done. */
  left(stepId: number, key: string): StoredItem | undefined {
    this.settle();
    const row = this.#statements.left.first(stepId, toKeyValue(key));
    return row && toLoaded(row);
  }

  /** Pending items of one priority in the order of production, as much as the bounds allow. */
  load(stepId: number, priority: number, afterId: number, limit: number): StoredItem[] {
    this.settle();
    return this.#statements.load.all(stepId, priority, afterId, limit).map(toLoaded);
  }

  /** Turns waiting items whose delay is over into pending ones and returns them. */
  takeDue(stepId: number, nowMs: number, limit: number): StoredItem[] {
    const rows = this.#statements.due.all(stepId, nowMs, limit);
    for (const { id } of rows) this.#statements.promote.write(id);
    return rows.map(toLoaded);
  }

  /** When the next waiting item is due; undefined when none waits. */
  nextDueMs(stepId: number): number | undefined {
    return this.#statements.nextDue.first(stepId)?.due ?? undefined;
  }

  /** Every item of the step that isn't done is to be produced again. */
  makeStale(stepId: number): void {
    this.settle();
    this.#statements.makeStale.write(stepId);
  }

  /** Waiting items of an earlier attempt wait no longer, and their failures are forgiven. */
  forgive(stepId: number): void {
    this.#statements.forgive.write(stepId);
  }

  /** Skips what is stale; returns what that was. */
  skipStale(stepId: number, reason: string): { items: number; weight: number } {
    this.settle();
    const stale = this.#statements.stale.first(stepId)!;
    if (stale.items > 0) this.#statements.skipStale.write(toJson(reason), stepId);
    return { items: stale.items, weight: stale.weight };
  }

  /** Skips whatever of the step isn't over. */
  skipOpen(stepId: number, reason: string): void {
    this.settle();
    this.#statements.skipOpen.write(toJson(reason), stepId);
  }

  /** Whether the step has any item, and so an earlier attempt's traces. */
  isEmpty(stepId: number): boolean {
    return this.#statements.any.first(stepId) === undefined;
  }

  counts(stepId: number): StepCounts {
    this.settle();
    const counts = noCounts();
    for (const { state, items, weight } of this.#statements.counts.all(stepId)) {
      counts[STATES[state]] = { items, weight };
    }
    return counts;
  }

  /** What the items of the given ids weigh together. */
  weightOf(ids: readonly number[]): number {
    return this.#statements.weight.first(JSON.stringify(ids))!.weight;
  }

  /** A page of one step's items in the order of keys. @throws {OrbitError} `invalid` for more. */
  listByKey(
    steps: ReadonlyMap<number, string>,
    { states, limit, after = 0 }: { states?: readonly ItemState[]; limit: number; after?: number },
  ): Item[] {
    if (steps.size !== 1) throw new OrbitError("invalid", "list items by key: name one step");
    const [[stepId, step]] = steps;
    this.settle();
    const codes = JSON.stringify(codesOf(states));
    const rows = this.#statements.listByKey.all(stepId, after, codes, limit);
    return rows.map((row) => toItem(row, step, false));
  }

  /**
   * A page of items in the order of production.
   *
   * @param options.running The ids of those that run now.
   * @param options.below What all ids are below, lest the last page looks through newer jobs.
   */
  list(steps: ReadonlyMap<number, string>, options: ListOptions): Item[] {
    this.settle();
    const { states, limit, after = 0, running, below = Number.MAX_SAFE_INTEGER } = options;
    const runningIds = JSON.stringify(running);
    const { list, listOn } = this.#statements;
    const rows = (after === 0 ? list : listOn).all(
      JSON.stringify([...steps.keys()]),
      after,
      JSON.stringify(codesOf(states)),
      runningIds,
      Number(!states || states.includes("running")),
      limit,
      below,
    );
    const isRunning = new Set(running);
    return rows.map((row) => toItem(row, steps.get(row.step_id)!, isRunning.has(row.id)));
  }

  /** Drops what was collected and isn't written. */
  forget(): void {
    this.#done = [];
    this.#checkpoints.clear();
  }

  /** Writes what was collected and commits. */
  commit(): void {
    this.settle();
    this.#database.commit();
  }
}

/** As they are stored; all that can be when none are named. */
function codesOf(states: readonly ItemState[] | undefined): number[] {
  return (states ?? Object.keys(StateCode)).filter((state) => state !== "running")
    .map((state) => StateCode[state as keyof typeof StateCode]);
}
