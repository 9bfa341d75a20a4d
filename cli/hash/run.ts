/** Hashing for `orbit hash`. */
import { type ErrorData, OrbitError, systemError, toErrorData } from "#core/errors.ts";
import { openBlake3 } from "#core/hash/mod.ts";
import type { OrbitSystem } from "#core/system/system.ts";
import { type PathContext, resolvePath } from "../arguments/paths.ts";
import type { Foreground } from "#core/program/foreground.ts";
import type { Host } from "#core/program/host.ts";
import { namedError } from "#core/program/output/message.ts";
import type { Reading } from "../reading.ts";
import { type FilePlace, fromRoot, referentOf, rootsOf } from "../targets.ts";
import { hashInOrder } from "./hash_files.ts";

/** The hash of a named file, or why there is none. */
export type NamedHash =
  | { name: string; hash: Uint8Array; error?: undefined }
  | { name: string; error: ErrorData };

/** Where a name leads: a file, standard input, or nowhere. */
type Named =
  | { name: string; place: FilePlace }
  | { name: string; place: "stdin" }
  | { name: string; place: null; error: ErrorData };

/** What hashing by name works with. */
export interface HashTools {
  host: Host;
  reading: Reading;
  foreground: Pick<Foreground, "signal">;
  /** Workers; one a processor unless given. */
  jobs?: number;
}

/**
 * Hashes files by their names as a user wrote them, "-" being standard input, and yields a result
 * for each in their order. Links are followed.
 */
export async function* hashNamed(
  names: readonly string[],
  { host, reading, foreground, jobs }: HashTools,
): AsyncGenerator<NamedHash> {
  const context = { cwd: host.cwd(), realPath: reading.realPath };
  const found = names.map((name) => find(name, context));
  const places = found.flatMap(({ place }) => place === null || place === "stdin" ? [] : [place]);
  const { signal } = foreground;
  const roots = rootsOf(places.map(({ base }) => base));
  const width = places.length === 1 ? 1 : jobs;
  await using system: OrbitSystem | null = places.length === 0
    ? null
    : await reading.openSystem({ read: roots, width, signal });
  const hashes = system === null
    ? null
    : hashInOrder(system, places.map((place) => fromRoot(place, roots)), { signal });
  for (const each of found) {
    const { name, place } = each;
    if (place === null) yield { name, error: each.error };
    else if (place === "stdin") yield { name, hash: await hashStdin(host) };
    else {
      const { hash, error } = (await hashes!.next()).value!;
      if (hash !== undefined) yield { name, hash };
      else yield { name, error: await explain(error!, name, place, system!) };
    }
  }
}

function find(name: string, context: PathContext): Named {
  if (name === "-") return { name, place: "stdin" };
  try {
    return { name, place: referentOf(resolvePath(name, context).path, context) };
  } catch (error) {
    if (!(error instanceof OrbitError)) throw error;
    return { name, place: null, error: namedError("hash", name, toErrorData(error)) };
  }
}

/** An error as its file's user knows it: by its own name, and a directory as one. */
async function explain(
  error: ErrorData,
  name: string,
  { base, name: below }: FilePlace,
  system: OrbitSystem,
): Promise<ErrorData> {
  if (error.detail.errno !== "EINVAL") return namedError("hash", name, error);
  const { space } = await system.inspect(base === "/" ? `/${below}` : `${base}/${below}`);
  return space === undefined
    ? namedError("hash", name, error)
    : toErrorData(systemError("EISDIR", "hash", name));
}

async function hashStdin(host: Host): Promise<Uint8Array> {
  const hasher = (await openBlake3()).create();
  for (const piece of host.stdinPieces()) hasher.update(piece);
  return hasher.digest();
}
