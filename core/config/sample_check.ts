/** Keeps commented sample files true; for tests. */
import assert from "node:assert/strict";
import { readConfig } from "./read.ts";
import { type ConfigSchema, listKeys } from "./schema.ts";
import { readToml } from "./toml.ts";

/**
 * Checks a sample file: it can be used as it stands, every key of the schema appears in it, and
 * the settings commented out (`#key = …` without a space; prose has one) are the defaults.
 *
 * @param without Keys without a default, or with none but an empty list, as `table.key`, whose commented value is but an example.
 */
export function checkSample(
  { path, schema, without }: {
    path: string | URL;
    schema: ConfigSchema;
    without: readonly string[];
  },
): void {
  const sample = Deno.readTextFileSync(path);
  const full = sample.replace(/^#(?=[^\s#])/gm, "");
  const read = (text: string) =>
    readConfig({ path: String(path), text, schema }).value as Record<string, unknown>;
  const asItStands = read(sample), withAll = read(full);
  const shown = keysOf(readToml(full).content!.value, []);
  const known = listKeys(schema).map(({ path }) => path.join("."));
  assert.deepEqual([...shown].sort(), [...known].sort(), "keys of the sample and of the schema");
  for (const key of without) {
    const [table, name] = key.split(".");
    const byDefault = valueAt(asItStands, table, name);
    assert.deepEqual(byDefault, byDefault && [], `"${key}" has a default`);
    for (const values of [asItStands, withAll]) {
      delete (values[table] as Record<string, unknown>)[name];
    }
  }
  assert.deepEqual(withAll, asItStands, "commented settings and defaults");
}

function valueAt(value: Record<string, unknown>, table: string, name: string): unknown {
  return (value[table] as Record<string, unknown>)[name];
}

function keysOf(value: unknown, path: readonly string[]): Set<string> {
  if (Array.isArray(value)) {
    return new Set(value.flatMap((element) => [...keysOf(element, [...path, "[]"])]));
  }
  if (typeof value !== "object" || value === null) return new Set();
  return new Set(
    Object.entries(value).flatMap(([key, below]) => [
      [...path, key].join("."),
      ...keysOf(below, [...path, key]),
    ]),
  );
}
