/** Pages of items, whether they have rows or are packed. */
import { OrbitError } from "#core/errors.ts";
import type { Database } from "#core/sqlite/mod.ts";
import type { Item, ItemState } from "./item.ts";
import type { ItemPacks } from "./item_packs.ts";
import { toItem } from "./item_row.ts";
import type { ItemStatements } from "./item_statements.ts";
import { StateCode } from "./migrations.ts";

interface PageOptions {
  states?: readonly ItemState[];
  limit: number;
  after?: number;
}

export class ItemPages {
  readonly #database: Database;
  readonly #statements: ItemStatements;
  readonly #packs: ItemPacks;

  constructor(database: Database, statements: ItemStatements, packs: ItemPacks) {
    this.#database = database;
    this.#statements = statements;
    this.#packs = packs;
  }

  /**
   * A page in the order of production.
   *
   * @param options.running The ids of those that run now.
   * @param options.below What all ids are below, lest the last page looks through newer jobs.
   */
  byPosition(
    steps: ReadonlyMap<number, string>,
    options: PageOptions & { running: number[]; below?: number },
  ): Item[] {
    const { states, limit, after = 0, running, below = Number.MAX_SAFE_INTEGER } = options;
    const { list, listOn } = this.#statements;
    const rows = (after === 0 ? list : listOn).all(
      JSON.stringify([...steps.keys()]),
      after,
      JSON.stringify(codesOf(states)),
      JSON.stringify(running),
      Number(!states || states.includes("running")),
      limit,
      below,
    );
    const isRunning = new Set(running);
    const items = rows.map((row) => toItem(row, steps.get(row.step_id)!, isRunning.has(row.id)));
    if (states !== undefined && !states.includes("done")) return items;
    const most = limit < 0 ? Infinity : limit;
    const packed = this.#packs.page(steps, { after, below, limit: most });
    if (packed.length === 0) return items;
    return [...items, ...packed].sort((a, b) => a.position - b.position).slice(0, most);
  }

  /**
   * A page of one step's items in the order of keys. Those that are packed become rows for it.
   *
   * @throws {OrbitError} `invalid` for several steps.
   */
  byKey(
    steps: ReadonlyMap<number, string>,
    { states, limit, after = 0 }: PageOptions,
  ): Item[] {
    if (steps.size !== 1) throw new OrbitError("invalid", "list items by key: name one step");
    const [[stepId, step]] = steps;
    if (this.#packs.has(stepId)) {
      this.#database.transact(() => {
        while (this.#packs.unpackOne(stepId, this.#statements.insertDone) > 0);
      });
    }
    const codes = JSON.stringify(codesOf(states));
    const rows = this.#statements.listByKey.all(stepId, after, codes, limit);
    return rows.map((row) => toItem(row, step, false));
  }
}

/** As they are stored; all that can be when none are named. */
function codesOf(states: readonly ItemState[] | undefined): number[] {
  return (states ?? Object.keys(StateCode)).filter((state) => state !== "running")
    .map((state) => StateCode[state as keyof typeof StateCode]);
}
