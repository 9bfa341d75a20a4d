/** Looks into a schema: which keys it knows, and which of them must be there. */
import type * as v from "valibot";

/** A schema for a whole file. */
export type ConfigSchema<T = unknown> = v.GenericSchema<unknown, T>;

/** What the schemas of valibot show of themselves at run time, as far as it is used here. */
interface Shape {
  type: string;
  entries?: Record<string, Shape>;
  wrapped?: Shape;
  item?: Shape;
  options?: unknown[];
  pipe?: Shape[];
  default?: unknown;
}

/** A key that a schema knows. */
export interface SchemaKey {
  /** From the file's top; `[]` stands for any element of an array. */
  path: string[];
  required: boolean;
  /** Holds a table or an array of tables, whose own keys follow. */
  isTable: boolean;
}

/** All keys of a schema, outer before inner. */
export function listKeys(schema: ConfigSchema): SchemaKey[] {
  return keysBelow(schema as unknown as Shape, []);
}

function keysBelow(shape: Shape, path: string[]): SchemaKey[] {
  const { entries, item } = tableShape(shape);
  if (item !== undefined) return keysBelow(item, [...path, "[]"]);
  return Object.entries(entries ?? {}).flatMap(([key, entry]) => {
    const below = keysBelow(entry, [...path, key]);
    const required = entry.type !== "optional";
    return [{ path: [...path, key], required, isTable: below.length > 0 }, ...below];
  });
}

/** The keys of the table at a path, or undefined when the schema has no table there. */
export function keysAt(
  schema: ConfigSchema,
  path: readonly (string | number)[],
): SchemaKey[] | undefined {
  let shape = schema as unknown as Shape | undefined;
  for (const key of path) {
    const { entries, item } = tableShape(shape!);
    if (typeof key === "number") shape = item;
    else shape = entries !== undefined && Object.hasOwn(entries, key) ? entries[key] : undefined;
    if (shape === undefined) return undefined;
  }
  if (tableShape(shape!).entries === undefined) return undefined;
  return keysBelow(shape!, []).filter(({ path }) => path.length === 1);
}

/** The table or array inside defaults, checks and alternatives. */
function tableShape(shape: Shape): Shape {
  if (shape.wrapped !== undefined) return tableShape(shape.wrapped);
  const piped = shape.pipe?.slice(1).find(({ entries }) => entries !== undefined);
  if (piped !== undefined) return piped;
  if (shape.type !== "union") return shape;
  const options = (shape.options as Shape[]).map(tableShape);
  return options.find(({ entries, item }) => entries ?? item) ?? shape;
}
