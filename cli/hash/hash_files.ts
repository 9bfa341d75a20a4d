/** Hashing many files with all workers, their results in order. */
import { baseName, joinPath, parentOf } from "#core/system/relative_path.ts";
import type { HashResult, OrbitSystem } from "#core/system/system.ts";
import type { FilePlace } from "../targets.ts";

/** Files that are looked at ahead, to share them out by size. */
const PAGE_FILES = 4096;

/** Files that are hashed at once, so that workers get ready for it while the others are looked at. */
const FIRST_FILES = 4;

/** A batch ends with the file that reaches one of these. */
const BATCH_FILES = 256;
const BATCH_BYTES = 4 * 1024 * 1024;

/** Batches that are handed out ahead of the one whose results are waited for. */
const BATCHES_AHEAD = 16;

/** Options of {@linkcode hashInOrder}. */
export interface HashOptions {
  signal?: AbortSignal;
  /** Bytes hashed, as batches are done. */
  onBytes?: (bytes: number) => void;
}

/**
 * Hashes files and yields a result for each, in the order of the files. Batches hold about the
 * same number of bytes, so that workers which take one after the other end together; of many
 * files only some batches are under way.
 */
export async function* hashInOrder(
  system: OrbitSystem,
  files: readonly FilePlace[],
  options: HashOptions = {},
): AsyncGenerator<HashResult> {
  const running: Promise<HashResult[]>[] = [];
  for await (const batch of batches(system, files, options.signal)) {
    const names = batch.map(({ name }) => name);
    const results = system.hashFiles(batch[0].base, names, options);
    results.catch(() => {}); // reported when it is awaited
    running.push(results);
    if (running.length > BATCHES_AHEAD) yield* await running.shift()!;
  }
  for (const results of running) yield* await results;
}

/** Runs of files of one base. */
async function* batches(
  system: OrbitSystem,
  files: readonly FilePlace[],
  signal: AbortSignal | undefined,
): AsyncGenerator<FilePlace[]> {
  for (const file of files.slice(0, FIRST_FILES)) yield [file];
  for (let from = FIRST_FILES; from < files.length; from += PAGE_FILES) {
    const page = files.slice(from, from + PAGE_FILES);
    const sizes = await lookUpSizes(system, page, signal);
    let batch: FilePlace[] = [];
    let bytes = 0;
    for (const file of page) {
      const isFull = batch.length === BATCH_FILES || bytes >= BATCH_BYTES;
      if (batch.length > 0 && (isFull || batch[0].base !== file.base)) {
        yield batch;
        batch = [];
        bytes = 0;
      }
      batch.push(file);
      bytes += sizes.get(joinPath(file.base, file.name)) ?? 0;
    }
    yield batch;
  }
}

/** Sizes by absolute path; what can't be looked up is left out, as hashing will say what's wrong. */
async function lookUpSizes(
  system: OrbitSystem,
  files: readonly FilePlace[],
  signal: AbortSignal | undefined,
): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for (const [base, group] of Map.groupBy(files, (file) => file.base)) {
    const byDirectory = Map.groupBy(group, ({ name }) => parentOf(name));
    const request = {
      base,
      directories: [...byDirectory.keys()],
      names: Array.from(byDirectory.values(), (each) => [
        ...new Set(each.map(({ name }) => baseName(name))),
      ]),
      recursive: false,
    };
    try {
      for await (const batch of system.scanTree(request, { signal })) {
        for (const { directory, from, to } of batch.data.parts) {
          for (let row = from; row < to; row++) {
            const path = joinPath(directory, batch.name(row));
            sizes.set(joinPath(base, path), batch.size(row));
          }
        }
      }
    } catch (error) {
      if (signal?.aborted) throw error;
    }
  }
  return sizes;
}
