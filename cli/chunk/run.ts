/** Chunking for `orbit chunk`. */
import { type ChunkList, type ChunkParameters, validateParameters } from "#core/cdc/mod.ts";
import { type ErrorData, OrbitError, toErrorData } from "#core/errors.ts";
import { joinPath } from "#core/system/relative_path.ts";
import type { OrbitSystem } from "#core/system/system.ts";
import { resolvePath } from "../arguments/paths.ts";
import type { Foreground } from "#core/program/foreground.ts";
import type { Host } from "#core/program/host.ts";
import { namedError } from "#core/program/output/message.ts";
import type { Reading } from "../reading.ts";
import { type FilePlace, referentOf, rootsOf } from "../targets.ts";

/** Something that chunking files came upon; a file's lists come in order. */
export type ChunkItem =
  | { name: string; list: ChunkList; error?: undefined }
  | { name: string; error: ErrorData };

/** What chunking by name works with. */
export interface ChunkTools {
  host: Pick<Host, "cwd">;
  reading: Reading;
  foreground: Pick<Foreground, "signal">;
  /** Bytes of a chunk on average; by the file's size unless given. */
  average?: number;
  /** Workers; one a processor unless given. */
  jobs?: number;
}

/**
 * The parameters that `--average` means: chunks from a quarter of it to four times as much.
 *
 * @throws `invalid` for sizes that chunks can't have.
 */
export function parametersOf(average: number | undefined): ChunkParameters | undefined {
  if (average === undefined) return undefined;
  const parameters = { min: average / 4, avg: average, max: average * 4 };
  validateParameters(parameters);
  return parameters;
}

/** Chunks files by their names as a user wrote them, one after the other, each with all workers. */
export async function* chunkNamed(
  names: readonly string[],
  { host, reading, foreground: { signal }, average, jobs }: ChunkTools,
): AsyncGenerator<ChunkItem> {
  const context = { cwd: host.cwd(), realPath: reading.realPath };
  const parameters = parametersOf(average);
  const found = names.map((name) => {
    try {
      return { name, place: referentOf(resolvePath(name, context).path, reading) };
    } catch (error) {
      return { name, error: namedError("chunk", name, toErrorData(error)) };
    }
  });
  const places = found.flatMap(({ place }) => place ?? []);
  await using system: OrbitSystem | null = places.length === 0 ? null : await reading.openSystem({
    read: rootsOf(places.map(({ base }) => base)),
    width: jobs,
    signal,
  });
  for (const { name, place, error } of found) {
    if (place === undefined) yield { name, error: error! };
    else yield* chunkOne(name, place, system!, { parameters, signal });
  }
}

async function* chunkOne(
  name: string,
  { base, name: file }: FilePlace,
  system: OrbitSystem,
  { parameters, signal }: { parameters?: ChunkParameters; signal: AbortSignal },
): AsyncGenerator<ChunkItem> {
  try {
    const path = base === "/" ? `/${file}` : joinPath(base, file);
    for await (const list of system.chunkFile(path, parameters, { signal })) yield { name, list };
  } catch (error) {
    // Trouble with one file leaves the others to be done.
    if (signal.aborted || !(error instanceof OrbitError)) throw error;
    yield { name, error: namedError("chunk", name, toErrorData(error)) };
  }
}
