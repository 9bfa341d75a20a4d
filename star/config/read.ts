/** Reads `star.toml`. */
import type { InferOutput } from "valibot";
import { fromWindows, type Timetable, type Window } from "#core/bandwidth/timetable.ts";
import { type Config, readConfigFile } from "#core/config/mod.ts";
import { escapeName } from "#core/names.ts";
import { exposingRoot, findRoot, type Root } from "#core/program/roots.ts";
import { starSchema } from "./schema.ts";

type Settings = InferOutput<typeof starSchema>;

/** A Star's settings. Durations are milliseconds, sizes bytes. */
export interface StarConfig extends Omit<Settings, "security" | "limits"> {
  readonly limits: Limits;
  /** In the order of the file; all of them were there a moment ago. */
  readonly roots: readonly Root[];
}

/** What others may have of this machine. */
type Limits = Omit<Settings["limits"], "upload" | "download" | "timetable"> & {
  readonly upload: Timetable;
  readonly download: Timetable;
};

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
  return { ...settings, limits: readLimits(config), roots };
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

function readLimits(config: Config<Settings>): Limits {
  const { upload, download, timetable, ...limits } = config.value.limits;
  const problems = timetable.flatMap((entry, index) => {
    const message = complaintOf(entry);
    if (message === undefined) return [];
    const name = `limits.timetable[${index}]`;
    return [{ keys: ["limits", "timetable", index], message: `"${name}" ${message}` }];
  });
  if (problems.length > 0) throw config.refuse(problems);
  const tableOf = (direction: "upload" | "download", otherwise: number | undefined) => {
    const windows = timetable.flatMap(({ days, from, to, rate, ...each }): Window[] => {
      const limit = rate ?? each[direction];
      return limit === undefined ? [] : [{ days, from, to, ...limit }];
    });
    const table = fromWindows(windows, otherwise);
    // What limits nothing at any time isn't to cost anything.
    return table.some(({ bytesPerSecond }) => bytesPerSecond !== undefined) ? table : [];
  };
  return {
    ...limits,
    upload: tableOf("upload", upload.bytesPerSecond),
    download: tableOf("download", download.bytesPerSecond),
  };
}

/** What is wrong with an entry as a whole. */
function complaintOf(
  { from, to, rate, upload, download }: Settings["limits"]["timetable"][number],
): string | undefined {
  const isBoth = rate !== undefined, isEach = upload !== undefined || download !== undefined;
  if (isBoth && isEach) return 'must have "rate" for both ways, or "upload" and "download"';
  if (!isBoth && !isEach) return 'must have a "rate", an "upload" or a "download"';
  return from === to
    ? 'must not end when it begins: leave out "from" and "to" for a day'
    : undefined;
}
