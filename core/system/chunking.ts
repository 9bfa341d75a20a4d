/** Chunking one file with all workers: segments in parallel, joined to the sequential result. */
import {
  type ChunkList,
  type ChunkParameters,
  endOf,
  joinSteps,
  parametersFor,
  type Segment,
  validateParameters,
} from "#core/cdc/mod.ts";
import { OrbitError } from "#core/errors.ts";
import { abortable } from "./abortable.ts";
import type { Executor } from "./executor.ts";

/** Bytes of a segment: long against the stretch that a join has to chunk again. */
const SEGMENT_BYTES = 32 * 1024 * 1024;

/** Segments that a worker gets in one round. */
const SEGMENTS_PER_WORKER = 4;

/** Yields the chunks of a file in order; memory is that of one round's lists. */
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
  for (let from = 0; from < entry.size;) {
    const segments = planRound(from, entry.size, executor.width * SEGMENTS_PER_WORKER);
    const calls = segments.map((segment) =>
      executor.call("chunkFileSegment", path, chosen, segment)
    );
    const lists = await abortable(signal, Promise.all(calls));
    const joined = await joinLists(executor, path, chosen, lists);
    if (endOf(joined) <= from) throw shrank(path);
    yield joined;
    from = endOf(joined);
  }
}

function shrank(path: string): OrbitError {
  return new OrbitError("conflict", `chunk ${JSON.stringify(path)}: file shrank`, {
    detail: { path, errno: "ECHANGED" },
  });
}

function planRound(from: number, size: number, count: number): Segment[] {
  const segments: Segment[] = [];
  for (let at = from; at < size && segments.length < count; at += SEGMENT_BYTES) {
    segments.push({ from: at, until: Math.min(size, at + SEGMENT_BYTES) });
  }
  return segments;
}

async function joinLists(
  executor: Executor,
  path: string,
  parameters: ChunkParameters,
  lists: ChunkList[],
): Promise<ChunkList> {
  const steps = joinSteps(lists);
  let step = steps.next();
  while (!step.done) {
    const between = await executor.call("chunkFileBridge", path, parameters, step.value);
    step = steps.next(between);
  }
  return step.value;
}
