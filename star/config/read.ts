/** Reads `star.toml`. */
import type { InferOutput } from "valibot";
import { type Config, readConfigFile } from "#core/config/mod.ts";
import { escapeName } from "#core/names.ts";
import { exposingRoot, findRoot, type Root } from "#core/program/roots.ts";
import { starSchema } from "./schema.ts";

type Settings = InferOutput<typeof starSchema>;

/** A Star's settings. Durations are milliseconds, sizes bytes. */
export interface StarConfig extends Omit<Settings, "security"> {
  /** In the order of the file; all of them were there a moment ago. */
  readonly roots: readonly Root[];
}

/**
 * Reads `star.toml` and looks at every root.
 *
 * @throws OrbitError `invalid` that names the line of each unknown key, wrong value, and root that
 * is missing, no directory, the whole file system, in `/proc`, `/sys` or `/dev`, listed twice, or
 * shares a folder with the Star's own state; `not_found`, `denied` or another code when the file
 * can't be read.
 */
export function readStarConfig(path: string): StarConfig {
  const config = readConfigFile({ path, schema: starSchema });
  const { security: _, ...settings } = config.value;
  const roots = findRoots(config);
  const { directory } = settings.state;
  const exposing = directory === undefined ? undefined : exposingRoot(roots, directory);
  if (exposing !== undefined) {
    throw config.refuse([{
      keys: ["state", "directory"],
      message: `"state.directory" must not share a folder with the allowed path ` +
        `"${escapeName(exposing.path)}", through which the grid would reach the Star's key`,
    }]);
  }
  return { ...settings, roots };
}

function findRoots(config: Config<Settings>): Root[] {
  const roots: Root[] = [];
  const problems = config.value.security.allowed_paths.flatMap((entry, index) => {
    const wanted = typeof entry === "string" ? { path: entry, read: true, write: true } : entry;
    const found = findRoot(wanted, roots);
    if (typeof found !== "string") {
      roots.push(found);
      return [];
    }
    const name = `security.allowed_paths[${index}]`;
    return [{ keys: ["security", "allowed_paths", index], message: `"${name}": ${found}` }];
  });
  if (problems.length > 0) throw config.refuse(problems);
  return roots;
}
