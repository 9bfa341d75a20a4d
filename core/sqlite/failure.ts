/** What SQLite and the system say about a database, as OrbitErrors. */
import { OrbitError } from "#core/errors.ts";
import type { Schema } from "./schema.ts";

/** SQLite's primary result codes (https://sqlite.org/rescode.html) that callers can act on. */
const SQLITE = {
  permission: 3,
  busy: 5,
  locked: 6,
  noMemory: 7,
  readOnly: 8,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
} as const;

/** Makes the errors of one database, which all name it. */
export class Failures {
  readonly #path: string;
  readonly #schema: Schema;

  constructor(path: string, schema: Schema) {
    this.#path = path;
    this.#schema = schema;
  }

  /** Whatever was thrown, as an OrbitError with a code to act on. */
  explain(error: unknown): OrbitError {
    if (error instanceof OrbitError) return error;
    const cause = error as Error & { errcode?: number };
    const reason = cause?.message ?? String(error);
    if (error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.PermissionDenied) {
      return this.#fail("denied", reason, error);
    }
    if (error instanceof Deno.errors.NotFound) return this.#fail("not_found", reason, error);
    switch ((cause?.errcode ?? 0) & 0xff) {
      case SQLITE.busy:
      case SQLITE.locked:
        return this.conflict(`another ${this.#schema.owner ?? "process"} uses it`);
      case SQLITE.corrupt:
      case SQLITE.notADatabase:
        return this.corrupt(reason);
      case SQLITE.full:
      case SQLITE.noMemory:
        return this.#fail("exhausted", reason, error);
      case SQLITE.permission:
      case SQLITE.readOnly:
      case SQLITE.cannotOpen:
        return this.#fail("denied", reason, error);
      default:
        return this.#fail("internal", reason, error);
    }
  }

  conflict(state: string): OrbitError {
    return new OrbitError("conflict", `open ${this.#what}: ${state}`, { detail: this.#detail });
  }

  corrupt(found: string): OrbitError {
    const message = `open ${this.#what}: damaged (${found}); ${this.#schema.remedy}`;
    return new OrbitError("corrupt", message, { detail: this.#detail });
  }

  #fail(code: OrbitError["code"], reason: string, cause: unknown): OrbitError {
    return new OrbitError(code, `use ${this.#what}: ${reason}`, { cause, detail: this.#detail });
  }

  get #what(): string {
    return `${this.#schema.name} ${JSON.stringify(this.#path)}`;
  }

  get #detail(): { path: string } {
    return { path: this.#path };
  }
}
