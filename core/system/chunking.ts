/** Chunking one file with all workers: segments in parallel, joined to the sequential result. */
import {
  type ChunkList,
  ChunkListJoiner,
  type ChunkParameters,
  parametersFor,
  type Segment,
  validateParameters,
} from "#core/cdc/mod.ts";
import { OrbitError } from "#core/errors.ts";
import { abortable } from "./abortable.ts";
import type { Executor } from "./executor.ts";

/** Bytes of a segment, at least. */
const SEGMENT_BYTES = 32 * 1024 * 1024;

/** How much longer than a chunk a segment is at least: about a chunk of each is chunked twice. */
const SEGMENT_CHUNKS = 16;

/** Segments that a worker has waiting while it is at one. */
const SEGMENTS_AHEAD = 1;

/** Yields the chunks of a file in order; memory is that of a few segments' lists. */
export async function* chunkInParallel(
  executor: Executor,
  path: string,
  parameters: ChunkParameters | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<ChunkList> {
  const { entry } = await abortable(signal, executor.call("inspect", path, "none"));
  if (entry === undefined) {
    throw new OrbitError("not_found", `chunk ${JSON.stringify(path)}: no such file or directory`, {
      detail: { path, errno: "ENOENT" },
    });
  }
  const chosen = parameters ?? parametersFor(entry.size);
  validateParameters(chosen);
  const joiner = new ChunkListJoiner(0);
  for await (const list of chunkSegments(executor, path, entry.size, chosen, signal)) {
    const steps = joiner.add(list);
    let step = steps.next();
    while (!step.done) {
      step = steps.next(await executor.call("chunkFileBridge", path, chosen, step.value));
    }
    if (step.value.lengths.length > 0) yield step.value;
  }
  if (joiner.end < entry.size) throw shrank(path);
}

/** The lists of a file's segments, in order; workers are at the next ones meanwhile. */
async function* chunkSegments(
  executor: Executor,
  path: string,
  size: number,
  parameters: ChunkParameters,
  signal: AbortSignal | undefined,
): AsyncGenerator<ChunkList> {
  const ahead: Promise<ChunkList>[] = [];
  const most = executor.width * (1 + SEGMENTS_AHEAD);
  const take = () => abortable(signal, ahead.shift()!);
  for (const segment of segmentsOf(size, parameters)) {
    const list = executor.call("chunkFileSegment", path, parameters, segment);
    list.catch(() => {}); // told when it is its turn
    ahead.push(list);
    if (ahead.length === most) yield await take();
  }
  while (ahead.length > 0) yield await take();
}

/**
 * Where segments lie. Each but the first starts early by the longest chunk: by where its own part
 * begins it has fallen into step with the one before as a rule, and nothing is left to be bridged.
 */
function* segmentsOf(size: number, { max }: ChunkParameters): Generator<Segment> {
  const step = Math.max(SEGMENT_CHUNKS, Math.ceil(SEGMENT_BYTES / max)) * max;
  for (let at = 0; at < size; at += step) {
    yield { from: Math.max(0, at - max), until: Math.min(size, at + step) };
  }
}

function shrank(path: string): OrbitError {
  return new OrbitError("conflict", `chunk ${JSON.stringify(path)}: file shrank`, {
    detail: { path, errno: "ECHANGED" },
  });
}
