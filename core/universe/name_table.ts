/** Tables that give names short numbers: Stars and chunk algorithms. */
import type { Database, Statement } from "#core/sqlite/mod.ts";

/** Names and their numbers, all of them in memory: there are few. */
export class NameTable {
  readonly #select: Statement;
  readonly #insert: Statement;
  readonly #ids = new Map<string, number>();
  readonly #names = new Map<number, string>();

  constructor(database: Database, table: "star" | "algorithm") {
    this.#select = database.prepare(`SELECT id, name FROM ${table} WHERE name IS NOT NULL`);
    this.#insert = database.prepare(`INSERT INTO ${table} (name) VALUES (?) RETURNING id`);
    this.reload();
  }

  /** Reads all again, as after a transaction that failed. */
  reload(): void {
    this.#ids.clear();
    this.#names.clear();
    for (const { id, name } of this.#select.all()) this.#note(id, name);
  }

  #note(id: number, name: string): void {
    this.#ids.set(name, id);
    this.#names.set(id, name);
  }

  /** The number of a name, given to it now if it had none. In the caller's transaction. */
  add(name: string): number {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const { id } = this.#insert.writeReturning(name)!;
    this.#note(id, name);
    return id;
  }

  idOf(name: string): number | undefined {
    return this.#ids.get(name);
  }

  nameOf(id: number): string | undefined {
    return this.#names.get(id);
  }

  names(): string[] {
    return [...this.#ids.keys()].sort();
  }
}
