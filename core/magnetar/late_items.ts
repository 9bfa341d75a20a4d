/**
 * Items that were produced and aren't written yet. Most are done before they have to be, and then
 * they are written once, packed, instead of twice. An item gets a row when somebody looks, or when
 * more is to be kept with it: a checkpoint, an output, a result, an error.
 */
import { checkItem } from "./item.ts";
import type { ItemPacks } from "./item_packs.ts";
import type { StoredItem } from "./item_row.ts";
import type { ItemStatements } from "./item_statements.ts";

/** Those of one step, by id. */
interface LateStep {
  stepId: number;
  attempt: number;
  items: Map<number, StoredItem>;
}

export class LateItems {
  readonly #statements: ItemStatements;
  readonly #packs: ItemPacks;
  readonly #steps = new Map<number, LateStep>();
  #claimed: number[] = [];

  constructor(statements: ItemStatements, packs: ItemPacks) {
    this.#statements = statements;
    this.#packs = packs;
  }

  add(stepId: number, attempt: number, items: readonly StoredItem[]): void {
    let late = this.#steps.get(stepId);
    if (late === undefined) this.#steps.set(stepId, late = { stepId, attempt, items: new Map() });
    for (const item of items) late.items.set(item.id, item);
  }

  /** Has {@linkcode writeClaimed} write items that aren't over by then. */
  claim(ids: readonly number[]): void {
    if (this.#steps.size > 0) this.#claimed.push(...ids);
  }

  /** Writes items as done; returns the ids of those that were written before. */
  writeDone(ids: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
    for (const late of [...this.#steps.values()]) {
      const { items } = late;
      const others = ids.filter((id) => !items.has(id));
      this.#packs.add(late.stepId, late.attempt, this.#take(late, ids));
      ids = others;
    }
    return ids;
  }

  writeClaimed(): void {
    const claimed = this.#claimed;
    this.#claimed = [];
    this.write(claimed);
  }

  writeAll(): void {
    this.#claimed = [];
    for (const late of [...this.#steps.values()]) this.#insert(late, late.items.keys());
  }

  /** Writes items as pending, as far as they aren't written. */
  write(ids: Iterable<number>): void {
    for (const late of [...this.#steps.values()]) this.#insert(late, ids);
  }

  /** A key that comes twice, which it was not to do, gets one row. */
  #insert(late: LateStep, ids: Iterable<number>): void {
    const { stepId, attempt } = late;
    this.#statements.insert.write(
      this.#take(late, ids)
        .map((item) => ({ id: item.id, stepId, attempt, item: checkItem(item) })),
    );
  }

  forget(): void {
    this.#steps.clear();
    this.#claimed = [];
  }

  #take({ stepId, items }: LateStep, ids: Iterable<number>): StoredItem[] {
    const taken: StoredItem[] = [];
    for (const id of ids) {
      const item = items.get(id);
      if (item === undefined) continue;
      taken.push(item);
      items.delete(id);
    }
    if (items.size === 0) this.#steps.delete(stepId);
    return taken;
  }
}
