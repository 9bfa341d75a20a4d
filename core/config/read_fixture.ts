/** A schema for tests, and what reading by it refuses. */
import assert from "node:assert/strict";
import * as v from "valibot";
import { OrbitError } from "../errors.ts";
import {
  absolutePath,
  choice,
  duration,
  flag,
  integer,
  list,
  readConfig,
  section,
  table,
  text,
} from "./mod.ts";

const root = table({ path: absolutePath(), read: v.optional(flag(), true) });
/** A small schema with one of each kind. */
export const schema = table({
  security: section({
    allowed_paths: list(v.union([absolutePath(), root], 'a path, or a table with "path"'), {
      least: 1,
      most: 3,
    }),
  }),
  limits: section({
    calls: v.optional(integer({ least: 1, most: 100 }), 8n),
    wait: v.optional(duration({ least: "1s", most: "1h" }), "5s"),
    ratio: v.optional(v.number()),
  }),
  log: section({ level: v.optional(choice(["info", "warn"]), "info"), name: v.optional(text()) }),
});

/** Reads a text as `star.toml`. */
export const read = (text: string | Uint8Array) => readConfig({ path: "star.toml", text, schema });

/** The lines of the refusal. */
export function refusal(text: string | Uint8Array): string[] {
  try {
    read(text);
  } catch (error) {
    assert(error instanceof OrbitError, String(error));
    assert.equal(error.code, "invalid");
    assert.equal(error.detail.path, "star.toml");
    return error.message.split("\n");
  }
  assert.fail(`accepted: ${text}`);
}
