/**
 * SQLite databases with one owner: locked for as long as they are open, checked for damage,
 * migrated, private, and with failures that say what to do.
 *
 * ```ts
 * using database = new Database(path, schema);
 * const insert = database.prepare("INSERT INTO star (id) VALUES (?)");
 * database.transact(() => insert.write(id)); // committed here, or not at all
 * ```
 *
 * @module
 */
export { Database } from "./database.ts";
export { createPrivateFolder, requirePrivateFolder } from "./files.ts";
export { fromJson, toJson } from "./json.ts";
export type { Schema } from "./schema.ts";
export { type Row, Statement } from "./statement.ts";
