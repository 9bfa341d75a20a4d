/** The options of a sync, as a request gives them: what differs from the defaults. */
import * as v from "valibot";
import { LEAST_RATE, parseTimetable } from "#core/bandwidth/mod.ts";
import { choice, flag, list, parsed, text } from "#core/config/mod.ts";
import { defaultSyncOptions, type SyncOptions } from "#core/sync/mod.ts";
import { checkEntryPath } from "#core/system/relative_path.ts";
import { wholeNumber } from "./input.ts";
import { normalPath } from "./place_path.ts";

/** As many as rsync takes. */
const MAX_LINK_DEST = 20;

/** As many as a body holds, nearly. */
const MAX_FILES = 50_000;

/** A path as `--files-from` lists them: `a/b`, `a/` with what is in it, `.` for all. */
function listedPath(text: string): string | undefined {
  const parts = text.replace(/\/$/, "").split("/");
  const isPlain = !text.includes("\0") && !parts.some((part) => ["", ".", ".."].includes(part));
  return text === "." || isPlain ? text : undefined;
}

const bytes = wholeNumber({ least: 0, most: Number.MAX_SAFE_INTEGER });
const optionalFlag = v.optional(flag());

const preserve = v.strictObject({
  times: optionalFlag,
  permissions: optionalFlag,
  links: optionalFlag,
  owner: optionalFlag,
  group: optionalFlag,
  devices: optionalFlag,
  specials: optionalFlag,
  hardLinks: optionalFlag,
  attributes: optionalFlag,
  acls: optionalFlag,
});

const maxDelete = v.union([
  v.strictObject({ count: wholeNumber({ least: 0, most: Number.MAX_SAFE_INTEGER }) }),
  v.strictObject({ percent: wholeNumber({ least: 0, most: 100 }) }),
], '{"count": N} or {"percent": P}');

const backup = v.strictObject({
  directory: v.optional(text({ most: 4096 })),
  suffix: v.optional(v.string(), "~"),
});

/** Of partly copied files, beside where they go: one name, as deleting spares one in each directory. */
const besideFiles = parsed("one name", (text) => {
  try {
    checkEntryPath(text);
    return text.length <= 255 && !text.includes("/") ? text : undefined;
  } catch {
    return undefined;
  }
});

const bandwidth = parsed("a timetable such as 08:00,512k 23:00,off", (text) => {
  try {
    parseTimetable(text);
    return text;
  } catch {
    return undefined;
  }
});

/** Whatever can be kept between machines; the rest is refused by name. */
export const syncOptions = v.strictObject({
  recursive: optionalFlag,
  preserve: v.optional(preserve),
  followLinks: optionalFlag,
  safeLinks: optionalFlag,
  sparse: optionalFlag,
  compare: v.optional(choice(["size-and-time", "size", "checksum"])),
  update: optionalFlag,
  existing: optionalFlag,
  ignoreExisting: optionalFlag,
  delete: optionalFlag,
  dryRun: optionalFlag,
  removeSource: v.optional(choice(["files", "all"])),
  maxDelete: v.optional(maxDelete),
  findRenames: optionalFlag,
  files: v.optional(list(parsed("a path within the source", listedPath), { most: MAX_FILES })),
  linkDest: v.optional(
    list(parsed("an absolute path without . and ..", normalPath), { most: MAX_LINK_DEST }),
  ),
  maxSize: v.optional(bytes),
  minSize: v.optional(bytes),
  backup: v.optional(backup),
  partial: v.optional(v.strictObject({ directory: v.optional(besideFiles) })),
  makePath: optionalFlag,
  verify: v.optional(choice(["none", "sent", "all"])),
  fsync: optionalFlag,
  bytesPerSecond: v.optional(wholeNumber({ least: LEAST_RATE, most: Number.MAX_SAFE_INTEGER })),
  bandwidth: v.optional(bandwidth),
  timeoutMs: v.optional(wholeNumber({ least: 1, most: 2 ** 31 })),
  numericIds: optionalFlag,
  wholeFile: optionalFlag,
});

/** The options in full. */
export function toSyncOptions(given: v.InferOutput<typeof syncOptions>): SyncOptions {
  const defaults = defaultSyncOptions();
  // Interrupted large files are kept: the next attempt of the job goes on with them.
  const partial = given.partial ?? {};
  return {
    ...defaults,
    ...given,
    partial,
    preserve: { ...defaults.preserve, ...given.preserve },
  };
}
