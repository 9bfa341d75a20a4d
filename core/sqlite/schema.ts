/** What one kind of database holds, and what it promises. */
export interface Schema {
  /** What a person calls such a database: "job database". */
  readonly name: string;
  /** Marks the file as one of these (SQLite's `application_id`); not 0. */
  readonly applicationId: number;
  /** `migrations[i]` leads from version i to version i + 1. A released one is never edited. */
  readonly migrations: readonly string[];
  /** What a person can do about damage, as the end of a sentence. */
  readonly remedy: string;
  /** The program that has it open while it runs, if it is always the same. */
  readonly owner?: string;
  /**
   * What a commit survives: the death of the process, or that of the machine too, at the price
   * of one wait for the disk each.
   */
  readonly survives: "process" | "machine";
}
