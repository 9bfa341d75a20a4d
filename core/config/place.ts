/** Values of a TOML text beside the places where they are written. */

/** A table as read; it has no prototype, so a key named `toString` is a key like any other. */
export interface TomlTable {
  [key: string]: TomlValue;
}

/** A value as read. Whole numbers are bigints, so that `5` and `5.0` stay different things. */
export type TomlValue = string | bigint | number | boolean | Date | TomlValue[] | TomlTable;

/** Where a value is written. */
export interface Place {
  /** Index of its key, of a table's header, or of the value itself in an array. */
  at: number;
  /** Index of the value. */
  valueAt: number;
  children: Map<string | number, Place>;
}

/** A new, empty table. */
export function createTable(): TomlTable {
  return Object.create(null);
}

/** Whether the value is a table. */
export function isTable(value: unknown): value is TomlTable {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date);
}

/** The place of the innermost part of the path that is written, and whether that is all of it. */
export function findPlace(
  root: Place,
  keys: readonly (string | number)[],
): { place: Place; whole: boolean } {
  let place = root;
  for (const key of keys) {
    const next = place.children.get(key);
    if (next === undefined) return { place, whole: false };
    place = next;
  }
  return { place, whole: true };
}
