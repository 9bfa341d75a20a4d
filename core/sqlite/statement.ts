/** Prepared statements of a {@linkcode Database}. */
import type { SQLInputValue, StatementSync } from "node:sqlite";
import type { Database } from "./database.ts";

/** A row as SQLite gives it. */
// deno-lint-ignore no-explicit-any
export type Row = Record<string, any>;

/** A prepared statement whose failures are OrbitErrors. */
export class Statement {
  constructor(readonly owner: Database, readonly inner: StatementSync) {}

  /** Makes every row an array of its columns, which costs less than an object with their names. */
  asColumns(): this {
    // Deno has it and its types don't.
    (this.inner as StatementSync & { setReturnArrays(yes: boolean): void }).setReturnArrays(true);
    return this;
  }

  /** Runs a writing statement in the open transaction; returns the number of changed rows. */
  write(...values: SQLInputValue[]): number {
    this.owner.begin();
    try {
      return Number(this.inner.run(...values).changes);
    } catch (error) {
      throw this.owner.spoil(error);
    }
  }

  /** The first row of a writing statement that returns rows. */
  writeReturning(...values: SQLInputValue[]): Row | undefined {
    this.owner.begin();
    try {
      return this.inner.get(...values) as Row | undefined;
    } catch (error) {
      throw this.owner.spoil(error);
    }
  }

  first(...values: SQLInputValue[]): Row | undefined {
    return this.owner.guard(() => this.inner.get(...values) as Row | undefined);
  }

  all(...values: SQLInputValue[]): Row[] {
    return this.owner.guard(() => this.inner.all(...values) as Row[]);
  }
}
