/**
 * The rows of items.
 *
 * What happens to most items (produced, done) goes in bulk: rows are inserted many to a statement,
 * and items that are done are collected and updated by ranges of ids. Everything else is rare and
 * goes row by row.
 */
import type { ErrorData } from "#core/errors.ts";
import { type Database, fromJson, type Statement, toJson } from "#core/sqlite/mod.ts";
import type { StepCounts } from "./handler.ts";
import { type NewRow, valuesOf } from "./bulk_insert.ts";
import { DoneItems } from "./done_items.ts";
import { type CheckedItem, type SizedItem, toKeyValue } from "./item.ts";
import { ItemPacks } from "./item_packs.ts";
import { ItemPages } from "./item_pages.ts";
import { noCounts, STATES, type StoredItem, toLoaded, toStored } from "./item_row.ts";
import { type ItemStatements, NEXT_ITEM_ID, prepareStatements } from "./item_statements.ts";
import { LateItems } from "./late_items.ts";
import { StateCode } from "./migrations.ts";

/** Done items and checkpoints that are collected before they are written. */
const MAX_COLLECTED = 1000;

export class ItemTable {
  readonly #statements: ItemStatements;
  readonly #database: Database;
  readonly #packs: ItemPacks;
  readonly #pages: ItemPages;
  readonly #late: LateItems;
  readonly #done: DoneItems;
  #nextId: number;
  /** JSON by id. */
  readonly #checkpoints = new Map<number, string>();

  constructor(database: Database) {
    this.#database = database;
    this.#statements = prepareStatements(database);
    this.#packs = new ItemPacks(database);
    this.#pages = new ItemPages(database, this.#statements, this.#packs);
    this.#late = new LateItems(this.#statements, this.#packs);
    this.#done = new DoneItems(this.#statements);
    this.#nextId = database.prepare(`SELECT ${NEXT_ITEM_ID} AS id`).first()!.id;
  }

