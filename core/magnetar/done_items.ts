/** Items that are done and not written as such yet. */
import type { ItemStatements } from "./item_statements.ts";
import type { LateItems } from "./late_items.ts";

/**
 * Done items to one statement. What a statement changes is kept for its undoing: up to 64 KiB in
 * memory, but all that follows, too, in a file once one statement needed more.
 */
const MAX_RANGE = 64;

export class DoneItems {
  readonly #statements: ItemStatements;
  #ids: number[] = [];

  constructor(statements: ItemStatements) {
    this.#statements = statements;
  }

  get count(): number {
    return this.#ids.length;
  }

  add(id: number): void {
    this.#ids.push(id);
  }

  /** Writes all of them: those that aren't there as new rows, the others by ranges of ids. */
  write(late: LateItems): void {
    if (this.#ids.length === 0) return;
    const ids = late.writeDone(Float64Array.from(this.#ids).sort());
    this.#ids = [];
    for (let from = 0; from < ids.length;) {
      let to = from + 1;
      const most = Math.min(ids.length, from + MAX_RANGE);
      while (to < most && ids[to] === ids[to - 1] + 1) to++;
      this.#statements.done.write(ids[from], ids[to - 1]);
      from = to;
    }
  }

  forget(): void {
    this.#ids = [];
  }
}