  /** Adds items whose keys the step hasn't got; returns those that were added, in order. */
  insert(stepId: number, attempt: number, items: readonly CheckedItem[]): StoredItem[] {
    this.settle();
    const added: StoredItem[] = [];
    this.#statements.insert.write(this.#number(stepId, attempt, items), (chunk, changes) => {
      const areAllNew = changes === chunk.length;
      for (const { id, item } of chunk) {
        if (areAllNew || this.#has(id)) added.push(toStored(id, item));
      }
    });
    return added;
  }

  /**
   * Adds items whose keys the step hasn't got. They are written when they are over, when somebody
   * looks, or when they are {@linkcode claim | claimed} or {@linkcode keep | kept}.
   */
  insertLater(stepId: number, attempt: number, items: readonly SizedItem[]): StoredItem[] {
    const added = items.map((item) => toStored(this.#nextId++, item));
    this.#late.add(stepId, attempt, added);
    return added;
  }

  /** Has items written by the next commit. */
  claim(items: readonly StoredItem[]): void {
    this.#late.claim(items.map(({ id }) => id));
  }

  /** Writes items that nobody keeps in memory, as far as they aren't written. */
  keep(items: readonly StoredItem[]): void {
    this.#late.write(items.map(({ id }) => id));
  }

  /**
   * Adds items or renews those of earlier attempts; returns both, in order, and leaves out those
   * that this attempt has produced already.
   */
  insertOrRenew(stepId: number, attempt: number, items: readonly CheckedItem[]): StoredItem[] {
    this.settle();
    const added: StoredItem[] = [];
    for (const row of this.#number(stepId, attempt, items)) {
      const found = this.#statements.renewOlder.writeReturning(...valuesOf([row]));
      if (found) added.push(toStored(row.id, row.item, { checkpoint: fromJson(found.checkpoint) }));
    }
    return added;
  }

  /** Adds items or renews those with the same keys, whatever state they are in. */
  upsert(stepId: number, attempt: number, items: readonly CheckedItem[]): void {
    this.settle();
    this.#statements.renew.write(this.#number(stepId, attempt, items));
  }

  #number(stepId: number, attempt: number, items: readonly CheckedItem[]): NewRow[] {
    return items.map((item) => ({ id: this.#nextId++, stepId, attempt, item }));
  }

  #has(id: number): boolean {
    return this.#statements.has.first(id) !== undefined;
  }

  /** The item is done. Written by {@linkcode settle} at the latest. */
  setDone(id: number, result?: unknown): void {
    this.#checkpoints.delete(id);
    if (result !== undefined) this.#change(this.#statements.result, id, toJson(result));
    this.#done.add(id);
    if (this.#done.count >= MAX_COLLECTED) this.settle();
  }

  setSkipped(id: number, reason: string): void {
    this.#checkpoints.delete(id);
    this.#change(this.#statements.skipped, id, toJson(reason));
  }

  setFailed(id: number, failures: number, error: ErrorData): void {
    this.#setError(id, StateCode.failed, failures, null, error);
  }

  setWaiting(id: number, failures: number, error: ErrorData, notBeforeMs: number): void {
    this.#setError(id, StateCode.waiting, failures, notBeforeMs, error);
  }

  #setError(id: number, state: number, count: number, dueMs: number | null, error: ErrorData) {
    this.settle();
    this.#change(this.#statements.failed, id, state, count, dueMs, toJson(error));
  }

  /** Changes an item that may still have to be written. */
  #change(statement: Statement, id: number, ...values: (string | number | null)[]): void {
    this.#late.write([id]);
    statement.write(...values, id);
  }

  /** Keeps an item's progress. Written by {@linkcode settle} at the latest. */
  setCheckpoint(id: number, value: unknown): void {
    this.#checkpoints.set(id, toJson(value));
    if (this.#checkpoints.size >= MAX_COLLECTED) this.settle();
  }

  /**
   * Writes what was collected, but for items that may be written later. Called before every commit,
   * and before anything that needs no such items is read.
   */
  settle(): void {
    this.#done.write(this.#late);
    this.#late.writeClaimed();
    this.#late.write(this.#checkpoints.keys());
    for (const [id, value] of this.#checkpoints) {
      this.#statements.checkpoint.write(value, id);
    }
    this.#checkpoints.clear();
  }

  /** Writes all that was collected. Called before anything else is read. */
  settleAll(): void {
    this.settle();
    this.#late.writeAll();
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

  /**
   * Makes rows of some of the items that were packed when they were done; returns of how many, 0
   * when there are none. Before a step produces again it has to be called until then.
   */
  unpack(stepId: number): number {
    this.settle();
    return this.#packs.unpackOne(stepId, this.#statements.insertDone);
  }

  /** Every item of the step that isn't done is to be produced again. */
  makeStale(stepId: number): void {
    this.settleAll();
    this.#statements.makeStale.write(stepId);
  }

  /** Waiting items of an earlier attempt wait no longer, and their failures are forgiven. */
  forgive(stepId: number): void {
    this.#statements.forgive.write(stepId);
  }

  /** Skips what is stale; returns what that was. */
  skipStale(stepId: number, reason: string): { items: number; weight: number } {
    this.settleAll();
    const stale = this.#statements.stale.first(stepId)!;
    if (stale.items > 0) this.#statements.skipStale.write(toJson(reason), stepId);
    return { items: stale.items, weight: stale.weight };
  }

  /** Skips whatever of the step isn't over. */
  skipOpen(stepId: number, reason: string): void {
    this.settleAll();
    this.#statements.skipOpen.write(toJson(reason), stepId);
  }

  /** Whether the step has any item, and so an earlier attempt's traces. */
  isEmpty(stepId: number): boolean {
    return this.#statements.any.first(stepId) === undefined;
  }

  counts(stepId: number): StepCounts {
    this.settleAll();
    const counts = noCounts();
    for (const { state, items, weight } of this.#statements.counts.all(stepId)) {
      counts[STATES[state]] = { items, weight };
    }
    return counts;
  }

  /** What the items of the given ids weigh together. */
  weightOf(ids: readonly number[]): number {
    this.settle();
    return this.#statements.weight.first(JSON.stringify(ids))!.weight;
  }

  /** Pages of items, with all that was collected. */
  get pages(): ItemPages {
    this.settleAll();
    return this.#pages;
  }

  /** Drops what was collected and isn't written. */
  forget(): void {
    this.#done.forget();
    this.#checkpoints.clear();
    this.#late.forget();
  }

  /** Makes what was written, and what {@linkcode settle} writes, survive this process. */
  commit(): void {
    this.settle();
    this.#database.commit();
  }
}
